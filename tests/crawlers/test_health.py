"""The one judge of sources: tables of rows and times, and what must hold for any row."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers import health
from crawlers.health import Cause, State, judge
from crawlers.models import BlockReason, Source
from tests.crawlers.samples import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEWER = {
    "since": (NOW - HOUR).isoformat(),
    "runs": 2,
    "what": [["rows", "只看到 2 条，往常 90 条"]],
}
SLOW = {"since": (NOW - HOUR).isoformat(), "runs": 2, "what": [["slow", "用了 600 秒，往常 9 秒"]]}


def row(**values: Any) -> Source:
    return Source(
        **{
            "slug": "s",
            "name": "微博搜索",
            "spider": "weibo_search",
            "platform": "weibo",
            "interval_seconds": 600,
            "enabled": True,
            "last_ok_at": NOW - MINUTE,
        }
        | values
    )


@pytest.mark.parametrize(
    ("values", "state", "cause", "reason"),
    [
        ({}, State.GREEN, Cause.NONE, ""),
        ({"enabled": False, "block_reason": "login"}, State.OFF, Cause.NONE, ""),
        ({"last_ok_at": None}, State.NEW, Cause.NONE, ""),
        ({"block_reason": "login"}, State.BLOCKED, Cause.REFUSED, "需要登录"),
        ({"block_reason": "unreachable"}, State.BLOCKED, Cause.REFUSED, "连不上"),
        (
            {"block_reason": "rate", "trouble": "HTTP 429"},
            State.BLOCKED,
            Cause.REFUSED,
            "访问过快：HTTP 429",
        ),
        ({"block_reason": "shape"}, State.BROKEN, Cause.PAGE_CHANGED, "页面结构变了"),
        (
            {"failures": 1, "trouble": "超过 900 秒"},
            State.LATE,
            Cause.HICCUP,
            "上次没采成：超过 900 秒",
        ),
        (
            {"failures": 2, "trouble": "爬虫出错：KeyError"},
            State.BROKEN,
            Cause.FAILING,
            "连续 2 次没采成：爬虫出错：KeyError",
        ),
        ({"last_ok_at": None, "failures": 3}, State.BROKEN, Cause.FAILING, "连续 3 次没采成"),
        ({"last_ok_at": NOW - 30 * MINUTE}, State.GREEN, Cause.NONE, ""),
        (
            {"last_ok_at": NOW - 31 * MINUTE},
            State.LATE,
            Cause.OVERDUE,
            "31 分钟没有采到，应每 10 分钟一次",
        ),
        (
            {"last_ok_at": NOW - 31 * MINUTE, "lease_until": NOW + MINUTE},
            State.LATE,
            Cause.HICCUP,
            "正在采集，上次采到是 31 分钟前",
        ),
        ({"interval_seconds": 5, "last_ok_at": NOW - 2 * MINUTE}, State.GREEN, Cause.NONE, ""),
        ({"odd": FEWER}, State.BROKEN, Cause.FEWER, "只看到 2 条，往常 90 条"),
        ({"odd": FEWER | {"runs": 1}}, State.GREEN, Cause.NONE, ""),
        ({"odd": SLOW}, State.LATE, Cause.SLOW, "用了 600 秒，往常 9 秒"),
        ({"gap": "09:00 至 10:00"}, State.LATE, Cause.GAP, "可能漏了：09:00 至 10:00"),
        (
            {"found_at": NOW - 25 * HOUR, "usual": {"quiet_s": 24 * 3600}},
            State.BROKEN,
            Cause.QUIET,
            "1 天 1 小时没有新内容，远超往常的间隔",
        ),
        ({"found_at": NOW - DAY, "usual": {"quiet_s": 24 * 3600}}, State.GREEN, Cause.NONE, ""),
        ({"found_at": NOW - 99 * DAY, "usual": {"quiet_s": None}}, State.GREEN, Cause.NONE, ""),
    ],
)
def test_a_source_is_judged_by_what_its_runs_left(
    values: dict[str, Any], state: State, cause: Cause, reason: str
) -> None:
    verdict = judge(row(**values), now=NOW)
    assert (verdict.state, verdict.cause, verdict.reason) == (state, cause, reason)


def test_the_worst_that_holds_is_told() -> None:
    ill = {"block_reason": "login", "failures": 9, "odd": FEWER, "last_ok_at": NOW - DAY}
    assert judge(row(**ill), now=NOW).cause is Cause.REFUSED
    assert judge(row(**ill | {"block_reason": ""}), now=NOW).cause is Cause.FAILING
    assert judge(row(**ill | {"block_reason": "", "failures": 0}), now=NOW).cause is Cause.FEWER


@pytest.mark.parametrize(
    ("values", "since"),
    [
        ({"block_reason": "login", "bad_since": NOW - HOUR}, NOW - HOUR),
        ({"block_reason": "login", "last_ok_at": NOW - DAY}, NOW - DAY),
        ({"failures": 3, "bad_since": NOW - HOUR}, NOW - HOUR),
        ({"odd": FEWER}, NOW - HOUR),
        ({"last_ok_at": NOW - DAY}, NOW - DAY),
        ({"gap": "x", "gap_since": NOW - HOUR}, NOW - HOUR),
        ({}, None),
    ],
)
def test_trouble_says_since_when(values: dict[str, Any], since: datetime | None) -> None:
    assert judge(row(**values), now=NOW).since == since


@pytest.mark.parametrize(
    ("values", "lasts", "misses"),
    [
        ({"block_reason": "login", "bad_since": NOW - 29 * MINUTE}, False, True),
        ({"block_reason": "login", "bad_since": NOW - 30 * MINUTE}, True, True),
        ({"failures": 1, "bad_since": NOW - DAY}, False, False),
        ({"failures": 2, "bad_since": NOW - HOUR}, True, True),
        ({"last_ok_at": NOW - 59 * MINUTE}, False, False),
        ({"last_ok_at": NOW - 60 * MINUTE}, True, True),
        ({"odd": FEWER}, True, False),
        ({"odd": SLOW}, False, False),
        ({"gap": "x", "gap_since": NOW - DAY}, False, False),
        ({}, False, False),
    ],
)
def test_only_what_lasts_is_for_the_operator(
    values: dict[str, Any], lasts: bool, misses: bool
) -> None:
    verdict = judge(row(**values), now=NOW)
    assert (verdict.lasts(NOW), verdict.misses(NOW)) == (lasts, misses)


def test_an_index_says_which_sources_it_lacks() -> None:
    verdicts = [
        judge(row(**values), now=NOW)
        for values in (
            {"block_reason": "login", "bad_since": NOW - 3 * HOUR - MINUTE},
            {"block_reason": "login", "bad_since": NOW - 3 * HOUR},
            {"platform": "jd", "subject_id": 7, "last_ok_at": NOW - 2 * DAY},
            {"platform": "tieba", "subject_id": 8, "block_reason": "captcha"},
            {"platform": "bilibili"},
        )
    ]
    assert health.gap_of(7, verdicts, now=NOW) == (
        "不含 微博（需要登录，3 小时）、京东（没有采到，2 天）"
    )
    assert health.gap_of(7, verdicts[4:], now=NOW) == ""


moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda ago: NOW - ago)
rows = st.fixed_dictionaries(
    {
        "enabled": st.booleans(),
        "interval_seconds": st.integers(1, 10**6),
        "last_ok_at": moments,
        "found_at": moments,
        "bad_since": moments,
        "lease_until": moments | st.just(NOW + MINUTE),
        "block_reason": st.sampled_from(["", *BlockReason]),
        "failures": st.integers(0, 100),
        "trouble": st.text(max_size=20),
        "odd": st.sampled_from([None, {}, FEWER, SLOW]),
        "usual": st.sampled_from([None, {}, {"quiet_s": 3600.0}, {"quiet_s": None}]),
        "gap": st.sampled_from(["", "x"]),
        "gap_since": moments,
    }
)


@given(rows)
def test_any_row_is_judged_and_trouble_has_words(values: dict[str, Any]) -> None:
    verdict = judge(row(**values), now=NOW)
    well = verdict.state in {State.GREEN, State.NEW, State.OFF}
    assert bool(verdict.reason) == bool(verdict.short) == bool(verdict.cause) == (not well)
    assert verdict.since is None or verdict.since <= NOW
    if verdict.state is State.BLOCKED:
        assert values["block_reason"]
    if values["block_reason"] and values["enabled"]:
        assert verdict.state in {State.BLOCKED, State.BROKEN}


@given(rows, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_time_alone_never_makes_a_source_better(values: dict[str, Any], later: timedelta) -> None:
    values = values | {"lease_until": None}
    order = list(State)
    before, after = judge(row(**values), now=NOW), judge(row(**values), now=NOW + later)
    assert order.index(after.state) <= order.index(before.state)
    assert not before.lasts(NOW) or after.lasts(NOW + later) or after.cause is not before.cause


@pytest.mark.parametrize(
    ("values", "site"),
    [
        ({}, "platform:weibo"),
        ({"spider": "feed", "params": {"url": "https://hub.example/a"}}, "host:hub.example"),
        ({"spider": "feed", "params": {}}, "source:s"),
    ],
)
def test_sources_of_one_site_are_known_as_such(values: dict[str, Any], site: str) -> None:
    assert health.site_of(row(**values)) == site


@pytest.mark.django_db
def test_all_sources_are_judged_in_one_query(django_assert_num_queries: Any) -> None:
    for number in range(30):
        Source.objects.create(slug=f"s{number}", name="x", spider="feed", platform="news")
    with django_assert_num_queries(1):
        verdicts = health.judge_all(now=NOW)
        health.gap_of(1, verdicts, now=NOW)
    assert len(verdicts) == 30
