"""Bad reviews against their target, and whether we were in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.models import Incident
from catalog.models import Subject
from nlp.categories import Category
from opinion.models import Bucket
from reports import metrics

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)
_categories = iter(list(Category) * 9)


def subject(slug: str = "xinghe") -> Subject:
    return Subject.objects.create(slug=slug, name=slug)


def bucket(of: Subject, age: timedelta, reviews: int, bad: int, **more: Any) -> None:
    Bucket.objects.create(
        subject=of, platform="jd", at=NOW - age, reviews=reviews, bad_reviews=bad, **more
    )


def test_bad_reviews_are_counted_within_the_window_for_all_subjects_at_once(
    django_assert_num_queries: Any,
) -> None:
    one, two = subject(), subject("other")
    bucket(one, timedelta(days=1), 60, 2)
    bucket(one, timedelta(days=1), 40, 2, category="quality")
    bucket(one, timedelta(days=7), 100, 100)
    with django_assert_num_queries(1):
        found = metrics.bad_reviews([one, two], now=NOW)
    assert (found[one.pk].reviews, found[one.pk].bad) == (100, 4)
    assert (found[one.pk].rate, found[one.pk].over) == (0.04, True)
    assert (found[two.pk].rate, found[two.pk].over) == (None, False)


@pytest.mark.parametrize(("bad", "over"), [(3, False), (4, True), (0, False)])
def test_the_target_itself_is_met(bad: int, over: bool) -> None:
    assert metrics.BadReviews(100, bad, target=0.03).over is over


def incident(of: Subject, opened: timedelta, **moments: timedelta) -> Incident:
    at = NOW - opened
    return Incident.objects.create(
        subject=of,
        category=next(_categories),
        level="severe",
        summary="漏水",
        opened_at=at,
        last_signal_at=at,
        response_due_at=at + timedelta(minutes=30),
        resolution_due_at=at + timedelta(hours=4),
        **{name: at + after for name, after in moments.items()},
    )


def test_nothing_due_is_no_rate() -> None:
    assert metrics.responses_in_time(now=NOW).rate is None


def test_responses_count_when_given_or_due() -> None:
    one = subject()
    hour = timedelta(hours=1)
    incident(one, hour, acknowledged_at=timedelta(minutes=30))
    incident(one, hour, acknowledged_at=timedelta(minutes=31))
    incident(one, hour)
    incident(one, timedelta(minutes=10))
    incident(one, timedelta(minutes=10), acknowledged_at=timedelta(minutes=1))
    incident(one, timedelta(days=31), acknowledged_at=timedelta(minutes=1))
    watched = incident(one, hour)
    Incident.objects.filter(pk=watched.pk).update(response_due_at=None)
    found = metrics.responses_in_time(now=NOW)
    assert (found.met, found.due, found.rate) == (2, 4, 0.5)


def test_resolutions_likewise() -> None:
    one = subject()
    incident(one, timedelta(hours=5), resolved_at=timedelta(hours=4))
    incident(one, timedelta(hours=5))
    incident(one, timedelta(hours=3))
    found = metrics.resolutions_in_time(now=NOW)
    assert (found.met, found.due) == (1, 2)


def test_open_incidents_are_counted_by_level_and_state() -> None:
    one = subject()
    for state in ("open", "open", "verified"):
        Incident.objects.filter(pk=incident(one, timedelta(hours=1)).pk).update(state=state)
    assert metrics.open_incidents() == {("severe", "open"): 2}
