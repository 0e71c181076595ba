"""More negative mentions in the last hour than this hour of the week led us to expect."""

import math
from collections.abc import Iterator
from datetime import datetime

from nlp.levels import Level
from opinion.detectors.situation import HOUR, Situation
from opinion.detectors.threshold import passed
from opinion.habits import Habit, named
from opinion.index import DAY, ENOUGH, Scale, within
from opinion.models import Signal

LEAST = 5
"""Fewer negative mentions are never a burst."""

TAIL = 1e-4
"""A burst is what would happen less often than this in an ordinary hour."""

SEVERE_TAIL = 1e-12
SEVERE_LEAST = 15

SIZE = 4.0
"""How much negative mentions cluster by themselves: variance = μ + μ²/SIZE.

People answer each other, so counts spread wider than Poisson's; with 4, an hour with μ = 2 must
show 14 to be a burst, where Poisson would be satisfied with 10.
"""

STEADY_WEIGHT = 2.0
"""The mean of all hours counts as so many further weeks of the same hour."""

UNKNOWN = 0.5
LEAST_EXPECTED = 0.1
"""Mentions an hour: what a subject without a past is expected to have, and the least for any."""


def detect(situation: Situation) -> Iterator[Signal]:
    """One signal an hour per (subject, category) and level.

    Normal as a rule; severe when it is beyond doubt (tail below `SEVERE_TAIL`, at least
    `SEVERE_LEAST`) and the subject's 24-hour index stands over its severe line on enough evidence.
    """
    for pk, rows in situation.rows.items():
        seen: dict[str, int] = {}
        for row in within(rows, situation.now, HOUR):
            seen[named(row.category)] = seen.get(named(row.category), 0) + row.negative
        for category, count in seen.items():
            if count < LEAST:
                continue
            mean = expected(
                category,
                situation.usual.habits[pk],
                situation.usual.same_hours.get((pk, category), 0),
                now=situation.now,
            )
            odds = tail(count, mean=mean, size=SIZE)
            if odds < TAIL:
                level = _level(pk, count, odds, situation)
                yield _signal(pk, category, level, (count, mean, odds), situation)


def expected(category: str, habit: Habit, same_hours: int, *, now: datetime) -> float:
    """Return how many negative mentions this hour led us to expect.

    The mean of the same hour in those of the last four weeks that we have seen, drawn towards the
    mean of all hours, itself drawn towards `UNKNOWN` by one hour.
    """
    steady = (habit.by_category.get(category, 0) + UNKNOWN) / (habit.hours(now) + 1)
    weeks = habit.weeks(now)
    if weeks == 0:
        return max(steady, LEAST_EXPECTED)
    mean = (same_hours + STEADY_WEIGHT * steady) / (weeks + STEADY_WEIGHT)
    return max(mean, LEAST_EXPECTED)


def tail(count: int, *, mean: float, size: float) -> float:
    """Return the chance of `count` or more in a negative binomial of this mean and size.

    Exact to rounding also where it is far below 1e-16; `mean` and `size` are above 0.
    """
    if count <= 0:
        return 1.0
    quiet = math.log(size / (size + mean))
    busy = mean / (size + mean)

    def chance(n: int) -> float:
        ways = math.lgamma(n + size) - math.lgamma(size) - math.lgamma(n + 1)
        return math.exp(ways + size * quiet + n * math.log(busy))

    if count <= mean:
        return max(1.0 - math.fsum(map(chance, range(count))), 0.0)
    term = total = chance(count)
    n = count
    while term > total * 1e-17:
        term *= (n + size) / (n + 1) * busy
        total += term
        n += 1
    return min(total, 1.0)


def _level(pk: int, count: int, odds: float, situation: Situation) -> Level:
    if count < SEVERE_LEAST or odds >= SEVERE_TAIL:
        return Level.NORMAL
    subject = situation.subjects[pk]
    scale = Scale.of(subject, situation.usual.habits[pk].prior)
    today = within(situation.rows[pk], situation.now, DAY)
    index = scale.index(scale.cells(today, situation.now))
    over = index.evidence >= ENOUGH and passed(subject, index.value) is Level.SEVERE
    return Level.SEVERE if over else Level.NORMAL


def _signal(
    pk: int,
    category: str,
    level: Level,
    finding: tuple[int, float, float],
    situation: Situation,
) -> Signal:
    seen, mean, odds = finding
    return Signal(
        subject=situation.subjects[pk],
        category=category,
        detector=Signal.Detector.BURST,
        level=level.value,
        key=f"burst:{pk}:{category}:{situation.now:%Y%m%d%H}:{level}",
        evidence={"seen": seen, "expected": round(mean, 2), "tail": odds},
        at=situation.now,
    )
