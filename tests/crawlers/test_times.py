from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from crawlers.times import parse_time
from tests.crawlers.samples import NOW


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("刚刚", timedelta()),
        ("30秒前", timedelta(seconds=30)),
        ("5分钟前", timedelta(minutes=5)),
        ("半小时前", timedelta(minutes=30)),
        ("2小时前", timedelta(hours=2)),
        ("3天前", timedelta(days=3)),
        ("3天前发布", timedelta(days=3)),
        ("1周前", timedelta(weeks=1)),
        ("３天前 浙江", timedelta(days=3)),
        ("5分钟前 IP属地：广东", timedelta(minutes=5)),
    ],
)
def test_time_ago_counts_back_from_the_fetch(text, ago):
    assert parse_time(text, now=NOW) == NOW - ago


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天 12:30", shanghai(2024, 1, 20, 12, 30)),
        ("今天12:30", shanghai(2024, 1, 20, 12, 30)),
        ("昨天 08:05", shanghai(2024, 1, 19, 8, 5)),
        ("昨天", shanghai(2024, 1, 19)),
        ("前天 09:00", shanghai(2024, 1, 18, 9)),
        ("编辑于 昨天 10:00", shanghai(2024, 1, 19, 10)),
        ("昨天 10:00 来自北京", shanghai(2024, 1, 19, 10)),
        ("昨天 10:00 来自 iPhone 15", shanghai(2024, 1, 19, 10)),
        ("12:30", shanghai(2024, 1, 20, 12, 30)),
        ("12:31", shanghai(2024, 1, 19, 12, 31)),
        ("01-15", shanghai(2024, 1, 15)),
        ("01-15 12:30", shanghai(2024, 1, 15, 12, 30)),
        ("01月15日 12:30", shanghai(2024, 1, 15, 12, 30)),
        ("1月15日", shanghai(2024, 1, 15)),
        ("12-31", shanghai(2023, 12, 31)),
        ("02-29", shanghai(2020, 2, 29)),
        ("2024-01-15", shanghai(2024, 1, 15)),
        ("2024-1-5 9:03", shanghai(2024, 1, 5, 9, 3)),
        ("2024/1/15 12:30", shanghai(2024, 1, 15, 12, 30)),
        ("2024年01月15日 12:30:00", shanghai(2024, 1, 15, 12, 30)),
        ("2024年01月15日12:30", shanghai(2024, 1, 15, 12, 30)),
        ("发布于 2024年01月15日 12:30:05", shanghai(2024, 1, 15, 12, 30, 5)),
        ("2024.01.15", shanghai(2024, 1, 15)),
        ("2024-01-15 12:30 浙江", shanghai(2024, 1, 15, 12, 30)),
        ("2024-01-15 12:30 IP属地：浙江", shanghai(2024, 1, 15, 12, 30)),
        ("2024-01-15 12:30:05.123", shanghai(2024, 1, 15, 12, 30, 5)),
        ("Tue Jan 02 12:00:00 +0800 2024", shanghai(2024, 1, 2, 12)),
        ("Tue Jan 02 12:00:00 -0330 2024", datetime(2024, 1, 2, 15, 30, tzinfo=UTC)),
        ("2024-01-02T12:00:00+08:00", shanghai(2024, 1, 2, 12)),
        ("2024-01-02T12:00:00", shanghai(2024, 1, 2, 12)),
        ("2024-01-15T04:30:00.000Z", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("2024-01-15 04:30:00+00:00", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("Mon, 15 Jan 2024 04:30:00 GMT", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("1705293005", datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)),
        (1705293005, datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)),
        (1705293005000, datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)),
        (datetime(2024, 1, 15, 12, 30), shanghai(2024, 1, 15, 12, 30)),  # noqa: DTZ001 (naive on purpose)
    ],
)
def test_time_is_read_as_the_sites_write_it(text, expected):
    assert parse_time(text, now=NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "前几天",
        "2024-13-45",
        "25:99",
        "12",
        "99999999999天前",
        "3.50E+18",
        "今天 31:00",
        "0000-00-00",
        True,
    ],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_time(text, now=NOW)


@given(st.text(max_size=60) | st.integers() | st.floats())
def test_any_input_is_a_utc_time_or_refused(value):
    try:
        moment = parse_time(value, now=NOW)
    except ValueError:
        return
    assert moment.tzinfo is UTC


@given(st.datetimes(datetime(2000, 1, 1), datetime(2024, 1, 19)))  # noqa: DTZ001 (naive on purpose)
def test_a_written_time_reads_back(moment):
    moment = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S"):
        assert parse_time(moment.strftime(form), now=NOW) == moment.replace(tzinfo=SHANGHAI)
