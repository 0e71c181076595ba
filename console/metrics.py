"""What an operator's monitoring asks of the work that waits, read from the database when asked."""

from datetime import datetime

from django.db.models import Count, Model, QuerySet
from prometheus_client import Gauge

from alerts.models import Incident, Notification, Timer
from crawlers import health
from crawlers.models import Post, Source
from reports import heartbeats

POSTS_WAITING = Gauge("fenghuo_posts_waiting", "Posts stored and not yet scored")
NOTIFICATIONS = Gauge("fenghuo_notifications", "Notifications by state", ["state"])
TIMERS_OVERDUE = Gauge("fenghuo_timers_overdue", "Timers that are due and have not fired")
INCIDENTS_OPEN = Gauge("fenghuo_incidents_open", "Incidents that are not closed", ["level"])
SOURCES_BLOCKED = Gauge("fenghuo_sources_blocked", "Enabled sources that a site refuses")
SOURCES = Gauge("fenghuo_sources", "Sources by how they are doing", ["state"])
SWEEP_SILENT = Gauge("fenghuo_sweep_silent", "1 for a sweep that was not heard of late", ["sweep"])


def refresh(*, now: datetime) -> None:
    """Set every gauge to what the database says at `now`."""
    POSTS_WAITING.set(Post.objects.filter(state=Post.State.NEW).count())
    waiting = ["pending", "undeliverable"]
    _by(NOTIFICATIONS, waiting, Notification.objects.filter(state__in=waiting), "state")
    pending = Timer.objects.filter(fired_at=None, cancelled_at=None, due_at__lte=now)
    TIMERS_OVERDUE.set(pending.count())
    unclosed = Incident.objects.exclude(state=Incident.State.VERIFIED)
    _by(INCIDENTS_OPEN, ["severe", "normal", "watch"], unclosed, "level")
    SOURCES_BLOCKED.set(Source.objects.filter(enabled=True).exclude(block_reason="").count())
    verdicts = health.judge_all(now=now)
    for state in health.State:
        SOURCES.labels(state).set(sum(verdict.state is state for verdict in verdicts))
    stale = set(heartbeats.stale(now))
    for name in heartbeats.ALLOWED_SILENCE:
        SWEEP_SILENT.labels(name).set(name in stale)


def _by(gauge: Gauge, values: list[str], rows: QuerySet[Model], field: str) -> None:
    counted = dict(rows.values_list(field).annotate(Count("pk")))
    for value in values:
        gauge.labels(value).set(counted.get(value, 0))
