"""Tasks call their room with the clock, and survive whatever the room raises."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import OperationalError

from reports import heartbeats
from reports.models import Heartbeat
from workers import tasks
from workers.celery import app
from workers.rarely import Rarely

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.clock, "now", lambda: NOW)
    monkeypatch.setattr(tasks, "_say", Rarely())
    heartbeats._written.clear()


class Room:
    """Stands for one function of a room: notes its calls, answers from a list."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def __call__(self, **given: Any) -> int:
        self.calls.append(given)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


ROOMS = [
    (tasks.score_pending, tasks.scoring, "score_pending", "score"),
    (tasks.fire_timers, tasks.timers, "fire_due", "alert"),
    (tasks.deliver, tasks.outbox, "deliver_due", "notify"),
]
cases = pytest.mark.parametrize(("task", "module", "name", "kind"), ROOMS)


@cases
def test_a_task_calls_its_room_with_the_clock_until_nothing_is_left(
    task: Callable[[], None], module: Any, name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(200, 7, 0)
    monkeypatch.setattr(module, name, room)
    task()
    assert [call["now"] for call in room.calls] == [NOW] * 3
    assert Heartbeat.objects.get(name=kind).at == NOW


@cases
def test_a_raising_room_is_logged_and_tried_again_by_the_next_sweep(
    task: Callable[[], None],
    module: Any,
    name: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    room = Room(ValueError("row 7 is odd"), 3, 0)
    monkeypatch.setattr(module, name, room)
    task()
    assert not Heartbeat.objects.exists()
    assert f"{kind} failed" in caplog.text
    assert "row 7 is odd" in caplog.text
    task()
    assert len(room.calls) == 3
    assert Heartbeat.objects.filter(name=kind).exists()


def test_a_database_that_is_away_is_said_once_a_minute(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tasks.scoring, "score_pending", Room(*[OperationalError("away")] * 3))
    for _ in range(3):
        tasks.score_pending()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert caplog.records[0].exc_info is None


def test_due_sources_are_run_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, done = ["shop", "weibo"], []
    woken: list[str] = []
    monkeypatch.setattr(
        tasks.runs, "claim_due", lambda now, limit: [waiting.pop(0) for _ in waiting[:limit]]
    )
    monkeypatch.setattr(tasks.runs, "run_source", lambda source, now: done.append((source, now)))
    monkeypatch.setattr(tasks.wakeups, "wake", woken.append)
    tasks.run_due_sources()
    assert done == [("shop", NOW), ("weibo", NOW)]
    assert woken == ["crawl.run_due"] * 2, "others look for the next source meanwhile"


def test_no_more_sources_run_at_once_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.runs, "claim_due", lambda now, limit: pytest.fail("too many"))
    for _ in range(tasks.CRAWLS_AT_ONCE):
        assert tasks._crawls.acquire(blocking=False)
    try:
        tasks.run_due_sources()
        assert Heartbeat.objects.filter(name="crawl").exists(), "busy is not silent"
    finally:
        for _ in range(tasks.CRAWLS_AT_ONCE):
            tasks._crawls.release()


def test_a_source_that_cannot_run_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, now: datetime) -> None:
        raise ValueError(source)

    monkeypatch.setattr(tasks.runs, "claim_due", lambda now, limit: ["shop"])
    monkeypatch.setattr(tasks.runs, "run_source", refuse)
    monkeypatch.setattr(tasks.wakeups, "wake", lambda task: True)
    for _ in range(tasks.CRAWLS_AT_ONCE + 1):
        tasks.run_due_sources()
    assert tasks._crawls.acquire(blocking=False)
    tasks._crawls.release()


def test_sources_are_watched_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(1)
    monkeypatch.setattr(tasks.source_watch, "watch", room)
    tasks.watch_sources()
    assert room.calls == [{"now": NOW, "awake_since": tasks._awake_since}]
    assert Heartbeat.objects.get(name="sources").at == NOW


def test_watching_sources_leaves_the_timers_heartbeat_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks.source_watch, "watch", Room(0))
    tasks.watch_sources()
    assert not Heartbeat.objects.filter(name="alert").exists()


def test_housekeeping_runs_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(0)
    monkeypatch.setattr(tasks.housekeeping, "tidy", room)
    tasks.keep_house()
    assert room.calls == [{"now": NOW}]


def test_no_result_is_kept_and_nothing_travels_but_names() -> None:
    assert app.conf.task_ignore_result
    assert app.conf.accept_content == ["json"]
