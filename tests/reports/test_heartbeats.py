"""A sweep that goes silent is noticed; keeping count of them costs next to nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reports import heartbeats
from reports.models import Heartbeat

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    heartbeats._written.clear()


def test_what_was_never_heard_is_stale() -> None:
    assert heartbeats.stale(NOW) == ["crawl", "score", "alert", "notify", "report", "sources"]


@pytest.mark.parametrize(("late", "stale"), [(-1, []), (0, []), (1, ["score"])])
def test_a_sweep_is_stale_after_its_allowed_silence(late: int, stale: list[str]) -> None:
    heartbeats.record("score", now=NOW)
    moment = NOW + heartbeats.ALLOWED_SILENCE["score"] + timedelta(seconds=late)
    assert heartbeats.stale(moment, ["score"]) == stale


def test_one_process_writes_at_most_once_in_five_seconds(
    django_assert_num_queries: Any,
) -> None:
    heartbeats.record("score", now=NOW)
    with django_assert_num_queries(0):
        heartbeats.record("score", now=NOW + timedelta(seconds=4.9))
    with django_assert_num_queries(1):
        heartbeats.record("score", now=NOW + timedelta(seconds=5))
    assert Heartbeat.objects.get(name="score").at == NOW + timedelta(seconds=5)


def test_an_earlier_moment_of_another_process_changes_nothing() -> None:
    heartbeats.record("score", now=NOW)
    heartbeats._written.clear()
    heartbeats.record("score", now=NOW - timedelta(seconds=30))
    assert Heartbeat.objects.get(name="score").at == NOW
