"""The tasks. Each calls one room and passes the clock; each may run twice, late or not at all.

A task never dies of what a room raises: the failure is logged with its name, and the next sweep
tries again.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.db import InterfaceError, OperationalError

from alerts import outbox, source_watch, timers
from config import clock
from crawlers import runs
from opinion import scoring
from reports import heartbeats, housekeeping
from workers import wakeups
from workers.celery import app
from workers.draining import Drain, stopping
from workers.rarely import Rarely

log = logging.getLogger(__name__)

# Each running source is a process of about 110 MB.
CRAWLS_AT_ONCE = 3

_say = Rarely()
_crawls = BoundedSemaphore(CRAWLS_AT_ONCE)
_awake_since = clock.now()


@contextmanager
def sweep(kind: str) -> Iterator[None]:
    """Note a good end as the heartbeat of `kind`; log a failure instead of raising it."""
    try:
        yield
        heartbeats.record(kind, now=clock.now())
    except (OperationalError, InterfaceError) as exc:
        if _say((kind, "database")):
            log.warning(
                "%s: database unreachable or busy, the next sweep tries again: %s", kind, exc
            )
    except Exception as exc:  # the sweep must go on whatever one row holds
        # A fault that lasts is told in full once a minute, else in a line.
        log.error(
            "%s failed, the next sweep tries again: %r", kind, exc, exc_info=_say((kind, type(exc)))
        )


def _heard(kind: str, step: Callable[[], int]) -> Callable[[], int]:
    """Return `step` with a heartbeat after each time: a long drain must not look like silence."""

    def run() -> int:
        done = step()
        heartbeats.record(kind, now=clock.now())
        return done

    return run


_scoring = Drain(_heard("score", lambda: scoring.score_pending(now=clock.now())))
_timers = Drain(_heard("alert", lambda: timers.fire_due(now=clock.now())))
_outbox = Drain(_heard("notify", lambda: outbox.deliver_due(now=clock.now(), clock=clock.now)))


@app.task(name="crawl.run_due")
def run_due_sources() -> None:
    """Run sources that are due, one after the other; another task takes the next beside it."""
    with sweep("crawl"):
        if not _crawls.acquire(blocking=False):
            return
        try:
            while not stopping() and (claimed := runs.claim_due(clock.now(), 1)):
                wakeups.wake("crawl.run_due")
                for source in claimed:
                    runs.run_source(source, now=clock.now())
        finally:
            _crawls.release()


@app.task(name="score.pending")
def score_pending() -> None:
    """Score the posts that wait."""
    with sweep("score"):
        _scoring.run()


@app.task(name="alert.fire_timers")
def fire_timers() -> None:
    """Fire the timers that are due."""
    with sweep("alert"):
        _timers.run()


@app.task(name="alert.watch_sources")
def watch_sources() -> None:
    """Raise and close the incidents of silent sources."""
    with sweep("sources"):
        source_watch.watch(now=clock.now(), awake_since=_awake_since)


@app.task(name="notify.deliver")
def deliver() -> None:
    """Send the notifications that are due."""
    with sweep("notify"):
        _outbox.run()


@app.task(name="report.housekeeping")
def keep_house() -> None:
    """Delete what has piled up."""
    with sweep("report"):
        housekeeping.tidy(now=clock.now())
