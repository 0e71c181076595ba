"""What every page knows: the time, the demo, and how many severe incidents nobody has taken."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from alerts.models import Incident
from config import clock
from nlp.levels import Level


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame around a page needs."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {"now": clock.now(), "demo": bool(settings.SANDBOX_URL)}
    if user is None or not user.is_authenticated:
        return context
    context["user_line"] = "管理员" if user.is_superuser else (user.team.name if user.team else "")
    if user.has_perm("alerts.view_incident"):
        context["severe_open"] = Incident.objects.filter(
            level=Level.SEVERE, state=Incident.State.OPEN
        ).count()
    return context
