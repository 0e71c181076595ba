"""What machines ask: is it well, and how much has it done."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_prometheus.exports import ExportToDjangoView

from config import clock
from console import metrics as gauges
from console.api import tokens
from console.permissions import public
from reports import heartbeats


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every sweep was seen of late; else 503 with what is not."""
    try:
        connection.ensure_connection()
        stale = heartbeats.stale(clock.now())
    except DatabaseError:
        return JsonResponse({"status": "failing", "database": "unreachable"}, status=503)
    if stale:
        return JsonResponse({"status": "failing", "database": "ok", "stale": stale}, status=503)
    return JsonResponse({"status": "ok", "database": "ok", "stale": []})


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for a bearer token with the scope read or a member of staff."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    row = tokens.find(token, now=clock.now()) if scheme.lower() == "bearer" else None
    if not (request.user.is_staff or (row is not None and "read" in row.scopes)):
        return HttpResponse("metrics need a token with the scope read\n", status=401)
    gauges.refresh(now=clock.now())
    return ExportToDjangoView(request)
