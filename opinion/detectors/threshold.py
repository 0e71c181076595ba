"""The 24-hour index stands above one of the subject's lines."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from catalog.models import Subject
from nlp.levels import Level
from opinion.detectors.situation import HOUR, Situation, lines
from opinion.habits import named
from opinion.index import DAY, ENOUGH, Row, Scale, within
from opinion.models import Signal


def detect(situation: Situation) -> Iterator[Signal]:
    """At most one signal per subject: the worst line passed, on the category that weighs most.

    Silent with too little evidence (`ENOUGH`), and while the subject's last index signal of this
    level or a worse one is younger than a half-life: until then, most of the evidence is what was
    already told. So an index that stays high speaks again every half-life, and two workers that
    pass the line together speak once.
    """
    for pk, rows in situation.rows.items():
        subject = situation.subjects[pk]
        scale = Scale.of(subject, situation.usual.habits[pk].prior)
        today = within(rows, situation.now, DAY)
        cells = scale.cells(today, situation.now, lambda row: named(row.category))
        index = scale.index(cells)
        level = passed(subject, index.value)
        if level is None or index.evidence < ENOUGH or _told(subject, level, situation):
            continue
        heaviest = max(cells, key=lambda cell: cell.weighted_p - scale.prior * cell.weight)
        category = heaviest.key[0]
        hour = f"{situation.now:%Y%m%d%H}"
        yield Signal(
            subject=subject,
            category=category,
            detector=Signal.Detector.INDEX,
            level=level.value,
            key=f"index:{pk}:{category}:{level}:{hour}",
            evidence={
                "value": round(index.value, 1),
                "threshold": lines(subject)[level],
                "change": round(index.value - _hour_ago(scale, rows, situation.now), 1),
                "evidence": round(index.evidence, 1),
                "mentions": sum(row.mentions for row in today),
            },
            at=situation.now,
        )


def passed(subject: Subject, value: float) -> Level | None:
    """Return the worst level whose line `value` reaches."""
    return next((level for level, line in lines(subject).items() if value >= line), None)


def recent(subjects: Iterable[int], *, now: datetime) -> list[Signal]:
    """Return the index signals of the subjects' last day."""
    signals = Signal.objects.filter(
        subject__in=list(subjects), detector=Signal.Detector.INDEX, at__gt=now - DAY
    )
    return list(signals)


def _told(subject: Subject, level: Level, situation: Situation) -> bool:
    quiet_until = timedelta(hours=subject.half_life_hours)
    return any(
        signal.subject_id == subject.pk
        and Level(signal.level).rank >= level.rank
        and signal.at > situation.now - quiet_until
        for signal in situation.recent
    )


def _hour_ago(scale: Scale, rows: list[Row], now: datetime) -> float:
    then = now - HOUR
    return scale.index(scale.cells(within(rows, then, DAY), then)).value
