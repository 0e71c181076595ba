"""An incident's two clocks: when an answer is due, when a solution, and the reminders before.

Setting a clock writes its due moment into the incident and returns the timers to save; a moment
that has passed already gets none. Each setting is a new round, so that a timer of an old round can
never speak for a new one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Max

from alerts.models import Incident, Timer


class Clock(StrEnum):
    """Which promise runs out."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


_Kind: Any = Timer.Kind  # Django ships no types

STEPS: dict[Clock, dict[str, float]] = {
    Clock.RESPONSE: {
        _Kind.RESPONSE_HALF: 0.5,
        _Kind.RESPONSE_LATE: 0.75,
        _Kind.RESPONSE_DUE: 1.0,
    },
    Clock.RESOLUTION: {
        _Kind.RESOLUTION_HALF: 0.5,
        _Kind.RESOLUTION_LATE: 0.75,
        _Kind.RESOLUTION_DUE: 1.0,
    },
}
KINDS = [kind for steps in STEPS.values() for kind in steps]


def start(incident: Incident, *, now: datetime) -> list[Timer]:
    """Set both clocks to run from `now` by the incident's entry; return the timers, unsaved.

    Call it on an incident without running timers: a new or a reopened one.
    """
    incident.response_due_at = _due(incident, Clock.RESPONSE, now)
    incident.resolution_due_at = _due(incident, Clock.RESOLUTION, now)
    return _timers(incident, Clock, begins=now, now=now)


def rise(incident: Incident, *, now: datetime) -> list[Timer]:
    """Set the clocks after the level rose and the entry changed; return the timers, unsaved.

    Nobody has taken it yet: both clocks run anew from `now`. It is being worked on: the answer
    was given and stays so, and the solution is due by the earlier of the old moment and the new
    target, for a worse incident is no reason for more time.
    """
    if not incident.acknowledged_at:
        cancel([incident], now=now)
        return start(incident, now=now)
    cancel([incident], now=now, clock=Clock.RESOLUTION)
    dues = [incident.resolution_due_at, _due(incident, Clock.RESOLUTION, now)]
    incident.resolution_due_at = min((due for due in dues if due), default=None)
    return _timers(incident, [Clock.RESOLUTION], begins=now, now=now)


def ease(incident: Incident, before: dict[str, int | None], *, now: datetime) -> list[Timer]:
    """Set the clocks after a person lowered the level; `before` is the entry that held so far.

    The start of each clock stays, its length becomes that of the new entry if that is longer.
    What is only watched from now on has no clock.
    """
    cancel([incident], now=now)
    running = [Clock.RESOLUTION] if incident.acknowledged_at else list(Clock)
    for clock in running:
        due: datetime | None = getattr(incident, f"{clock}_due_at")
        old, new = before.get(f"{clock}_minutes"), incident.entry.get(f"{clock}_minutes")
        if due and old and new:
            due += timedelta(minutes=max(0, new - old))
        setattr(incident, f"{clock}_due_at", due if new else None)
    return _timers(incident, running, begins=None, now=now)


def cancel(incidents: Iterable[Incident], *, now: datetime, clock: Clock | None = None) -> int:
    """Cancel what still waits, of one clock or (None) all of it, digests too; return how many."""
    waiting = Timer.objects.filter(incident__in=incidents, fired_at=None, cancelled_at=None)
    if clock:
        waiting = waiting.filter(kind__in=STEPS[clock])
    cancelled: int = waiting.update(cancelled_at=now)
    return cancelled


def _due(incident: Incident, clock: Clock, begins: datetime) -> datetime | None:
    minutes = incident.entry.get(f"{clock}_minutes")
    return begins + timedelta(minutes=minutes) if minutes else None


def _timers(
    incident: Incident, clocks: Iterable[Clock], *, begins: datetime | None, now: datetime
) -> list[Timer]:
    """Return the timers of `clocks`; with `begins` None each clock began one target before due."""
    number = _next_round(incident)
    timers = []
    for clock in clocks:
        due: datetime | None = getattr(incident, f"{clock}_due_at")
        if due is None:
            continue
        length = timedelta(minutes=incident.entry.get(f"{clock}_minutes") or 0)
        first = begins or due - length
        for kind, share in STEPS[clock].items():
            at = first + (due - first) * share
            if at > now:
                timers.append(Timer(incident=incident, kind=kind, round=number, due_at=at))
    return timers


def _next_round(incident: Incident) -> int:
    last = incident.timers.filter(kind__in=KINDS).aggregate(last=Max("round"))["last"]
    return (last or 0) + 1
