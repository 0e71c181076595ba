"""Rows that were written become wake-ups for the workers, after the commit and never before.

A wake-up that cannot be sent is counted and forgotten: the next sweep finds the rows.
"""

import logging
import time
from functools import partial
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from kombu.exceptions import KombuError
from prometheus_client import Counter
from redis.exceptions import RedisError

from alerts.signals import outbox_filled
from crawlers.signals import posts_saved
from workers import schedule
from workers.celery import app
from workers.rarely import Rarely

log = logging.getLogger(__name__)

LOST = Counter(
    "fenghuo_wakeups_lost_total", "Wake-ups that the broker did not take, by task", ["task"]
)
# After a failure nobody else waits for the broker this long, in seconds.
PAUSE = 5.0

_say = Rarely()
_paused_until = 0.0


def connect() -> None:
    """Let saved posts wake the scorers, and a filled outbox the senders."""
    posts_saved.connect(_on_posts_saved, dispatch_uid="workers.wakeups.posts_saved")
    outbox_filled.connect(_on_outbox_filled, dispatch_uid="workers.wakeups.outbox_filled")


def _on_posts_saved(sender: object, **_: Any) -> None:
    transaction.on_commit(partial(wake, "score.pending"), robust=True)


def _on_outbox_filled(sender: object, **_: Any) -> None:
    transaction.on_commit(partial(wake, "notify.deliver"), robust=True)


def wake(task: str) -> bool:
    """Ask a worker to run `task` soon; return whether the broker took it. Never raises."""
    global _paused_until
    if _nobody_is_running():
        return False
    if time.monotonic() < _paused_until:
        LOST.labels(task).inc()
        return False
    try:
        app.send_task(task, expires=schedule.WAKE_UP_EXPIRES.total_seconds())
    except (KombuError, RedisError, OSError) as exc:
        _paused_until = time.monotonic() + PAUSE
        LOST.labels(task).inc()
        if _say(task):
            log.warning("broker unreachable (%s): %s waits for the next sweep", exc, task)
        return False
    return True


def _nobody_is_running() -> bool:
    """Return whether the broker is the private Redis and `fenghuo up` has not started it."""
    from pathlib import Path

    kind, _, path = app.conf.broker_url.partition("://")
    return kind == "redis+socket" and not Path(unquote(path)).exists()
