"""What piles up and serves nobody any more goes."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from crawlers.models import CrawlRun, RejectedRecord

KEEP_RUNS = timedelta(days=90)


def tidy(*, now: datetime) -> int:
    """Delete ended logins, and runs and rejected records older than 90 days; return how many."""
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    rejected, _ = RejectedRecord.objects.filter(at__lt=now - KEEP_RUNS).delete()
    runs, _ = CrawlRun.objects.filter(started_at__lt=now - KEEP_RUNS).delete()
    return sessions + rejected + runs
