"""Housekeeping deletes what nobody needs, and nothing younger."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from crawlers.models import CrawlRun, RejectedRecord
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


def test_ended_logins_go_and_others_stay() -> None:
    for key, minutes in (("ended", -1), ("goes on", 1)):
        Session.objects.create(session_key=key, expire_date=NOW + timedelta(minutes=minutes))
    housekeeping.tidy(now=NOW)
    assert [session.session_key for session in Session.objects.all()] == ["goes on"]
