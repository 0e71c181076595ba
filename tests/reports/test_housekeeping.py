"""Housekeeping deletes what nobody needs, and nothing younger."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from crawlers.models import CrawlRun, OrderLine, RejectedRecord
from reports import housekeeping

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("age", "left"), [(-1, 1), (0, 1), (1, 0)])
def test_rejected_records_go_after_their_time(age: int, left: int) -> None:
    at = NOW - housekeeping.KEEP_RUNS - timedelta(seconds=age)
    RejectedRecord.objects.create(reason="缺少正文", at=at)
    assert housekeeping.tidy(now=NOW) == 1 - left
    assert RejectedRecord.objects.count() == left


@pytest.mark.parametrize(("age", "left"), [(-1, 1), (0, 1), (1, 0)])
def test_runs_go_after_their_time(age: int, left: int) -> None:
    CrawlRun.objects.create(name="x", started_at=NOW - housekeeping.KEEP_RUNS - timedelta(0, age))
    assert housekeeping.tidy(now=NOW) == 1 - left
    assert CrawlRun.objects.count() == left


@pytest.mark.parametrize(("minutes", "left"), [(-1, 1), (0, 0)])
def test_order_lines_go_after_180_days_of_shanghai(minutes: int, left: int) -> None:
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)  # of March 2nd in Shanghai
    OrderLine.objects.create(platform="jd", order_hash="f", day=date(2025, 9, 2))
    OrderLine.objects.create(platform="jd", order_hash="g", day=date(2025, 9, 3))
    assert housekeeping.tidy(now=midnight + timedelta(minutes=minutes)) == 1 - left
    assert OrderLine.objects.count() == 1 + left


def test_ended_logins_go_and_others_stay() -> None:
    for key, minutes in (("ended", -1), ("goes on", 1)):
        Session.objects.create(session_key=key, expire_date=NOW + timedelta(minutes=minutes))
    housekeeping.tidy(now=NOW)
    assert [session.session_key for session in Session.objects.all()] == ["goes on"]
