"""Wake-ups follow the commit, and a broker that is away costs nothing but time."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from alerts.signals import outbox_filled
from crawlers.signals import posts_saved
from workers import wakeups


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tasks that were asked for; the broker is there."""
    names: list[str] = []
    monkeypatch.setattr(wakeups, "_nobody_is_running", lambda: False)
    monkeypatch.setattr(wakeups, "_paused_until", 0.0)
    monkeypatch.setattr(wakeups.app, "send_task", lambda name, **_: names.append(name))
    return names


@pytest.mark.django_db(transaction=True)
def test_saved_posts_wake_the_scorers_after_the_commit(asked: list[str]) -> None:
    with transaction.atomic():
        posts_saved.send(sender=None, count=1)
        assert asked == []
    assert asked == ["score.pending"]


@pytest.mark.django_db(transaction=True)
def test_a_filled_outbox_wakes_the_senders(asked: list[str]) -> None:
    with transaction.atomic():
        outbox_filled.send(sender=None)
    assert asked == ["notify.deliver"]


@pytest.mark.django_db(transaction=True)
def test_a_rollback_wakes_nobody(asked: list[str]) -> None:
    with transaction.atomic():
        posts_saved.send(sender=None, count=1)
        transaction.set_rollback(True)
    assert asked == []


@pytest.mark.parametrize("error", [OperationalError("refused"), ConnectionResetError("gone")])
def test_a_lost_wake_up_is_counted_and_raises_nothing(
    error: Exception, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def refuse(name: str, **_: Any) -> None:
        calls.append(name)
        raise error

    monkeypatch.setattr(wakeups.app, "send_task", refuse)
    before = _lost()
    assert not wakeups.wake("score.pending")
    assert not wakeups.wake("score.pending")
    assert _lost() == before + 2
    assert calls == ["score.pending"], "the second does not wait for the broker again"


def test_nobody_is_woken_where_nothing_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups.app.conf, "broker_url", f"redis+socket://{tmp_path}/redis.sock")
    before = _lost()
    assert not wakeups.wake("score.pending")
    assert _lost() == before


def _lost() -> float:
    return wakeups.LOST.labels("score.pending")._value.get()
