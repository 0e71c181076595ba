"""Bursts: the arithmetic, what is expected, and when one is told."""

import math
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.levels import Level
from opinion.detectors import burst
from opinion.detectors.situation import Situation, Usual
from opinion.habits import Habit
from opinion.index import Row
from opinion.models import Signal
from tests.opinion.makers import NOW

WEEKS = timedelta(weeks=4, hours=1)


def exact_tail(count: int, mean: Fraction, size: int) -> float:
    quiet = Fraction(size) / (size + mean)
    below = sum(
        (math.comb(n + size - 1, n) * (1 - quiet) ** n * quiet**size for n in range(count)),
        Fraction(0),
    )
    return float(1 - below)


@given(
    count=st.integers(0, 40),
    mean=st.fractions(Fraction(1, 10), 30, max_denominator=20),
    size=st.integers(1, 6),
)
def test_the_tail_is_that_of_exact_arithmetic(count: int, mean: Fraction, size: int) -> None:
    found = burst.tail(count, mean=float(mean), size=size)
    assert found == pytest.approx(exact_tail(count, mean, size), rel=1e-9)


@pytest.mark.parametrize(
    ("count", "mean", "size", "chance"),
    [
        (0, 3.0, 4.0, 1.0),
        (1, 1.0, 1.0, 0.5),  # geometric: (1/2)^1
        (10, 1.0, 1.0, 2.0**-10),
        (100, 1.0, 1.0, 2.0**-100),
        (5, 2.0, 1e9, 0.052653),  # Poisson, as the size grows
    ],
)
def test_known_values(count: int, mean: float, size: float, chance: float) -> None:
    assert burst.tail(count, mean=mean, size=size) == pytest.approx(chance, rel=1e-4)


@given(st.integers(1, 60), st.floats(0.1, 40), st.floats(0.5, 50))
def test_more_is_rarer_and_all_chances_are_chances(count: int, mean: float, size: float) -> None:
    rare, common = (burst.tail(n, mean=mean, size=size) for n in (count + 1, count))
    assert 0 <= rare <= common <= 1


def situation(
    seen: int, *, negative: int = 0, same: int = 0, weeks: timedelta = WEEKS, **subject: float
) -> Situation:
    from catalog.models import Subject

    one = Subject(pk=1, slug="xinghe", name="星禾", **subject)
    row = Row("jd", "quality", NOW - timedelta(minutes=10), seen, seen, float(seen), 0.99 * seen)
    habit = Habit(negative, negative, {"quality": negative}, NOW - weeks)
    return Situation(
        now=NOW,
        subjects={1: one},
        usual=Usual({1: habit}, {(1, "quality"): same}),
        rows={1: [row]},
    )


def found(case: Situation) -> Signal | None:
    signals = list(burst.detect(case))
    assert len(signals) <= 1
    return signals[0] if signals else None


@pytest.mark.parametrize(("seen", "told"), [(4, False), (5, True)])
def test_a_quiet_subject_speaks_from_five(seen: int, told: bool) -> None:
    assert (found(situation(seen)) is not None) is told


@pytest.mark.parametrize(("seen", "told"), [(13, False), (14, True)])
def test_who_is_used_to_two_an_hour_speaks_later(seen: int, told: bool) -> None:
    busy = situation(seen, negative=2 * 24 * 28, same=8)
    assert burst.expected("quality", busy.usual.habits[1], 8, now=NOW) == pytest.approx(2, rel=0.01)
    assert (found(busy) is not None) is told


def test_a_subject_without_a_past_is_given_the_benefit_of_the_doubt() -> None:
    new = situation(6, weeks=timedelta(0))
    assert burst.expected("quality", new.usual.habits[1], 0, now=NOW) == burst.UNKNOWN
    assert found(new) is None
    assert found(situation(7, weeks=timedelta(0))) is not None


def test_the_same_hour_of_past_weeks_counts_more_than_the_mean() -> None:
    night = situation(0, negative=672)
    evening = burst.expected("quality", night.usual.habits[1], 40, now=NOW)
    morning = burst.expected("quality", night.usual.habits[1], 0, now=NOW)
    assert evening == pytest.approx(7, rel=0.02)
    assert morning == pytest.approx(1 / 3, rel=0.02)


def test_the_evidence_says_what_was_seen_and_expected() -> None:
    signal = found(situation(6))
    assert signal is not None
    assert signal.level == "normal"
    assert signal.key == "burst:1:quality:2026030406:normal"
    assert signal.evidence["seen"] == 6
    assert signal.evidence["expected"] == 0.1
    assert signal.evidence["tail"] < 1e-4


@pytest.mark.parametrize(
    ("seen", "severe_at", "level"),
    [(14, 30.0, Level.NORMAL), (15, 30.0, Level.SEVERE), (15, 90.0, Level.NORMAL)],
)
def test_severe_needs_a_flood_and_an_index_over_the_severe_line(
    seen: int, severe_at: float, level: Level
) -> None:
    signal = found(situation(seen, severe_at=severe_at, normal_at=25.0, watch_at=20.0))
    assert signal is not None
    assert signal.level == level


def test_posts_of_more_than_an_hour_ago_are_no_burst() -> None:
    case = situation(30)
    old = case.rows[1][0]._replace(at=NOW - timedelta(minutes=61))
    case.rows[1][0] = old
    assert found(case) is None


def test_what_no_rule_named_bursts_as_other() -> None:
    case = situation(6)
    case.rows[1][:] = [
        case.rows[1][0]._replace(category="", negative=3),
        case.rows[1][0]._replace(category="other", negative=3),
    ]
    signal = found(case)
    assert signal is not None
    assert (signal.category, signal.evidence["seen"]) == ("other", 6)
