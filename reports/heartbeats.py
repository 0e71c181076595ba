"""Which sweeps are alive: each writes down when it last ended well.

A sweep that has gone silent is the one failure that raises no error anywhere, so /healthz and the
health checks of the services profile ask here.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock

from reports.models import Heartbeat

ALLOWED_SILENCE: dict[str, timedelta] = {
    "crawl": timedelta(minutes=2),
    "score": timedelta(minutes=2),
    "alert": timedelta(minutes=2),
    "notify": timedelta(minutes=2),
    "report": timedelta(minutes=10),
    "sources": timedelta(minutes=10),
}
WRITE_EVERY = timedelta(seconds=5)

_written: dict[str, datetime] = {}
_lock = Lock()


def record(name: str, *, now: datetime) -> None:
    """Note that the sweep `name` ended well; this process writes at most once in five seconds."""
    with _lock:
        last = _written.get(name)
        if last is not None and timedelta(0) <= now - last < WRITE_EVERY:
            return
        _written[name] = now
    # A later moment, written by another process, stays.
    if not Heartbeat.objects.filter(name=name, at__lt=now).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def stale(now: datetime, names: Iterable[str] = tuple(ALLOWED_SILENCE)) -> list[str]:
    """Return those of the sweeps `names` that have been silent too long or were never heard."""
    heard = dict(Heartbeat.objects.values_list("name", "at"))
    return [
        name for name in names if name not in heard or now - heard[name] > ALLOWED_SILENCE[name]
    ]
