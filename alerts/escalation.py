"""What happens when a timer fires: a reminder, a step up the ladder, a digest, or silence.

After everything was down, several timers of an incident may be due at once. All of them fire, but
a reminder that is overtaken stays silent: nobody needs "half of the time" after all of it.
"""

from datetime import datetime

from alerts import digests, facts, notices
from alerts.clocks import KINDS, STEPS, Clock
from alerts.events import EventKind, event
from alerts.models import Incident, IncidentEvent, Timer
from alerts.notice import Kind, Who
from alerts.notices import Notice
from alerts.signals import incident_changed
from catalog.models import Team

_STAGES = {
    Timer.Kind.RESPONSE_HALF: "half",
    Timer.Kind.RESPONSE_LATE: "late",
    Timer.Kind.RESOLUTION_HALF: "half",
    Timer.Kind.RESOLUTION_LATE: "late",
}
_ENDED = {Incident.State.RESOLVED, Incident.State.VERIFIED}


def on_timer(timer: Timer, incident: Incident, *, now: datetime) -> None:
    """Do what the timer, just marked as fired, is for. The incident is locked."""
    if timer.kind == Timer.Kind.NEW_POSTS:
        digests.tell(incident, now=now)
        return
    clock = next(clock for clock, steps in STEPS.items() if timer.kind in steps)
    if _is_met(incident, clock) or _is_outdated(timer, now):
        return
    if timer.kind in _STAGES:
        _remind(timer, incident, clock, now)
    else:
        _escalate(timer, incident, clock, now)
    incident_changed.send(sender=None, incident_id=incident.pk)


def rungs_climbed(incident: Incident) -> int:
    """Return how many steps up the ladder this round has taken."""
    begins = [EventKind.OPENED, EventKind.REOPEN, EventKind.LEVEL_UP]
    climbed = 0
    for kind in incident.events.order_by("at", "id").values_list("kind", flat=True):
        if kind in begins:
            climbed = 0
        climbed += kind == EventKind.OVERDUE
    return climbed


def _is_met(incident: Incident, clock: Clock) -> bool:
    if incident.state in _ENDED:
        return True
    return clock is Clock.RESPONSE and incident.acknowledged_at is not None


def _is_outdated(timer: Timer, now: datetime) -> bool:
    """Is a later timer of the same round due as well, one that says at least as much?

    A reminder yields to any of them, an overdue answer only to an overdue solution.
    """
    later = Timer.objects.filter(
        incident_id=timer.incident_id,
        round=timer.round,
        kind__in=KINDS if timer.kind in _STAGES else [Timer.Kind.RESOLUTION_DUE],
        fired_at=None,
        cancelled_at=None,
        due_at__lte=now,
        due_at__gt=timer.due_at,
    )
    return bool(later.exists())


def _remind(timer: Timer, incident: Incident, clock: Clock, now: datetime) -> None:
    stage = _STAGES[Timer.Kind(timer.kind)]
    due = _due(incident, clock)
    ladder = _rung(incident, rungs_climbed(incident))
    line = _line(incident, EventKind.REMINDED, timer, now, data={"stage": stage})
    told = {
        "clock": str(clock),
        "stage": stage,
        "due": due.isoformat() if due else None,
        "next": _in_words(ladder),
    }
    known = {**facts.describe(incident, now=now), **told}
    notices.queue([Notice(incident, Kind.REMINDER, line, [incident.team], known)], now=now)


def _escalate(timer: Timer, incident: Incident, clock: Clock, now: datetime) -> None:
    """Tell the next rung of the ladder, and the owner's team if it reads another channel."""
    due = _due(incident, clock)
    rung = _rung(incident, rungs_climbed(incident))
    line = _line(
        incident,
        EventKind.OVERDUE,
        timer,
        now,
        data={"to": rung.slug if rung else ""},
        to=_in_words(rung),
    )
    also = facts.who(rung.duty, rung) if rung else Who()
    told = {"clock": str(clock), "due": due.isoformat() if due else None, "also": also}
    known = {**facts.describe(incident, now=now), "index": facts.reading(incident, now=now), **told}
    teams = [rung or incident.team, incident.team]
    notices.queue([Notice(incident, Kind.OVERDUE, line, teams, known)], now=now)


def _line(
    incident: Incident,
    kind: EventKind,
    timer: Timer,
    now: datetime,
    *,
    data: dict[str, str],
    to: str = "",
) -> IncidentEvent:
    line = event(
        incident,
        kind,
        now=now,
        change=("", to),
        reason=Timer.Kind(timer.kind).label,
        data={"timer": timer.kind, **data},
    )
    line.save()
    return line


def _due(incident: Incident, clock: Clock) -> datetime | None:
    due: datetime | None = getattr(incident, f"{clock}_due_at")
    return due


def _rung(incident: Incident, climbed: int) -> Team | None:
    """Return the team that is next on the incident's ladder; the last rung again once all were.

    The ladder is the snapshot's, the duty person is whoever has duty now. A team that is gone is
    stepped over.
    """
    ladder = incident.entry.get("ladder", [])
    teams = Team.objects.select_related("duty").in_bulk(ladder, field_name="slug")
    present = [teams[slug] for slug in ladder if slug in teams]
    return present[min(climbed, len(present) - 1)] if present else None


def _in_words(team: Team | None) -> str:
    if team is None:
        return ""
    return str(team.duty) if team.duty else team.name
