"""The digest of new posts: an open incident speaks of what came in, but never once per post."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from alerts import facts, notices
from alerts.events import EventKind, event
from alerts.models import Incident, IncidentEvent, IncidentPost, Timer
from alerts.notice import Kind
from alerts.notices import Notice
from nlp.levels import Level

EVERY = {Level.SEVERE: timedelta(minutes=15), Level.NORMAL: timedelta(minutes=30)}
"""The least time between two digests of an incident. What is only watched has none."""
GATHER = timedelta(minutes=3)
"""After a long silence, how long the first new post waits for others."""
_SPOKEN = [EventKind.OPENED, EventKind.LEVEL_UP, EventKind.REOPEN, EventKind.NEW_POSTS]


def schedule(incidents: Sequence[Incident], *, now: datetime) -> None:
    """Make sure that a digest is due for incidents that got new posts."""
    speaking = [incident for incident in incidents if Level(incident.level) in EVERY]
    if not speaking:
        return
    waiting = Q(timers__fired_at=None, timers__cancelled_at=None)
    digest = Q(timers__kind=Timer.Kind.NEW_POSTS)
    rows = Incident.objects.filter(pk__in=[incident.pk for incident in speaking]).annotate(
        pending=Count("timers", filter=digest & waiting),
        last_round=Max("timers__round", filter=digest),
    )
    spoken = _last_spoken(speaking)
    timers = [
        Timer(
            incident=incident,
            kind=Timer.Kind.NEW_POSTS,
            round=(incident.last_round or 0) + 1,
            due_at=max(spoken.get(incident.pk, now) + EVERY[Level(incident.level)], now + GATHER),
        )
        for incident in rows
        if not incident.pending
    ]
    Timer.objects.bulk_create(timers)


def tell(incident: Incident, *, now: datetime) -> None:
    """Tell how many posts came since the incident last spoke; nothing came: say nothing."""
    since = _last_spoken([incident]).get(incident.pk, incident.opened_at)
    new = IncidentPost.objects.filter(incident=incident, at__gt=since, at__lte=now).count()
    if not new or incident.state not in {
        Incident.State.OPEN,
        Incident.State.ACKNOWLEDGED,
        Incident.State.IN_PROGRESS,
    }:
        return
    told = event(incident, EventKind.NEW_POSTS, now=now, data={"new": new})
    told.save()
    known = facts.describe(incident, now=now)
    known["index"] = facts.reading(incident, now=now)
    known["telling"] = facts.telling_posts(incident, since=since, most=2)
    known["new"] = new
    known["since"] = since.isoformat()
    notices.queue(
        [Notice(incident, Kind.NEW_POSTS, told, [incident.team], known)],
        now=now,
    )


def _last_spoken(incidents: Sequence[Incident]) -> dict[int, datetime]:
    rows = IncidentEvent.objects.filter(incident__in=incidents, kind__in=_SPOKEN)
    return dict(rows.order_by().values_list("incident_id").annotate(Max("at")))
