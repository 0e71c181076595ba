"""The sweep that fires what is due, each timer once, however many sweep at the same time.

A due moment is a row, so what fell due while everything was down fires at the next sweep. What a
timer then does is `escalation`'s business.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from alerts import escalation
from alerts.models import Incident, Timer

PUSHED_ON = timedelta(minutes=1)
"""How much later a timer that failed is tried again; until then the rest has its turn."""

_log = logging.getLogger(__name__)


def pending() -> QuerySet[Timer]:
    """Return the timers that have neither fired nor been cancelled."""
    return Timer.objects.filter(fired_at=None, cancelled_at=None)


def fire_due(*, now: datetime, limit: int = 200) -> int:
    """Fire the timers that are due, oldest first; return how many this call fired.

    A timer that raises is rolled back, noted in its `error` and tried again a minute later.
    """
    due = pending().filter(due_at__lte=now).order_by("due_at", "id")
    fired = 0
    for pk, incident_id in list(due.values_list("pk", "incident_id")[:limit]):
        try:
            fired += _fire(pk, incident_id, now)
        except Exception as exc:
            _log.exception("timer %s of incident %s failed", pk, incident_id)
            pending().filter(pk=pk).update(
                due_at=now + PUSHED_ON, error=f"{type(exc).__name__}: {exc}"[:300]
            )
    return fired


def _fire(pk: int, incident_id: int, now: datetime) -> bool:
    """Fire one timer with all that follows from it, or nothing; False when another was first.

    The incident is locked before its timer, in the order in which people's moves lock them.
    """
    with transaction.atomic():
        rows = Incident.objects.select_related("subject", "owner", "team__duty")
        incident = rows.select_for_update(of=("self",)).get(pk=incident_id)
        mine = pending().filter(pk=pk, due_at__lte=now).update(fired_at=now, error="")
        if not mine:
            return False
        escalation.on_timer(Timer.objects.get(pk=pk), incident, now=now)
    return True
