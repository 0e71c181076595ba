"""What is usual for a subject: the measure for its index and for a burst."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q, Sum

from nlp.categories import Category
from nlp.index import smoothed_prior
from opinion.models import Bucket

SPAN = timedelta(days=28)
TODAY = timedelta(hours=24)
"""The index judges the last day, so that is no part of the usual rate π."""

LATEST = timedelta(hours=1)
"""A burst judges the last hour, so that is no part of what it is measured against."""

WEEKS = 4
_HOUR = timedelta(hours=1)

KEEP = timedelta(minutes=10)
WORTH_KEEPING = 1_000
"""Habits resting on fewer mentions are cheap to read and move quickly: they are read each time."""


@dataclass(frozen=True)
class Habit:
    """Four weeks of a subject.

    `scored` and `negative` count up to a day ago; `by_category` counts negative mentions up to an
    hour ago; `since` is when the first of all these was.
    """

    scored: int = 0
    negative: int = 0
    by_category: dict[str, int] = field(default_factory=dict)
    since: datetime | None = None

    @property
    def prior(self) -> float:
        """π: its smoothed rate of negative mentions, 0 to 1."""
        return smoothed_prior(self.negative, self.scored)

    def hours(self, now: datetime) -> float:
        """Return for how many hours there is something to go by."""
        if self.since is None:
            return 0.0
        return max((now - LATEST - self.since) / _HOUR, 0.0)

    def weeks(self, now: datetime) -> int:
        """Return how many of the last four weeks we have seen, give or take a day."""
        return min(int((self.hours(now) + 24) // (7 * 24)), WEEKS)


_kept: dict[int, tuple[datetime, Habit]] = {}


def habits(subjects: Iterable[int], *, now: datetime) -> dict[int, Habit]:
    """Return the habits of the subjects with these primary keys, in one query at most."""
    wanted = set(subjects)
    found = {
        pk: habit
        for pk in wanted
        if pk in _kept
        for read_at, habit in [_kept[pk]]
        if timedelta(0) <= now - read_at < KEEP
    }
    missing = wanted - found.keys()
    if missing:
        read = _read(missing, now)
        _kept.update(
            {pk: (now, habit) for pk, habit in read.items() if habit.scored >= WORTH_KEEPING}
        )
        found |= read
    return found


def _read(subjects: set[int], now: datetime) -> dict[int, Habit]:
    usual = Q(at__lte=now - TODAY)
    rows = (
        Bucket.objects.filter(
            subject__in=subjects, at__gt=now - LATEST - SPAN, at__lte=now - LATEST
        )
        .values_list("subject", "category")
        .annotate(
            usual_scored=Sum("scored", filter=usual, default=0),
            usual_negative=Sum("negative", filter=usual, default=0),
            all_negative=Sum("negative"),
            since=Min("at"),
        )
    )
    by_subject: dict[int, list[Any]] = {pk: [] for pk in subjects}
    for subject, *row in rows:
        by_subject[subject].append(row)
    return {pk: _habit(of_one) for pk, of_one in by_subject.items()}


def _habit(rows: list[Any]) -> Habit:
    by_category: dict[str, int] = {}
    for category, _, _, negative, _ in rows:
        by_category[named(category)] = by_category.get(named(category), 0) + negative
    return Habit(
        scored=sum(row[1] for row in rows),
        negative=sum(row[2] for row in rows),
        by_category=by_category,
        since=min((row[4] for row in rows), default=None),
    )


def same_hours(subjects: Iterable[int], *, now: datetime) -> dict[tuple[int, str], int]:
    """Return negative mentions in this hour of the last four weeks, by (subject, category)."""
    weeks = Q()
    for week in range(1, WEEKS + 1):
        end = now - timedelta(days=7 * week)
        weeks |= Q(at__gt=end - LATEST, at__lte=end)
    rows = (
        Bucket.objects.filter(weeks, subject__in=set(subjects), negative__gt=0)
        .values_list("subject", "category")
        .annotate(all_negative=Sum("negative"))
    )
    totals: dict[tuple[int, str], int] = {}
    for subject, category, negative in rows:
        key = subject, named(category)
        totals[key] = totals.get(key, 0) + negative
    return totals


def named(category: str) -> str:
    """Trouble that no rule named is `other`."""
    return category or Category.OTHER.value
