"""The overview: what is most urgent, how each subject stands and why, what just came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from alerts.models import Incident
from catalog.models import Subject
from console import clocks, figures, queue, sourcing
from nlp.levels import Level
from opinion.index import DAY, Reading, readings, serieses
from opinion.models import Mention

WINDOWS = {
    "6h": ("6 小时", timedelta(hours=6)),
    "24h": ("24 小时", timedelta(hours=24)),
    "7d": ("7 天", timedelta(days=7)),
}
FEED_SIZE = 8
FEED_LOOKED_AT = 80
SOURCES_SHOWN = 12


@dataclass(frozen=True)
class Tally:
    """The unsolved incidents of one level, and the one whose clock ends first."""

    level: Level
    count: int
    nearest: Incident | None
    clock: clocks.Clock | None


@dataclass(frozen=True)
class SubjectRow:
    """How one subject stands."""

    subject: Subject
    reading: Reading
    level: str
    big: bool
    strip: list[figures.Part]
    spark: figures.Spark | None
    thresholds: list[tuple[str, float]]
    gap: str
    sources: int

    @property
    def direction(self) -> str:
        rounded = round(self.reading.change, 1)
        return "up" if rounded > 0 else "down" if rounded < 0 else "flat"

    @property
    def size(self) -> float:
        return abs(self.reading.change)


@dataclass(frozen=True)
class Overview:
    """All that the page shows."""

    window: str
    urgent: Incident | None
    urgent_clock: clocks.Clock | None
    urgent_reading: Reading | None
    tallies: list[Tally]
    unsolved: int
    subjects: list[SubjectRow]
    feed: list[Mention]
    negative_last_hour: int
    sources: list[sourcing.Health]
    source_states: list[tuple[str, int]]

    @property
    def window_name(self) -> str:
        return WINDOWS[self.window][0]


def read_overview(window: str, *, now: datetime) -> Overview:
    """Return the overview; a window that does not exist means 24 hours."""
    window = window if window in WINDOWS else "24h"
    unsolved = list(
        Incident.objects.filter(state__in=queue.UNSOLVED).select_related("subject", "owner", "team")
    )
    sources = sourcing.read_sources(now=now)
    rows = _subject_rows(WINDOWS[window][1], sources, now=now)
    urgent = queue.most_urgent(unsolved, now=now)
    by_subject = {row.subject.pk: row.reading for row in rows}
    return Overview(
        window=window,
        urgent=urgent,
        urgent_clock=clocks.next_clock(urgent, now=now) if urgent else None,
        urgent_reading=by_subject.get(urgent.subject_id) if urgent else None,
        tallies=[_tally(level, unsolved, now=now) for level in Level],
        unsolved=len(unsolved),
        subjects=rows,
        feed=_feed(),
        negative_last_hour=_telling().filter(scored_at__gt=now - timedelta(hours=1)).count(),
        sources=sources[:SOURCES_SHOWN],
        source_states=sourcing.tally([health.verdict for health in sources]),
    )


def _subject_rows(
    window: timedelta, sources: Sequence[sourcing.Health], *, now: datetime
) -> list[SubjectRow]:
    subjects = list(Subject.objects.filter(active=True))
    found = readings(subjects, now=now, window=max(DAY, window), compared=window)
    trends = serieses(subjects, now=now, window=window)
    rows = [
        SubjectRow(
            subject=subject,
            reading=found[subject.pk],
            level=figures.level_of(found[subject.pk].value, subject),
            big=figures.is_big(found[subject.pk], subject),
            strip=figures.strip(found[subject.pk]),
            spark=figures.spark(trends[subject.pk], subject),
            thresholds=figures.thresholds(subject),
            gap=sourcing.gap_of(subject.pk, sources, now=now),
            sources=sum(h.source.subject_id in {None, subject.pk} for h in sources),
        )
        for subject in subjects
    ]
    return sorted(rows, key=lambda row: (row.reading.thin, -row.reading.value))


def _tally(level: Level, unsolved: Sequence[Incident], *, now: datetime) -> Tally:
    own = [incident for incident in unsolved if incident.level == level]
    timed = [(clocks.next_clock(incident, now=now), incident) for incident in own]
    running = [(clock.due, incident.pk, clock, incident) for clock, incident in timed if clock]
    if running:
        _, _, clock, nearest = min(running, key=lambda entry: entry[:2])
        return Tally(level, len(own), nearest, clock)
    return Tally(level, len(own), max(own, key=lambda i: i.last_signal_at, default=None), None)


def _feed() -> list[Mention]:
    """Return the latest telling mentions, one of each cluster or text."""
    latest = _telling().select_related("post", "subject").order_by("-scored_at", "-pk")
    kept: dict[object, Mention] = {}
    for mention in latest[:FEED_LOOKED_AT]:
        kept.setdefault(mention.cluster_id or mention.post.text[:80], mention)
    return list(kept.values())[:FEED_SIZE]


def _telling() -> QuerySet[Mention]:
    return Mention.objects.filter(Q(label=Mention.Label.NEGATIVE) | ~Q(level=""))
