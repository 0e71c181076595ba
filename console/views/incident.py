"""One incident: its page, and what people do there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts import lifecycle
from alerts.categories import SOURCE
from alerts.errors import IllegalMove, StaleIncident
from alerts.lifecycle import Action
from alerts.models import Incident, Task
from alerts.wording import span
from catalog.models import Person
from config import clock
from console import actions
from console.case import WAYS_TO_SPLIT, read_case, read_choices
from console.corrections import CORRECT
from console.permissions import requires


@require_GET
@requires("alerts.view_incident")
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an incident."""
    now = clock.now()
    case = read_case(
        _get(pk),
        request.user,
        by=request.GET.get("by", ""),
        page=_page(request.GET.get("posts", "")),
        now=now,
    )
    context = {
        "section": "queue",
        "now": now,
        "case": case,
        "incident": case.incident,
        "choices": case.choices,
        "ways": WAYS_TO_SPLIT,
        "of_sources": case.incident.category == SOURCE,
        "may_handle": request.user.has_perm(actions.HANDLE),
        "may_correct": request.user.has_perm(CORRECT),
    }
    return render(request, "console/incident.html", context)


@require_http_methods(["GET", "POST"])
@requires("alerts.view_incident")
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Do something with an incident; a GET shows the form where there is something to ask."""
    button = _button(action)
    if not request.user.has_perm(button.permission):
        raise PermissionDenied
    found = _get(pk)
    if request.method == "GET":
        return _ask(request, found, button)
    now = clock.now()
    try:
        moved = lifecycle.move(
            _as_seen(found, request.POST),
            button.action,
            actor=request.user,
            now=now,
            reason=request.POST.get("reason", ""),
            **_data(button.action, request.POST),
        )
    except (IllegalMove, StaleIncident) as exc:
        messages.error(request, str(exc))
    else:
        messages.success(request, _done(button.action, moved))
    return redirect(found)


@require_POST
@requires("alerts.view_incident", to_change=actions.HANDLE)
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave words in an incident's timeline."""
    found = _get(pk)
    words = request.POST.get("reason", "")
    try:
        lifecycle.move(found, Action.COMMENT, actor=request.user, now=clock.now(), reason=words)
    except (IllegalMove, StaleIncident) as exc:
        messages.error(request, str(exc))
    return redirect(found)


@require_POST
@requires("alerts.view_incident", to_change=actions.HANDLE)
def tick(request: HttpRequest, pk: int, task: int) -> HttpResponse:
    """Mark a task done, or take the mark back."""
    found = get_object_or_404(Task.objects.select_related("incident"), pk=task, incident_id=pk)
    done = request.POST.get("done") == "1"
    change = lifecycle.finish_task if done else lifecycle.undo_task
    if not change(found, actor=request.user, now=clock.now()):
        messages.error(request, "同事刚刚改过这一项，已换成最新的")
    return redirect(found.incident)


def _get(pk: int) -> Incident:
    rows = Incident.objects.select_related("subject", "owner__team", "team")
    return get_object_or_404(rows, pk=pk)


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _button(name: str) -> actions.Button:
    try:
        return actions.BUTTONS[Action(name)]
    except (ValueError, KeyError):
        raise Http404 from None


def _as_seen(incident: Incident, form: Any) -> Incident:
    """Return the incident as the page showed it, so that a change since then is noticed."""
    owner, level = form.get("seen_owner"), form.get("seen_level")
    if owner is not None:
        incident.owner_id = int(owner) if owner.isascii() and owner.isdigit() else None
    if level:
        incident.level = level
    return incident


def _data(action: Action, form: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if form.get("seen_state") in Incident.State.values:
        data["seen_state"] = form["seen_state"]
    if action is Action.ASSIGN:
        person = form.get("person", "")
        known = person.isascii() and person.isdigit() and len(person) < 10
        data["person"] = Person.objects.filter(pk=int(person)).first() if known else None
    if action is Action.LOWER:
        data["level"] = form.get("level", "")
    return data


def _ask(request: HttpRequest, found: Incident, button: actions.Button) -> HttpResponse:
    """Show the form on a page of its own: for those without scripts."""
    choices = read_choices(found, request.user)
    if button not in choices.offer.dialogs:
        messages.error(request, f"{found.number} {found.get_state_display()}，不能{button.verb}")
        return redirect(found)
    context = {"section": "queue", "choices": choices, "incident": found, "button": button}
    return render(request, "console/action.html", context)


def _done(action: Action, incident: Incident) -> str:
    number = incident.number
    if action in {Action.ACKNOWLEDGE, Action.START} and incident.acknowledged_at:
        took = span(incident.acknowledged_at - incident.opened_at)
        verb = "已认领" if action is Action.ACKNOWLEDGE else "开始处理"
        return f"{verb} {number}，响应用时 {took}"
    return {
        Action.ASSIGN: f"{number} 已转交给 {incident.owner}",
        Action.RESOLVE: f"已解决 {number}，等待验证效果",
        Action.FALSE_ALARM: f"{number} 已记为误报并关闭",
        Action.VERIFY: f"已验证并关闭 {number}",
        Action.REOPEN: f"已重开 {number}，时限从现在起算",
        Action.LOWER: f"{number} 已改判为{incident.get_level_display()}",
    }.get(action, "已保存")
