"""The desktop search: cards to posts, windows that are split at the wall, and refusals."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams, Job
from crawlers.spiders.weibo.desktop import WeiboDesktopSpider
from crawlers.spiders.weibo.windows import DAY, HOUR, INDEXED_LATE, PROVINCES, Agenda, Window
from crawlers.threads import ThreadSeen
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

PAGE = (PAGES / "weibo/desktop.html").read_text(encoding="utf-8")
EMPTY = (PAGES / "weibo/desktop_empty.html").read_text(encoding="utf-8")
FIRST, SECOND = "4990000000000001", "4990000000000002"
LAST = PAGE.replace('class="next"', 'class="prev"')
FULL = PAGE.replace(
    '<a class="next"', f'<ul class="s-scroll">{"<li><a></a></li>" * 50}</ul><a class="next"'
)


def search(**options):
    return spider(WeiboDesktopSpider, **{"keywords": ["某牌"], "cookie": "SUB=secret"} | options)


def begin(of):
    return outputs(of.start())


def go(of, request, body, **changes):
    """Answer a request with a page."""
    return outputs(of.parse(response(body, request.url), **request.cb_kwargs | changes))


def posts(found):
    return [one for one in found if isinstance(one, dict)]


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def at(day, hour=0):
    return datetime(2024, 1, day, hour, tzinfo=UTC)


def test_first_page_asks_for_a_window_that_reaches_now():
    (request,) = begin(search(days=2))
    assert request.url == (
        "https://s.weibo.com/weibo?q=%E6%9F%90%E7%89%8C&typeall=1&suball=1"
        "&timescope=custom%3A2024-01-18-12%3A2024-01-20-13&page=1"
    )
    assert request.headers["Cookie"] == b"SUB=secret"


def test_a_topic_is_asked_for_with_its_marks():
    assert "q=%23%E6%9F%90%E7%89%8C%23&" in begin(search(keywords=["#某牌#"]))[0].url


def test_page_becomes_posts_threads_and_the_next_page():
    one = search()
    first, seen, second, following = go(one, begin(one)[0], PAGE)
    assert first == {
        "platform": "shop",
        "kind": "social",
        "native_id": FIRST,
        "text": '<a href="//s.weibo.com/weibo?q=%23x%23">#某牌#</a> 又坏了 a &lt;b&gt; c，第三次送修'
        '<img alt="[泪]" src="x.png">',
        "url": "https://weibo.com/100200300/NBLji0001",
        "author": "小明",
        "author_id": "100200300",
        "likes": 12000,
        "comments": 12,
        "reposts": 0,
        "published_at": "今天12:00",
        "extra": {"bid": "NBLji0001", "client": "iPhone客户端", "pictures": 2},
    }
    assert seen == ThreadSeen("shop", FIRST, at(20, 4), 12)
    assert second == {
        "platform": "shop",
        "kind": "social",
        "native_id": SECOND,
        "text": '我家也坏了<a href="//weibo.com/n/x">@某牌</a>',
        "url": "https://weibo.com/100200301/NBLji0002",
        "author": "小红",
        "author_id": "100200301",
        "likes": 0,
        "comments": 0,
        "reposts": 2,
        "published_at": "5分钟前",
        "extra": {
            "bid": "NBLji0002",
            "retweeted": "原微博的全文",
            "retweeted_id": "4990000000000003",
        },
    }
    assert "page=2" in following.url
    draft = clean(first, now=NOW)
    assert draft.text == "#某牌# 又坏了 a <b> c，第三次送修[泪]"
    assert draft.published_at == at(20, 4)


def test_a_text_that_is_not_cut_loses_nothing_but_the_fold():
    one = search()
    whole = PAGE.replace("feed_list_content_full", "other", 1)
    text = posts(go(one, begin(one)[0], whole))[0]["text"]
    assert text.endswith("又坏了 a &lt;b&gt; c")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_page_reads_alike_in_both_encodings(encoding):
    one = search()
    body = PAGE.encode(encoding)
    assert posts(go(one, begin(one)[0], body))[1]["author"] == "小红"


def test_known_posts_do_not_end_a_window():
    one = search(stored=[FIRST, SECOND])
    assert requests(go(one, begin(one)[0], PAGE))


def test_a_window_ends_where_no_next_page_is():
    one = search()
    assert not requests(go(one, begin(one)[0], LAST))
    assert one.checkpoint["keywords"]["某牌"] == {"until": NOW.isoformat(), "pending": []}


def test_a_site_that_shows_one_page_for_ever_is_left():
    one = search()
    (following,) = requests(go(one, begin(one)[0], PAGE))
    assert not requests(go(one, following, PAGE))
    assert not one.agendas["某牌"].pending
    assert "前 2 页" in one.gap


def test_no_result_is_nothing_new_whatever_is_recommended():
    one = search()
    assert go(one, begin(one)[0], EMPTY) == []
    assert one.nothing_new
    assert not one.agendas["某牌"].pending


def test_the_next_run_begins_where_the_last_one_ended():
    one = search()
    go(one, begin(one)[0], LAST)
    (request,) = begin(search(checkpoint=one.checkpoint))
    # the whole hour again, and the hour before where posts may show late
    assert request.cb_kwargs["window"] == Window(at(20, 4), at(20, 5))


def test_a_run_that_broke_off_begins_again_at_the_same_place():
    stored = {"keywords": {"某牌": {"until": at(19, 2).isoformat(), "pending": []}}}
    one = search(checkpoint=stored | {"unfinished": True})
    assert begin(one)[0].cb_kwargs["window"] == Window(at(19, 1), at(20, 5))


def test_a_full_window_is_split_by_day_and_by_hour_and_by_province():
    one = search(days=2, max_pages=500)
    (request,) = begin(one)
    seen = []
    while request.cb_kwargs["window"].province == 0:
        window = request.cb_kwargs["window"]
        seen.append((window.end - window.start) / HOUR)
        (request,) = requests(go(one, request, FULL))
    # two days and an hour; its first day, half a one in Shanghai; that day's first hour
    assert seen == [49, 12, 1]
    assert "region=custom%3A11%3A1000" in request.url
    days = [one for one in one.agendas["某牌"].pending if one.end - one.start == DAY]
    assert len(days) == 1


def test_posts_of_a_full_window_s_page_are_kept():
    one = search()
    assert len(posts(go(one, begin(one)[0], FULL))) == 2


def test_a_window_whose_last_page_is_full_is_split_though_no_list_of_pages_told():
    one = search()
    (request,) = requests(go(one, begin(one)[0], LAST, page=50))
    assert request.cb_kwargs["window"] == Window(at(19, 4), at(19, 16))


def test_the_smallest_window_is_read_to_the_wall_and_the_gap_is_told():
    one = search(days=1, by_province=False, max_pages=500)
    smallest = Window(at(20, 4), at(20, 5))
    one.agendas["某牌"].pending[:] = [smallest]
    (request,) = begin(one)
    (following,) = requests(go(one, request, FULL))
    assert following.cb_kwargs["page"] == 2
    assert go(one, request, PAGE, page=50, before=["1"])[-1]["native_id"] == SECOND
    assert "某牌" in one.gap
    assert "01-20 12:00 至 01-20 13:00" in one.gap


def test_a_run_begins_no_window_after_enough_pages_and_the_next_goes_on():
    one = search(max_pages=1)
    assert not requests(go(one, begin(one)[0], FULL))
    pending = one.checkpoint["keywords"]["某牌"]["pending"]
    assert len(pending) == 2
    later = search(checkpoint=one.checkpoint)
    assert begin(later)[0].cb_kwargs["window"] == Window(at(19, 4), at(19, 16))


def test_keywords_take_turns_also_from_run_to_run():
    one = search(keywords=["甲", "乙"], max_pages=1)
    (request,) = begin(one)
    assert request.cb_kwargs["keyword"] == "甲"
    assert not requests(go(one, request, LAST))
    (request,) = begin(search(keywords=["甲", "乙"], checkpoint=one.checkpoint))
    assert request.cb_kwargs["keyword"] == "乙"


def test_a_new_keyword_begins_with_its_own_past_and_an_old_one_is_forgotten():
    one = search()
    go(one, begin(one)[0], LAST)
    other = search(keywords=["乙"], checkpoint=one.checkpoint)
    assert begin(other)[0].cb_kwargs["window"] == Window(at(19, 4), at(20, 5))
    assert list(other.checkpoint["keywords"]) == ["乙"]


def test_since_walks_once_and_leaves_the_plan_alone():
    stored = {"keywords": {"某牌": {"until": at(20, 1).isoformat(), "pending": []}}}
    job = Job("s", "weibo", {"keywords": ["某牌"], "cookie": "x"}, dict(stored), since=at(15, 3))
    one = WeiboDesktopSpider(job=job, clock=lambda: NOW, lookup=lambda *_: set())
    (request,) = begin(one)
    assert request.cb_kwargs["window"] == Window(at(15, 3), at(20, 5))
    assert not requests(go(one, request, LAST))
    assert one.checkpoint == stored


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><title>Sina Visitor System</title><body></body></html>", BlockReason.LOGIN),
        ('<script>location.replace("https://passport.weibo.com/x")</script>', BlockReason.LOGIN),
        ('<a href="https://login.sina.com.cn/">登录</a>', BlockReason.LOGIN),
        ('{"ok":-100,"url":""}', BlockReason.LOGIN),
        ("<html><body><p>别的</p></body></html>", BlockReason.SHAPE),
        ('<div class="card-wrap"><p>只有用户</p></div>', BlockReason.SHAPE),
        ("", BlockReason.SHAPE),
        ("<html><title>安全验证</title></html>", BlockReason.CAPTCHA),
    ],
)
def test_refusals_end_the_run(body, reason):
    one = search()
    with pytest.raises(CloseSpider):
        go(one, begin(one)[0], body)
    assert one.blocked.reason is reason


def test_a_later_page_of_other_cards_ends_the_window_but_an_empty_one_is_a_refusal():
    one = search()
    (request,) = begin(one)
    assert go(one, request, '<div class="card-wrap">用户</div>', page=2) == []
    with pytest.raises(CloseSpider):
        go(one, request, "<p>", page=2)


def test_a_card_without_a_number_is_refused_and_the_rest_goes_on():
    one = search()
    found = go(one, begin(one)[0], PAGE.replace(f'mid="{FIRST}"', 'mid="x"'))
    assert isinstance(found[0], Refused)
    assert posts(found)[0]["native_id"] == SECOND


@pytest.mark.parametrize(
    "params",
    [{"keywords": [None]}, {"cookie": None}, {"days": 0}, {"max_pages": "3"}, {"by_province": "x"}],
)
def test_wrong_parameters_are_named(params):
    with pytest.raises(BadParams, match=next(iter(params))):
        search(**params)


MOMENTS = st.integers(1_600_000_000, 1_900_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
FULL_HOURS = MOMENTS.map(lambda at: at.replace(minute=0, second=0, microsecond=0))


@given(FULL_HOURS, st.integers(1, 24 * 40))
def test_parts_are_the_whole_window_without_gap_or_overlap(start, hours):
    window = Window(start, start + hours * HOUR)
    parts = window.split(by_province=False)
    if hours == 1:
        assert parts == []
        assert len(window.split(by_province=True)) == len(PROVINCES)
        return
    assert parts[0].start == window.start
    assert parts[-1].end == window.end
    assert all(a.end == b.start for a, b in pairwise(parts))
    assert all(part.end - part.start <= (DAY if hours > 24 else HOUR) for part in parts)
    assert len(parts) > 1


@given(MOMENTS, st.lists(st.timedeltas(timedelta(0), 3 * DAY), min_size=1, max_size=8), st.data())
def test_no_hour_is_left_out_before_it_was_read_late_enough(first, pauses, data):
    left, now, read, begun = {}, first, {}, full(first + pauses[0] - DAY)
    for pause in pauses:
        now += pause
        agenda = Agenda.plan(left, now=now, back=DAY)
        for _ in range(data.draw(st.integers(0, 4))):
            if not agenda.pending:
                break
            window = agenda.pending[0]
            parts = window.split(by_province=False) if data.draw(st.booleans()) else []
            agenda.done(window, parts=parts)
            read |= {} if parts else dict.fromkeys(hours_of([window]), now)
        left = agenda.left()
        planned = hours_of(Agenda.plan(left, now=now, back=DAY).pending)
        for hour in hours_of([Window(begun, full(now) + HOUR)]):
            assert hour in planned or read[hour] >= hour + HOUR + INDEXED_LATE


def full(moment):
    return moment.replace(minute=0, second=0, microsecond=0)


def hours_of(windows):
    return {
        window.start + step * HOUR
        for window in windows
        for step in range(int((window.end - window.start) / HOUR))
    }


@given(FULL_HOURS, st.integers(1, 100), st.sampled_from((0, *PROVINCES)))
def test_a_window_survives_being_stored(start, hours, province):
    window = Window(start, start + hours * HOUR, province)
    assert Window.of_stored(window.stored()) == window
