"""The overview page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from config import clock
from console import overview as reading
from console.permissions import requires


@require_GET
@requires("alerts.view_incident")
def overview(request: HttpRequest) -> HttpResponse:
    """Show how things stand."""
    now = clock.now()
    board = reading.read_overview(request.GET.get("window", ""), now=now)
    context = {"section": "overview", "now": now, "board": board, "windows": reading.WINDOWS}
    return render(request, "console/overview.html", context)
