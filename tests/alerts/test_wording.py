from datetime import UTC, datetime, timedelta

import pytest

from alerts import wording

NOW = datetime(2026, 11, 21, 6, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "said"),
    [
        (timedelta(seconds=3), "刚刚"),
        (timedelta(seconds=40), "40 秒前"),
        (timedelta(minutes=12, seconds=59), "12 分钟前"),
        (timedelta(hours=3), "3 小时前"),
        (timedelta(hours=13), "01:02"),
        (timedelta(hours=18, minutes=42), "昨天 19:20"),
        (timedelta(days=3), "11-18 14:02"),
    ],
)
def test_ago_speaks_as_people_do(since, said):
    assert wording.ago(NOW - since, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 11, 21, 6, 32, tzinfo=UTC), "14:32"),
        (datetime(2026, 11, 21, 18, 10, tzinfo=UTC), "明天 02:10"),
        (datetime(2026, 11, 20, 11, 20, tzinfo=UTC), "昨天 19:20"),
        (datetime(2026, 11, 29, 16, 0, tzinfo=UTC), "11-30 00:00"),
    ],
)
def test_moment_is_shanghai_time_and_names_the_day_when_it_is_another(at, said):
    assert wording.moment(at, NOW) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0 秒"),
        (timedelta(seconds=40), "40 秒"),
        (timedelta(minutes=18), "18 分钟"),
        (timedelta(hours=4), "4 小时"),
        (timedelta(hours=3, minutes=56), "3 小时 56 分"),
        (timedelta(days=2, hours=4, minutes=9), "2 天 4 小时"),
        (timedelta(days=1), "1 天"),
    ],
)
def test_span_has_at_most_two_units(length, said):
    assert wording.span(length) == said
