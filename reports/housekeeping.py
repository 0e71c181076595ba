"""What piles up and serves nobody any more goes."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from config.clock import SHANGHAI
from crawlers.models import CrawlRun, OrderLine, RejectedRecord

KEEP_RUNS = timedelta(days=90)
KEEP_LINES = timedelta(days=180)
"""By then an order has the after-sale cases that it will have."""


def tidy(*, now: datetime) -> int:
    """Delete ended logins, old runs and rejected records, and old order lines; return how many.

    Runs and records stay for 90 days, the fingerprints of order lines for 180.
    """
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    rejected, _ = RejectedRecord.objects.filter(at__lt=now - KEEP_RUNS).delete()
    runs, _ = CrawlRun.objects.filter(started_at__lt=now - KEEP_RUNS).delete()
    last_day = (now - KEEP_LINES).astimezone(SHANGHAI).date()
    lines, _ = OrderLine.objects.filter(day__lt=last_day).delete()
    return sessions + rejected + runs + lines
