"""What is known when the detectors look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalog.models import Subject
from nlp.levels import Level
from opinion.habits import Habit
from opinion.index import Row
from opinion.models import Mention, Signal

FRESH = timedelta(hours=48)
"""Only posts published so recently raise signals: an import of last year's alarms nobody."""

HOUR = timedelta(hours=1)

CREDIBLE = 0.5
"""Credibility from which a single mention is enough for a signal of its rule."""


@dataclass(frozen=True)
class Usual:
    """What the subjects of a pass are used to; read before the pass writes."""

    habits: dict[int, Habit] = field(default_factory=dict)
    same_hours: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Situation:
    """What is known when the detectors look: subjects by pk, and what the pass found."""

    now: datetime
    subjects: dict[int, Subject]
    mentions: Sequence[Mention] = ()
    usual: Usual = field(default_factory=Usual)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    recent: Sequence[Signal] = ()


def watched(mentions: Iterable[Mention], *, now: datetime, within: timedelta) -> dict[int, Subject]:
    """Return the subjects that may raise signals and have a mention so recent."""
    return {
        mention.subject_id: mention.subject
        for mention in mentions
        if mention.published_at > now - within and mention.subject.kind != Subject.Kind.COMPETITOR
    }


def lines(subject: Subject) -> dict[Level, float]:
    """Return the index from which each level speaks, worst first."""
    return {
        Level.SEVERE: subject.severe_at,
        Level.NORMAL: subject.normal_at,
        Level.WATCH: subject.watch_at,
    }
