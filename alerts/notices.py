"""Deciding what is told to whom: rows in the outbox, one for each event and channel.

How soon a row may go follows from its lane:

- urgent: a severe incident that opens, rises, runs late or is handed over goes at once, alone;
- grouped: the rest waits a moment for others to join it, unless it calls a person by name;
- summary: what is only watched is told once an hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from alerts import channels
from alerts.models import Incident, IncidentEvent, Notification
from alerts.notice import Kind
from alerts.signals import outbox_filled
from catalog.models import Team
from nlp.levels import Level

GROUP_FOR = timedelta(seconds=90)
"""How long a normal notification waits for company; the promise is 5 minutes."""
SUMMARY_AFTER_HOUR = timedelta(minutes=2)
"""The hour's summary leaves a little after it: robots are busiest at the full hour."""
EXPIRES_AFTER = timedelta(hours=24)
"""An alert older than this is no news any more; it is shown as undeliverable."""
CALM = (Kind.NEW_POSTS, Kind.RESOLVED)
"""Kinds that may wait for company even where the incident is severe."""
DIRECT = (Kind.REMINDER, Kind.OVERDUE, Kind.ASSIGNED)
"""Kinds that call a person: they never wait for company."""
URGENT = Q(level=Level.SEVERE) & ~Q(kind__in=CALM)


class Lane(StrEnum):
    """How a notification travels."""

    URGENT = "urgent"
    GROUPED = "grouped"
    SUMMARY = "summary"


@dataclass(frozen=True)
class Notice:
    """One event that people should hear of, and the teams whose channels get it."""

    incident: Incident
    kind: Kind
    event: IncidentEvent
    teams: Sequence[Team | None]
    facts: Mapping[str, Any] = field(default_factory=dict)


def lane(level: str, kind: str) -> Lane:
    """Return the lane of a notification."""
    if level == Level.SEVERE and kind not in CALM:
        return Lane.URGENT
    if level == Level.WATCH and kind not in DIRECT:
        return Lane.SUMMARY
    return Lane.GROUPED


def first_attempt(level: str, kind: str, now: datetime) -> datetime:
    """Return when a notification decided at `now` may leave."""
    way = lane(level, kind)
    if way is Lane.SUMMARY:
        hour = now.replace(minute=0, second=0, microsecond=0)
        return hour + timedelta(hours=1) + SUMMARY_AFTER_HOUR
    return now + GROUP_FOR if way is Lane.GROUPED and kind not in DIRECT else now


def channel_of(team: Team | None) -> str:
    """Return the team's channel; the default one for a team without a robot, or an unknown one."""
    named = channels.of_robot(team.robot) if team and team.robot else ""
    return named or channels.default()


def queue(notices: Iterable[Notice], *, now: datetime) -> int:
    """Put the notices in the outbox and wake it up; return how many rows there are now for them.

    Saying the same event again adds nothing. Call it in the transaction that saved the events.
    """
    rows = [
        _row(notice, channel, now)
        for notice in notices
        for channel in dict.fromkeys(channel_of(team) for team in notice.teams or [None])
    ]
    if rows:
        Notification.objects.bulk_create(rows, ignore_conflicts=True)
        outbox_filled.send(sender=None)
    return len(rows)


def _row(notice: Notice, channel: str, now: datetime) -> Notification:
    level = notice.incident.level
    return Notification(
        incident=notice.incident,
        channel=channel,
        kind=notice.kind,
        level=level,
        key=f"{notice.kind}:{notice.event.pk}@{channel}",
        facts=dict(notice.facts),
        next_attempt_at=first_attempt(level, notice.kind, now),
        error="" if settings.WECOM_ROBOTS else channels.UNCONFIGURED_REASON,
        created_at=now,
    )


def free(now: datetime) -> QuerySet[Notification]:
    """Return the notifications that still wait and that no worker holds."""
    unleased = Q(lease_until=None) | Q(lease_until__lte=now)
    return Notification.objects.filter(unleased, state=Notification.State.PENDING)


def why_skip(notification: Notification) -> str:
    """Say why a waiting notification need not be sent any more; "" when it should be.

    Read at the moment of sending: since it was decided, somebody may have acted.
    """
    incident, kind = notification.incident, notification.kind
    if incident is None or kind == Kind.RESOLVED:
        return ""
    states = Incident.State
    if incident.state in {states.RESOLVED, states.VERIFIED}:
        return f"发出前事件已{'解决' if incident.state == states.RESOLVED else '关闭'}"
    if kind in {Kind.REMINDER, Kind.OVERDUE} and incident.acknowledged_at:
        return "发出前已认领" if notification.facts.get("clock") == "response" else ""
    if kind == Kind.ASSIGNED and not _still_owner(notification, incident):
        return "发出前又转交了他人"
    if kind == Kind.OPENED and Level(incident.level).rank > Level(notification.level).rank:
        return "发出前级别已上升，另有通知"
    return ""


def _still_owner(notification: Notification, incident: Incident) -> bool:
    meant = notification.facts.get("owner_id")
    return meant is None or meant == incident.owner_id
