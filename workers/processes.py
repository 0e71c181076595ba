"""`fenghuo worker` and `fenghuo beat`: one process of the services profile each.

`fenghuo up` starts the same two, so there is one way of working.
"""

import argparse
import logging
import os
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import psutil

from workers.schedule import QUEUES, SWEEPS

DEFAULT_CONCURRENCY = {"threads": 8, "prefork": 2}
ORPHAN_GRACE = 8.0


def worker(arguments: Sequence[str]) -> int:
    """Run one worker until SIGTERM or Ctrl-C; return the exit code."""
    options = _worker_options(arguments)
    _set_up()
    if options.check:
        return _check(options.queues)
    if not _broker_is_known():
        return 2
    if options.parent:
        _die_with(options.parent)

    from celery.exceptions import SecurityWarning
    from celery.signals import worker_ready, worker_shutting_down

    from workers.celery import app

    # It warns of root for the sake of pickled messages; ours are JSON.
    warnings.simplefilter("ignore", SecurityWarning)
    pool = app.Worker(
        hostname=f"{'-'.join(options.queues)}-{os.getpid()}@{socket.gethostname()}",
        queues=",".join(options.queues),
        pool=options.pool,
        concurrency=options.concurrency or DEFAULT_CONCURRENCY[options.pool],
        loglevel=_log_level(),
        redirect_stdouts=False,
        quiet=True,
        # What workers tell one another; nobody here listens.
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    sweep_at_once = partial(_sweep, options.queues)
    worker_ready.connect(sweep_at_once)
    worker_shutting_down.connect(_end_spiders)
    pool.start()
    return int(pool.exitcode or 0)


def beat(arguments: Sequence[str]) -> int:
    """Run the scheduler until SIGTERM or Ctrl-C. It keeps no file: due moments are rows."""
    parser = argparse.ArgumentParser("fenghuo beat", description="Run the scheduler alone.")
    parser.add_argument(
        "--check", action="store_true", help="only say whether the sweeps it asks for happen"
    )
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    _set_up()
    if options.check:
        return _check(QUEUES)
    if not _broker_is_known():
        return 2
    if options.parent:
        _die_with(options.parent)

    from workers.celery import app

    app.Beat(
        scheduler="celery.beat:Scheduler",
        pidfile=None,
        loglevel=_log_level(),
        redirect_stdouts=False,
        quiet=True,
    ).run()
    return 0


def _worker_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("fenghuo worker", description="Run one worker alone.")
    parser.add_argument(
        "--queues",
        type=_queues,
        default=list(QUEUES),
        metavar="A,B",
        help=f"whose messages it takes: {', '.join(QUEUES)} (all of them unless said)",
    )
    parser.add_argument(
        "--pool",
        choices=sorted(DEFAULT_CONCURRENCY),
        default="prefork",
        help="processes (prefork), or threads of this one; crawl waits much, so threads fit it",
    )
    parser.add_argument(
        "--concurrency", type=_at_least_one, metavar="N", help="prefork 2, threads 8 unless said"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="start nothing; exit 0 when these queues' sweeps happen, else 1",
    )
    parser.add_argument("--parent", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _queues(text: str) -> list[str]:
    names = [name for name in (part.strip() for part in text.split(",")) if name]
    unknown = sorted(set(names) - set(QUEUES))
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"no queue '{', '.join(unknown)}'; there are {', '.join(QUEUES)}"
        )
    return names


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 on")
    return int(text)


def _set_up() -> None:
    # Settings and models were checked by `fenghuo migrate` or `up`; again here costs a second.
    os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
    import django

    django.setup()
    if _log_level() != "DEBUG":
        # A line for every sweep, several a second, would bury what matters.
        for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
            logging.getLogger(name).setLevel(logging.WARNING)


def _broker_is_known() -> bool:
    from workers import broker
    from workers.celery import app

    try:
        broker.check(app.conf.broker_url)
    except broker.BrokerError as exc:
        sys.stderr.write(f"fenghuo: {exc}\n")
        return False
    return True


def _log_level() -> str:
    from django.conf import settings

    return str(settings.ENV.log_level).upper()


def _sweep(queues: Sequence[str], **_: object) -> None:
    """Look at once for what was left, not only when the scheduler says so."""
    from workers import wakeups

    for sweep in SWEEPS:
        if sweep.queue in queues:
            wakeups.wake(sweep.task)


def _end_spiders(**_: object) -> None:
    """Ask running spiders to save what they have and end: a crawl may last minutes."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "crawlers.child" in child.cmdline():
                child.terminate()


def _check(names: Sequence[str]) -> int:
    from django.db import DatabaseError

    from config import clock
    from reports import heartbeats

    try:
        silent = heartbeats.stale(clock.now(), names)
    except DatabaseError as exc:
        sys.stderr.write(f"fenghuo: database unreachable: {exc}\n")
        return 1
    if silent:
        sys.stderr.write(f"fenghuo: no sweep for too long: {', '.join(silent)}\n")
    return 1 if silent else 0


def _die_with(parent: int) -> None:
    """End this process and what it started when `parent` is gone, even in the midst of a task.

    The kernel sends SIGTERM then, which waits for a running task: a crawl may last minutes.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_GRACE)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
