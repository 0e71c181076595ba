"""The figures beside the index: bad reviews against their target, and whether we were in time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, Sum

from alerts.models import Incident
from catalog.models import Subject
from opinion.models import Bucket

WEEK = timedelta(days=7)
MONTH = timedelta(days=30)


@dataclass(frozen=True)
class BadReviews:
    """A subject's reviews of a window, and how many were bad; `target` is a rate, 0 to 1."""

    reviews: int
    bad: int
    target: float

    @property
    def rate(self) -> float | None:
        """The negative-review rate, 0 to 1; None without a review."""
        return self.bad / self.reviews if self.reviews else None

    @property
    def over(self) -> bool:
        """Whether the rate is over its target."""
        return self.rate is not None and self.rate > self.target


def bad_reviews(
    subjects: Iterable[Subject], *, now: datetime, window: timedelta = WEEK
) -> dict[int, BadReviews]:
    """Return the reviews of the last `window` by the subject's primary key, in one query."""
    wanted = {subject.pk: subject for subject in subjects}
    rows = (
        Bucket.objects.filter(subject__in=wanted, at__gt=now - window, at__lte=now)
        .values_list("subject")
        .annotate(Sum("reviews"), Sum("bad_reviews"))
    )
    counts = {subject: (reviews, bad) for subject, reviews, bad in rows}
    return {
        pk: BadReviews(*counts.get(pk, (0, 0)), target=subject.negative_rate_target)
        for pk, subject in wanted.items()
    }


@dataclass(frozen=True)
class InTime:
    """Of the incidents whose answer was due, how many were answered in time."""

    due: int
    met: int

    @property
    def rate(self) -> float | None:
        """The on-time rate, 0 to 1; None when nothing was due."""
        return self.met / self.due if self.due else None


def responses_in_time(*, now: datetime, window: timedelta = MONTH) -> InTime:
    """Count the incidents opened in the last `window` whose response was due or has been given.

    One that is still waiting within its time is not counted yet.
    """
    return _in_time("response_due_at", "acknowledged_at", now, window)


def resolutions_in_time(*, now: datetime, window: timedelta = MONTH) -> InTime:
    """Count likewise for the resolution."""
    return _in_time("resolution_due_at", "resolved_at", now, window)


def _in_time(due: str, done: str, now: datetime, window: timedelta) -> InTime:
    incidents = Incident.objects.filter(opened_at__gt=now - window, opened_at__lte=now)
    decided = Q(**{f"{done}__isnull": False}) | Q(**{f"{due}__lte": now})
    met = Q(**{f"{done}__lte": F(due)})
    counts = incidents.filter(decided, **{f"{due}__isnull": False}).aggregate(
        due=Count("pk"), met=Count("pk", filter=met)
    )
    return InTime(counts["due"], counts["met"])


def open_incidents() -> dict[tuple[str, str], int]:
    """Return how many incidents are not closed, by (level, state)."""
    rows = (
        Incident.objects.exclude(state=Incident.State.VERIFIED)
        .values_list("level", "state")
        .annotate(Count("pk"))
    )
    return {(level, state): count for level, state, count in rows}
