"""The clocks of an incident: at the moment, a second before, and after they ended."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Incident
from console import clocks
from tests.alerts.factories import NOW

MINUTE = timedelta(minutes=1)


def incident(**values: Any) -> Incident:
    return Incident(
        **{
            "state": "open",
            "opened_at": NOW,
            "response_due_at": NOW + 30 * MINUTE,
            "resolution_due_at": NOW + 240 * MINUTE,
            "entry": {"response_minutes": 30, "resolution_minutes": 240},
            **values,
        }
    )


@pytest.mark.parametrize(
    ("passed", "state", "text"),
    [
        (timedelta(0), "ok", "30:00"),
        (15 * MINUTE - timedelta(seconds=1), "ok", "15:01"),
        (15 * MINUTE, "soon", "15:00"),
        (30 * MINUTE - timedelta(seconds=1), "soon", "00:01"),
        (30 * MINUTE, "over", "超 00:00"),
        (36 * MINUTE + timedelta(seconds=10), "over", "超 06:10"),
    ],
)
def test_a_response_clock_turns_at_half_and_at_its_end(
    passed: timedelta, state: str, text: str
) -> None:
    clock = clocks.response_clock(incident(), now=NOW + passed)
    assert clock is not None
    assert (clock.state, clock.text) == (state, text)


def test_hours_are_written_before_minutes() -> None:
    clock = clocks.resolution_clock(incident(), now=NOW + timedelta(minutes=18, seconds=18))
    assert clock is not None
    assert clock.text == "3:41:42"


@pytest.mark.parametrize(
    ("after", "state", "text", "late_by"),
    [
        (8, "met", "8 分钟响应", ""),
        (30, "met", "30 分钟响应", ""),
        (42, "missed", "42 分钟响应", "12 分钟"),
    ],
)
def test_an_answer_stops_the_clock(after: int, state: str, text: str, late_by: str) -> None:
    taken = incident(state="acknowledged", acknowledged_at=NOW + after * MINUTE)
    clock = clocks.response_clock(taken, now=NOW + 200 * MINUTE)
    assert clock is not None
    assert (clock.state, clock.text, clock.late_by) == (state, text, late_by)


def test_a_solution_of_hours_is_written_short() -> None:
    solved = incident(state="resolved", resolved_at=NOW + 156 * MINUTE)
    clock = clocks.resolution_clock(solved, now=NOW + 300 * MINUTE)
    assert clock is not None
    assert clock.text == "2:36 解决"


def test_what_is_only_watched_has_no_clock() -> None:
    watched = incident(response_due_at=None, resolution_due_at=None)
    assert clocks.response_clock(watched, now=NOW) is None
    assert clocks.next_clock(watched, now=NOW) is None
    assert not clocks.is_pressing(watched, now=NOW)


def test_a_false_alarm_that_nobody_answered_has_no_response_clock() -> None:
    closed = incident(state="verified", resolved_at=NOW + MINUTE)
    assert clocks.response_clock(closed, now=NOW + MINUTE) is None


def test_the_next_clock_is_the_one_that_ends_first() -> None:
    assert clocks.next_clock(incident(), now=NOW).word == "响应"  # type: ignore[union-attr]
    taken = incident(state="acknowledged", acknowledged_at=NOW)
    assert clocks.next_clock(taken, now=NOW).word == "解决"  # type: ignore[union-attr]


def test_after_the_level_rose_the_clock_begins_one_target_before_its_end() -> None:
    risen = incident(opened_at=NOW - timedelta(hours=5))
    clock = clocks.response_clock(risen, now=NOW + 3 * MINUTE)
    assert clock is not None
    assert clock.start == NOW
    assert clock.share == pytest.approx(0.1)
