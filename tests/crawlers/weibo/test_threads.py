"""The schedule of visits: its rule as properties, and what is stored of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Subject
from crawlers import threads
from crawlers.models import Source, Thread
from crawlers.saving import save_batch
from crawlers.threads import ThreadSeen, ThreadVisited, due, jumped, next_visit, seen_in
from tests.crawlers.samples import NOW

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
AGES = st.timedeltas(min_value=-DAY, max_value=400 * DAY)
QUIET = st.integers(0, 50)


def after(age, quiet=0):
    return next_visit(published_at=NOW - age, now=NOW, quiet_visits=quiet)


@given(AGES, QUIET)
def test_a_visit_is_never_sooner_than_ten_minutes_nor_later_than_a_day(age, quiet):
    at = after(age, quiet)
    assert at is None or NOW + threads.SOONEST <= at <= NOW + threads.LATEST


@given(AGES, AGES, QUIET)
def test_an_older_thread_never_waits_less(one, other, quiet):
    younger, older = sorted([one, other])
    soon, late = after(younger, quiet), after(older, quiet)
    assert late is None or (soon is not None and soon <= late)


@given(AGES, QUIET)
def test_a_thread_is_closed_by_age_or_by_silence_and_by_nothing_else(age, quiet):
    closed = age >= 14 * DAY or (age > 2 * DAY and quiet >= 3)
    assert (after(age, quiet) is None) is closed


@given(st.lists(st.booleans(), min_size=200, max_size=200))
def test_every_thread_ends_after_few_visits_whatever_comes(news):
    published, now, quiet, visits = NOW, NOW, 0, 0
    for new in news:
        visits += 1
        quiet = 0 if new else quiet + 1
        following = next_visit(published_at=published, now=now, quiet_visits=quiet)
        if following is None:
            break
        now = following
    assert following is None
    assert now - published <= 15 * DAY
    assert visits <= 70


@pytest.mark.parametrize(
    ("age", "quiet", "wait"),
    [
        (timedelta(0), 0, 10 * MINUTE),
        (80 * MINUTE, 0, 10 * MINUTE),
        (160 * MINUTE, 9, 20 * MINUTE),
        (2 * DAY, 3, 6 * timedelta(hours=1)),
        (2 * DAY + timedelta(seconds=1), 3, None),
        (3 * DAY, 2, 9 * timedelta(hours=1)),
        (8 * DAY, 0, DAY),
        (14 * DAY - timedelta(seconds=1), 0, DAY),
        (14 * DAY, 0, None),
    ],
)
def test_the_schedule_widens_with_age(age, quiet, wait):
    at = after(age, quiet)
    assert at is None if wait is None else abs(at - NOW - wait) <= timedelta(seconds=1)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_jump_is_by_a_fifth_and_by_five_at_least(before, count):
    assert jumped(before, count) is (count - before >= max(5, before // 5))


RECORD = {
    "platform": "weibo",
    "native_id": "1",
    "comments": "1.2万",
    "published_at": "Tue Jan 02 12:00:00 +0800 2024",
}


def test_a_post_with_comments_has_a_thread():
    seen = seen_in(RECORD, now=NOW, address={"aid": 1})
    assert (seen.comments, seen.address) == (12000, {"aid": 1})
    assert seen.published_at.isoformat() == "2024-01-02T04:00:00+00:00"


@pytest.mark.parametrize(
    "change",
    [
        {"comments": value}
        for value in (0, None, "", "评论", "x", [], {}, -1, float("nan"), float("inf"))
    ]
    + [{"published_at": value} for value in (None, "", "x", [], {}, True, 10**30, float("inf"))]
    + [{"native_id": ""}, {"native_id": "1" * 129}],
)
def test_a_post_without_comments_or_that_cannot_be_read_has_none(change):
    assert seen_in(RECORD | change, now=NOW) is None


def test_a_time_ahead_of_us_is_now():
    seen = seen_in(RECORD | {"published_at": NOW + DAY}, now=NOW)
    assert seen.published_at == NOW


def sight(native_id="1", comments=10, age=timedelta(hours=8), **values):
    return ThreadSeen("weibo", native_id, NOW - age, comments, **values)


def save(*observed, now=NOW, source=None):
    return save_batch(observed, now=now, source=source)


def ids(now=NOW, limit=10, platform="weibo"):
    return [thread.native_id for thread in due(platform, now, limit)]


def row(native_id="1"):
    return Thread.objects.get(native_id=native_id)


@pytest.mark.django_db
class TestStored:
    def test_a_thread_is_due_at_its_first_sight(self):
        saved = save(sight(address={"aid": 7}))
        assert (saved.accepted, saved.duplicates) == (0, 0)
        (thread,) = due("weibo", NOW, 10)
        assert (thread.comments, thread.address, thread.subject) == (10, {"aid": 7}, "")
        assert thread.published_at == NOW - timedelta(hours=8)
        assert ids(now=NOW - timedelta(seconds=1)) == []
        assert ids(platform="bilibili") == []

    def test_a_post_seen_twice_is_one_thread(self):
        save(sight(), sight(comments=12), sight("2"))
        save(sight(comments=11))
        assert row().comments == 12
        assert Thread.objects.count() == 2

    def test_a_post_without_comments_has_no_thread(self):
        save(sight(comments=0))
        assert not Thread.objects.exists()

    def test_a_visit_sets_the_next_one(self):
        save(sight())
        save(ThreadVisited("weibo", "1", new_comments=9, total=11))
        assert (row().visits, row().quiet_visits, row().comments) == (1, 0, 11)
        assert row().next_visit_at == NOW + timedelta(hours=1)
        assert ids() == []
        assert ids(now=NOW + timedelta(hours=1)) == ["1"]

    def test_quiet_visits_are_counted_until_something_comes(self):
        save(sight())
        for _ in range(2):
            save(ThreadVisited("weibo", "1"))
        assert (row().visits, row().quiet_visits) == (2, 2)
        save(ThreadVisited("weibo", "1", new_comments=1))
        assert row().quiet_visits == 0

    def test_the_longest_due_come_first_and_no_more_than_asked(self):
        for minutes, native_id in enumerate("312"):
            save(sight(native_id), now=NOW - minutes * MINUTE)
        assert ids(limit=2) == ["2", "1"]
        assert ids(limit=0) == []

    def test_a_deleted_post_is_visited_no_more(self):
        save(sight())
        save(ThreadVisited("weibo", "1", gone=True))
        assert row().next_visit_at is None
        assert ids(now=NOW + 30 * DAY) == []

    def test_a_closed_thread_comes_back_when_its_count_jumps(self):
        save(sight(age=20 * DAY))
        save(ThreadVisited("weibo", "1", total=10))
        assert row().next_visit_at is None
        save(sight(comments=14, age=20 * DAY))
        assert ids() == []
        save(sight(comments=15, age=20 * DAY))
        assert ids() == ["1"]
        save(ThreadVisited("weibo", "1", new_comments=5, total=15))
        assert row().next_visit_at is None

    def test_a_waiting_thread_is_visited_at_once_when_its_count_jumps(self):
        save(sight())
        save(ThreadVisited("weibo", "1"))
        save(sight(comments=100), now=NOW + MINUTE)
        assert (row().quiet_visits, row().comments) == (0, 100)
        assert ids(now=NOW + MINUTE) == ["1"]

    def test_slow_growth_adds_up_to_a_jump(self):
        save(sight())
        save(ThreadVisited("weibo", "1", total=10))
        for count in (12, 14):
            save(sight(comments=count))
            assert ids() == []
        save(sight(comments=15))
        assert ids() == ["1"]

    def test_a_post_without_a_thread_may_be_visited(self):
        save(ThreadVisited("weibo", "9", new_comments=3))
        assert not Thread.objects.exists()

    def test_a_thread_belongs_to_the_subject_of_the_source_while_there_is_one(self):
        subject = Subject.objects.create(slug="kettle", name="水壶")
        source = Source.objects.create(
            slug="s", name="s", spider="feed", platform="weibo", subject=subject
        )
        save(sight(), source=source)
        assert due("weibo", NOW, 1)[0].subject == "kettle"
        subject.delete()
        assert due("weibo", NOW, 1)[0].subject == ""

    def test_more_threads_than_a_statement_takes(self):
        many = [sight(str(number)) for number in range(1200)]
        save(*many)
        save(*[ThreadVisited("weibo", one.native_id) for one in many])
        assert Thread.objects.filter(visits=1).count() == 1200
