"""What people do with an incident: one state, one table of moves.

Whatever is not in `MOVES` raises IllegalMove. A move is one guarded UPDATE on what the caller saw
(the state; for a transfer the owner too, for a lower level the level too), and with it, in the
same transaction, one line of the timeline, the clocks and the notifications. If the guard finds
something else, nothing is saved and StaleIncident says who was first.

Whether an answer or a solution was in time follows from the timestamps: `acknowledged_at` against
`response_due_at`, `resolved_at` against `resolution_due_at`. As reopening clears them, the event
of an acknowledgement keeps its round's `{"response": {"due", "on_time", "took_seconds"}}`, that of
a resolution the same under `"resolution"`.

Decisions: starting or resolving something nobody had taken takes it. A false alarm closes at once,
for there is no effect to verify; it can be reopened. Reopening asks for a new answer, so the
response clock runs again. A transfer keeps the state: the answer was given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from alerts import clocks, facts, manual, notices, opening
from alerts.errors import IllegalMove, StaleIncident
from alerts.events import EventKind, event
from alerts.models import Incident, IncidentEvent, Task, Timer
from alerts.notice import Kind
from alerts.notices import Notice
from alerts.signals import incident_changed
from alerts.wording import ago
from catalog.models import Person, Team
from nlp.levels import Level

State: Any = Incident.State  # Django ships no types


class Action(StrEnum):
    """What a person can do with an incident."""

    ACKNOWLEDGE = "acknowledge"
    START = "start"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    FALSE_ALARM = "false_alarm"
    VERIFY = "verify"
    REOPEN = "reopen"
    LOWER = "lower"
    COMMENT = "comment"

    @property
    def label(self) -> str:
        return EventKind(self).label


_LIVE = (State.OPEN, State.ACKNOWLEDGED, State.IN_PROGRESS)

MOVES: dict[tuple[str, Action], str] = {
    (State.OPEN, Action.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.OPEN, Action.START): State.IN_PROGRESS,
    (State.ACKNOWLEDGED, Action.START): State.IN_PROGRESS,
    **{(state, Action.ASSIGN): state for state in _LIVE},
    **{(state, Action.LOWER): state for state in _LIVE},
    **{(state, Action.RESOLVE): State.RESOLVED for state in _LIVE},
    **{(state, Action.FALSE_ALARM): State.VERIFIED for state in (*_LIVE, State.RESOLVED)},
    (State.RESOLVED, Action.VERIFY): State.VERIFIED,
    (State.RESOLVED, Action.REOPEN): State.OPEN,
    (State.VERIFIED, Action.REOPEN): State.OPEN,
    **{(state, Action.COMMENT): state for state in State},
}

NEEDS_REASON = {
    Action.RESOLVE: "写明做了什么，再解决",
    Action.FALSE_ALARM: "写明为什么是误报",
    Action.REOPEN: "写明为什么重新打开",
    Action.LOWER: "写明为什么改判",
    Action.COMMENT: "留言还是空的",
}
"""Actions that want words, and what to say when there are none."""

_KEPT = [
    "state",
    "level",
    "owner",
    "team",
    "entry",
    "outcome",
    "response_due_at",
    "resolution_due_at",
    "acknowledged_at",
    "resolved_at",
    "verified_at",
]


@dataclass
class _Move:
    """One action under way: the incident as it will be, and what follows from it."""

    incident: Incident
    action: Action
    actor: Person | None
    now: datetime
    reason: str
    data: dict[str, Any]
    guard: dict[str, Any]
    before: str
    change: tuple[str, str] = ("", "")
    facts: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)
    tell: tuple[Kind, Team | None] | None = None


def allowed(incident: Incident) -> list[Action]:
    """Return what can be done with the incident in its state, in the order of `Action`."""
    return [action for action in Action if (State(incident.state), action) in MOVES]


def move(
    incident: Incident,
    action: Action,
    *,
    actor: Person | None,
    now: datetime,
    reason: str = "",
    **data: Any,
) -> Incident:
    """Do `action`; return the incident as saved. `incident` must be as the actor saw it.

    ASSIGN takes `person`, LOWER takes `level`. `seen_state`, where given, is the state on the page
    that the actor acted upon.

    Raises IllegalMove (the state forbids it, a reason or a value is missing) and StaleIncident;
    their texts are for the page, and nothing is saved then.
    """
    action, reason = Action(action), reason.strip()
    seen = State(data.pop("seen_state", None) or incident.state)
    with transaction.atomic():
        current = _locked(incident)
        if current.state != seen:
            raise StaleIncident(_who_was_first(current, now))
        if (seen, action) not in MOVES:
            raise IllegalMove(_why_not(current, action, now))
        if action in NEEDS_REASON and not reason:
            raise IllegalMove(NEEDS_REASON[action])
        step = _Move(current, action, actor, now, reason, data, guard={"state": seen}, before=seen)
        step.change = (seen, MOVES[seen, action])
        current.state = MOVES[seen, action]
        if effect := _EFFECTS.get(action):
            effect(step, incident)
        _save(step)
    return current


def _locked(incident: Incident) -> Incident:
    """Read the incident for changing; signals that come in meanwhile wait, and we for them."""
    rows = Incident.objects.select_related("subject", "owner", "team__duty")
    locked: Incident = rows.select_for_update(of=("self",)).get(pk=incident.pk)
    return locked


def assign(
    incident: Incident, person: Person, *, actor: Person | None, now: datetime, reason: str = ""
) -> Incident:
    """Hand the incident over to `person`. Raises as `move` does."""
    return move(incident, Action.ASSIGN, actor=actor, now=now, reason=reason, person=person)


def finish_task(task: Task, *, actor: Person | None, now: datetime) -> bool:
    """Mark a task done; False when somebody had done so already."""
    return _tick(task, EventKind.TASK_DONE, actor=actor, now=now, done_at=now, done_by=actor)


def undo_task(task: Task, *, actor: Person | None, now: datetime) -> bool:
    """Take a task's mark back; False when it had none."""
    return _tick(task, EventKind.TASK_UNDONE, actor=actor, now=now, done_at=None, done_by=None)


def _tick(
    task: Task, kind: EventKind, *, actor: Person | None, now: datetime, **values: Any
) -> bool:
    undone = kind is EventKind.TASK_DONE
    with transaction.atomic():
        rows = Task.objects.filter(pk=task.pk, done_at__isnull=undone)
        if not rows.update(**values):
            return False
        event(
            task.incident,
            kind,
            now=now,
            actor=actor,
            reason=task.text,
            data={"task": task.pk, "party": task.party},
        ).save()
        incident_changed.send(sender=None, incident_id=task.incident_id)
    task.done_at, task.done_by = values["done_at"], values["done_by"]
    return True


def _save(step: _Move) -> None:
    incident = step.incident
    values = {name: getattr(incident, name) for name in _KEPT}
    try:
        with transaction.atomic():
            mine = Incident.objects.filter(pk=incident.pk, **step.guard).update(**values)
    except IntegrityError:
        raise IllegalMove(_already_open(incident)) from None
    if not mine:
        raise StaleIncident(_who_was_first(incident, step.now))
    line = event(
        incident,
        EventKind(step.action),
        now=step.now,
        actor=step.actor,
        change=step.change,
        reason=step.reason,
        data=step.kept,
    )
    line.save()
    Timer.objects.bulk_create(step.timers)
    if step.tell:
        _tell(step, line, *step.tell)
    incident_changed.send(sender=None, incident_id=incident.pk)


def _tell(step: _Move, line: IncidentEvent, kind: Kind, team: Team | None) -> None:
    incident = step.incident
    if kind is Kind.REOPENED:
        known = facts.gather([incident], now=step.now)[incident.pk]
    else:
        known = facts.describe(incident, now=step.now)
    said = {"by": str(step.actor) if step.actor else "", "reason": step.reason}
    notice = Notice(incident, kind, line, [team], {**known, **said, **step.facts})
    notices.queue([notice], now=step.now)


def _take(step: _Move) -> None:
    """Make the incident an answered one, by the actor unless it is someone's already."""
    incident = step.incident
    if incident.owner is None:
        incident.owner = step.actor
    if incident.acknowledged_at is None:
        incident.acknowledged_at = step.now
        clocks.cancel([incident], now=step.now, clock=clocks.Clock.RESPONSE)
        step.kept["response"] = _in_time(incident, incident.response_due_at, step.now)


def _acknowledge(step: _Move, seen: Incident) -> None:
    _take(step)


def _assign(step: _Move, seen: Incident) -> None:
    incident, person = step.incident, step.data.get("person")
    if not isinstance(person, Person) or not person.is_active:
        raise IllegalMove("选一个在用的账号，再转交")
    if person.pk == incident.owner_id == seen.owner_id:
        raise IllegalMove(f"负责人已经是 {person}")
    step.guard["owner"] = seen.owner_id
    step.change = (str(incident.owner) if incident.owner else "", str(person))
    step.kept = {"owner": person.pk, "owner_before": incident.owner_id}
    incident.owner = person
    if step.actor is None or person.pk != step.actor.pk:
        step.tell = (Kind.ASSIGNED, person.team or incident.team)
        step.facts = {"owner_id": person.pk}


def _end(step: _Move) -> None:
    """Resolve: take it if nobody had, stop the clocks, note whether it was in time."""
    _take(step)
    incident = step.incident
    incident.resolved_at = step.now
    clocks.cancel([incident], now=step.now)
    step.kept["resolution"] = step.facts = _in_time(incident, incident.resolution_due_at, step.now)
    step.tell = (Kind.RESOLVED, incident.team)


def _resolve(step: _Move, seen: Incident) -> None:
    step.incident.outcome = "handled"
    _end(step)


def _false_alarm(step: _Move, seen: Incident) -> None:
    incident = step.incident
    if step.before != State.RESOLVED:
        _end(step)
        step.facts = {"outcome": "false_alarm"}
    incident.outcome = "false_alarm"
    incident.verified_at = step.now


def _verify(step: _Move, seen: Incident) -> None:
    step.incident.verified_at = step.now


def _reopen(step: _Move, seen: Incident) -> None:
    incident = step.incident
    step.kept = {"outcome_before": incident.outcome}
    step.timers = opening.begin_again(incident, now=step.now)
    step.tell = (Kind.REOPENED, incident.team)


def _lower(step: _Move, seen: Incident) -> None:
    incident = step.incident
    try:
        level = Level(step.data.get("level", ""))
    except ValueError:
        raise IllegalMove("选一个更低的级别") from None
    step.guard["level"] = seen.level
    if level.rank >= Level(incident.level).rank:
        raise IllegalMove(f"级别已是{Level(incident.level).label}，只能改得更低")
    step.change = (incident.level, level)
    entry_before = incident.entry
    incident.level = level
    opening.take_entry(incident, manual.read())
    step.timers = clocks.ease(incident, entry_before, now=step.now)


_EFFECTS: dict[Action, Callable[[_Move, Incident], None]] = {
    Action.ACKNOWLEDGE: _acknowledge,
    Action.START: _acknowledge,
    Action.ASSIGN: _assign,
    Action.RESOLVE: _resolve,
    Action.FALSE_ALARM: _false_alarm,
    Action.VERIFY: _verify,
    Action.REOPEN: _reopen,
    Action.LOWER: _lower,
}


def _in_time(incident: Incident, due: datetime | None, now: datetime) -> dict[str, Any]:
    """Return how the round did against one target; `on_time` is None where there was none."""
    rounds = incident.events.filter(kind__in=[EventKind.OPENED, EventKind.REOPEN])
    began = rounds.aggregate(last=Max("at"))["last"] or incident.opened_at
    return {
        "due": due.isoformat() if due else None,
        "on_time": now <= due if due else None,
        "took_seconds": max(0.0, (now - began).total_seconds()),
    }


def _last_move(incident: Incident) -> IncidentEvent | None:
    moves = incident.events.filter(
        kind__in=[action for action in Action if action is not Action.COMMENT]
    )
    last: IncidentEvent | None = moves.select_related("actor").order_by("-at", "-id").first()
    return last


def _said(line: IncidentEvent, now: datetime) -> str:
    actor = str(line.actor) if line.actor else "系统"
    return f"{actor} {ago(line.at, now)}已{EventKind(line.kind).label}"


def _who_was_first(incident: Incident, now: datetime) -> str:
    line = _last_move(incident)
    return f"{_said(line, now) if line else f'{incident.number} 已有变化'}，你的修改没有保存"


def _why_not(incident: Incident, action: Action, now: datetime) -> str:
    line = _last_move(incident)
    since = f"（{_said(line, now)}）" if line else ""
    return f"{incident.number} {State(incident.state).label}{since}，不能{action.label}"


def _already_open(incident: Incident) -> str:
    other = (
        Incident.objects.filter(
            subject=incident.subject, category=incident.category, cause=incident.cause
        )
        .exclude(state=State.VERIFIED)
        .exclude(pk=incident.pk)
        .first()
    )
    where = f"{other.number} " if other else ""
    return f"{where}还没关闭，是同一对象同一类别，在那里处理"
