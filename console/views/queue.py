"""The incident queue."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from alerts import lifecycle
from alerts.categories import CATEGORIES
from alerts.errors import IllegalMove, StaleIncident
from alerts.lifecycle import Action
from alerts.models import Incident
from config import clock
from console import queue as reading
from console.permissions import requires
from opinion.models import LEVELS

IDS_AT_MOST = 50


@require_GET
@requires("alerts.view_incident")
def queue(request: HttpRequest) -> HttpResponse:
    """Show one page of the queue."""
    now = clock.now()
    page = reading.read_queue(reading.Wanted.read(request.GET), user=request.user, now=now)
    context = {
        "section": "queue",
        "now": now,
        "queue": page,
        "levels": LEVELS,
        "categories": CATEGORIES,
    }
    return render(request, "console/queue.html", context)


@require_GET
@requires("alerts.view_incident")
def rows(request: HttpRequest) -> HttpResponse:
    """Draw again the rows that a page shows, its tabs, and what has arrived since it was drawn."""
    now = clock.now()
    ids = _ids(request.GET.getlist("id"))
    incidents = Incident.objects.filter(pk__in=ids).select_related("subject", "owner", "team")
    unsolved, pressing = reading.load_unsolved(now=now)
    wanted = reading.Wanted.read(request.GET)
    since = _ids([request.GET.get("seen", "")]) or [0]
    context = {
        "now": now,
        "rows": reading.rows_of(incidents, now=now),
        "tabs": reading.tabs_of(wanted, unsolved, pressing, request.user),
        "wanted": wanted,
        "arrived": reading.arrived(since[0]),
    }
    return render(request, "console/queue/rows.html", context)


@require_POST
@requires("alerts.view_incident", to_change="alerts.handle_incident")
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Take the chosen incidents; those that someone else took first are named."""
    now = clock.now()
    taken = 0
    for incident in Incident.objects.filter(pk__in=_ids(request.POST.getlist("id"))):
        try:
            lifecycle.move(incident, Action.ACKNOWLEDGE, actor=request.user, now=now)
            taken += 1
        except (IllegalMove, StaleIncident) as exc:
            messages.error(request, f"{incident.number}：{exc}")
    if taken:
        messages.success(request, f"已认领 {taken} 件")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        return redirect("queue")
    return redirect(back)


def _ids(values: list[str]) -> list[int]:
    return [int(v) for v in values if v.isascii() and v.isdigit() and len(v) < 10][:IDS_AT_MOST]
