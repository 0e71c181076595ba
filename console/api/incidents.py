"""Incidents, read and worked on over HTTP."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.errors import HttpError

from alerts import lifecycle
from alerts.lifecycle import Action
from alerts.models import Incident
from catalog.models import Person
from config import clock
from console.api.tokens import Bearer
from nlp.levels import Level
from nlp.masking import mask

router = Router()
MOST_ROWS = 200


class IncidentOut(Schema):
    """One incident as the queue shows it."""

    id: int
    number: str
    subject: str
    category: str
    level: str
    state: str
    summary: str
    owner: str | None
    posts: int
    opened_at: datetime
    response_due_at: datetime | None
    resolution_due_at: datetime | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    verified_at: datetime | None
    outcome: str
    url: str


class TaskOut(Schema):
    party: str
    text: str
    done_at: datetime | None


class EventOut(Schema):
    kind: str
    from_value: str
    to_value: str
    actor: str | None
    at: datetime
    reason: str


class IncidentDetail(IncidentOut):
    """One incident with its tasks and its timeline."""

    measures: list[str]
    tasks: list[TaskOut]
    events: list[EventOut]


class IncidentPage(Schema):
    """A page of incidents, newest first, and how many there are in all."""

    total: int
    incidents: list[IncidentOut]


class MoveIn(Schema):
    """Why, or what was done; and for assign, the username of who takes it."""

    reason: str = ""
    person: str = ""


@router.get("", response=IncidentPage, auth=Bearer("read"), summary="事件列表")
def list_incidents(
    request: HttpRequest,
    state: str = "",
    level: str = "",
    subject: str = "",
    limit: int = 50,
    offset: int = 0,
) -> dict[str, Any]:
    """List incidents, newest first. `state` and `level` may name several with commas."""
    rows = Incident.objects.select_related("subject", "owner").order_by("-opened_at", "-id")
    rows = _only(rows, "state", state, set(Incident.State.values))
    rows = _only(rows, "level", level, {item.value for item in Level})
    if subject:
        rows = rows.filter(subject__slug=subject)
    if not 1 <= limit <= MOST_ROWS or offset < 0:
        raise HttpError(422, f"limit must be 1 to {MOST_ROWS}, offset 0 or more")
    return {"total": rows.count(), "incidents": [_row(i) for i in rows[offset : offset + limit]]}


@router.get("/{pk}", response=IncidentDetail, auth=Bearer("read"), summary="一件事件")
def read_incident(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Return one incident with its measures, tasks and timeline."""
    return _detail(_incident(pk))


@router.post(
    "/{pk}/{action}", response=IncidentDetail, auth=Bearer("incidents"), summary="处置事件"
)
def act(request: HttpRequest, pk: int, action: str, body: MoveIn | None = None) -> dict[str, Any]:
    """Move an incident: acknowledge, assign, resolve, verify or reopen.

    409 when the incident is no longer in a state that allows it, or somebody else was first.
    """
    allowed = {"acknowledge", "assign", "resolve", "verify", "reopen"}
    if action not in allowed:
        raise HttpError(404, f"no action {action}; there are {', '.join(sorted(allowed))}")
    given = body or MoveIn()
    incident = _incident(pk)
    extra: dict[str, Any] = {"via": request.auth.name}
    if action == "assign":
        extra["person"] = _person(given.person)
    try:
        lifecycle.move(
            incident,
            Action(action),
            actor=None,
            now=clock.now(),
            reason=given.reason,
            **extra,
        )
    except (lifecycle.IllegalMove, lifecycle.StaleIncident) as exc:
        raise HttpError(409, str(exc)) from None
    return _detail(_incident(pk))


def _only(rows: QuerySet[Incident], field: str, text: str, known: set[str]) -> QuerySet[Incident]:
    wanted = {item.strip() for item in text.split(",") if item.strip()}
    if wanted - known:
        raise HttpError(422, f"no {field} {', '.join(sorted(wanted - known))}")
    return rows.filter(**{f"{field}__in": wanted}) if wanted else rows


def _incident(pk: int) -> Incident:
    return get_object_or_404(Incident.objects.select_related("subject", "owner"), pk=pk)


def _person(username: str) -> Person:
    if not username:
        raise HttpError(422, "person: name the username of who takes it")
    person = Person.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise HttpError(422, f"person: nobody is called {username}")
    return person


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.pk,
        "number": incident.number,
        "subject": incident.subject.slug,
        "category": incident.category,
        "level": incident.level,
        "state": incident.state,
        "summary": mask(incident.summary),
        "owner": incident.owner.username if incident.owner else None,
        "posts": incident.posts,
        "opened_at": incident.opened_at,
        "response_due_at": incident.response_due_at,
        "resolution_due_at": incident.resolution_due_at,
        "acknowledged_at": incident.acknowledged_at,
        "resolved_at": incident.resolved_at,
        "verified_at": incident.verified_at,
        "outcome": incident.outcome,
        "url": settings.BASE_URL + incident.get_absolute_url(),
    }


def _detail(incident: Incident) -> dict[str, Any]:
    events = incident.events.select_related("actor")
    return {
        **_row(incident),
        "measures": incident.entry.get("measures", []),
        "tasks": list(incident.tasks.values("party", "text", "done_at")),
        "events": [
            {
                "kind": event.kind,
                "from_value": event.from_value,
                "to_value": event.to_value,
                "actor": event.actor.username if event.actor else None,
                "at": event.at,
                "reason": mask(event.reason),
            }
            for event in events
        ],
    }
