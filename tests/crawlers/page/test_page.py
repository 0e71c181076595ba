"""Sites described in YAML: exact posts, the way through the pages, and answers that are none."""

import json
from dataclasses import replace
from datetime import datetime

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from config.clock import SHANGHAI
from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.page import PageSpider
from tests.crawlers.breaking import broken_bytes, broken_json, survives
from tests.crawlers.page.cases import API, FORUM, TOPIC, place
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

JSON = "application/json"
FORUM_PAGE = (PAGES / "page/forum.html").read_bytes()
TOPIC_PAGE = (PAGES / "page/topic.html").read_bytes()
API_PAGE = (PAGES / "page/api.json").read_bytes()


def page(params, *, stored=(), checkpoint=None, **changes):
    return spider(PageSpider, stored=stored, checkpoint=checkpoint, **(params | changes))


def read(one, body, params, turn=0, kind="text/html; charset=utf-8"):
    found = one.parse(response(body, params["url"], Content_Type=kind), **place(params, turn))
    return outputs(found)


def requests(found):
    return [one.url for one in found if isinstance(one, Request)]


def test_a_list_of_html_becomes_posts():
    first, second, third, following = read(page(FORUM), FORUM_PAGE, FORUM)
    assert first == {
        "platform": "shop",
        "kind": "social",
        "native_id": "9001",
        "text": '<a class="title" href="/t/9001">某牌水壶<em>漏水</em></a>\n'
        '<div class="body">用了三天&amp;漏水<br>客服不理</div>',
        "url": "https://bbs.example/t/9001",
        "author": "小明",
        "author_id": "u77",
        "likes": "1.2万",
        "comments": "8",
        "published_at": "2024-01-15 12:30",
        "published_estimated": False,
        "product_id": "100001",
        "extra": {"title": "某牌水壶漏水"},
    }
    draft = clean(first, now=NOW)
    assert draft.text == "某牌水壶漏水\n\n用了三天&漏水\n客服不理"
    assert (draft.likes, draft.comments) == (12000, 8)
    assert (second["native_id"], second["published_at"]) == ("9002", "2小时前")
    assert third["native_id"].startswith("h:")
    assert third["url"] == "https://bbs.example/t/9003"
    assert following.url == "https://bbs.example/list?p=2&s=new"


def test_a_list_of_json_becomes_posts():
    first, second, third, following = read(page(API), API_PAGE, API, kind=JSON)
    assert first == {
        "platform": "shop",
        "kind": "review",
        "native_id": "501",
        "text": "<p>某牌水壶三天就坏</p>",
        "url": "https://www.example/p/501",
        "author": "小明",
        "author_id": "88",
        "rating": "1",
        "likes": "1.2万",
        "published_at": "1705293005",
        "published_estimated": False,
        "product_id": "100001",
        "extra": {"tags": "漏水，客服"},
    }
    drafts = [clean(one, now=NOW) for one in (first, second)]
    assert (
        drafts[0].published_at
        == drafts[1].published_at
        == datetime(2024, 1, 15, 12, 30, 5, tzinfo=SHANGHAI)
    )
    assert "author" not in second
    assert third["text"] == ""
    assert following.url == "https://api.example/v1/posts?cursor=ab12"


def test_a_posts_own_page_is_read_over_its_row():
    one = page(TOPIC)
    *details, following = read(one, FORUM_PAGE, TOPIC)
    assert [detail.url for detail in details] == [
        f"https://bbs.example/t/{number}" for number in (9001, 9002, 9003)
    ]
    assert following.url == "https://bbs.example/list?p=2"
    detail = details[0]
    (post,) = outputs(one.parse_detail(response(TOPIC_PAGE, detail.url), **detail.cb_kwargs))
    assert post == {
        "platform": "shop",
        "kind": "social",
        "native_id": "9001",
        "text": "某牌水壶漏水\n<p>用了三天就漏水，</p><p>客服一直不理人。</p>".replace(
            "某牌水壶漏水", '<a class="title" href="/t/9001">某牌水壶<em>漏水</em></a>'
        ),
        "url": "https://bbs.example/t/9001",
        "author": "小明",
        "likes": "31",
        "published_at": datetime(2024, 1, 15, 12, 30, 5, tzinfo=SHANGHAI),
        "published_estimated": False,
        "extra": {"heading": "某牌水壶漏水", "title": "某牌水壶漏水"},
    }


def test_a_stored_post_has_its_page_not_visited_again():
    found = read(page(TOPIC, stored=["9001"]), FORUM_PAGE, TOPIC)
    assert requests(found)[0] == "https://bbs.example/t/9002"


def test_a_detail_whose_time_does_not_fit_the_format_is_refused():
    one = page(TOPIC)
    detail, *_ = read(one, FORUM_PAGE, TOPIC)
    body = TOPIC_PAGE.replace(b"12:30:05", b"noon")
    (refused,) = outputs(one.parse_detail(response(body, detail.url), **detail.cb_kwargs))
    assert isinstance(refused, Refused)
    assert "noon" in refused.reason


def test_the_walk_ends_at_a_page_that_was_stored_before():
    every = [one["native_id"] for one in read(page(FORUM), FORUM_PAGE, FORUM)[:3]]
    assert requests(read(page(FORUM, stored=every), FORUM_PAGE, FORUM)) == []
    assert requests(read(page(FORUM, stored=every[:2]), FORUM_PAGE, FORUM))
    assert requests(read(page(FORUM, stored=every, every_page=True), FORUM_PAGE, FORUM))
    broken_off = page(FORUM, stored=every, checkpoint={"unfinished": True})
    assert requests(read(broken_off, FORUM_PAGE, FORUM))


@pytest.mark.parametrize("params", [FORUM, TOPIC])
def test_a_site_that_shows_every_page_alike_is_not_walked_for_ever(params):
    one = page(params, every_page=True, max_pages=100)
    walked = [requests(read(one, FORUM_PAGE, params, turn=turn)) for turn in range(5)]
    assert [url for url in walked[0] if "list" in url]
    assert not [url for url in walked[4] if "list" in url]


def test_another_keyword_with_the_same_posts_is_walked_to_its_own_end():
    params = {**FORUM, "url": "https://bbs.example/?q={keyword}&p=1", "keywords": ["某牌", "水壶"]}
    one = page(params)
    for word in ("a", "b"):
        where = {"pattern": word, "turn": 0, "address": "https://bbs.example/"}
        assert requests(outputs(one.parse(response(FORUM_PAGE, "https://bbs.example/"), **where)))


def test_max_pages_ends_the_walk():
    assert requests(read(page(TOPIC, max_pages=2), FORUM_PAGE, TOPIC))[-1].endswith("p=2")
    assert not requests(read(page(TOPIC, max_pages=1), FORUM_PAGE, TOPIC))[-1].endswith("p=2")


def test_keywords_and_page_numbers_fill_the_address():
    params = {
        "url": [
            "https://a.example/s?q={keyword}&from={page}",
            "https://b.example/{keyword}/{page}",
        ],
        "keywords": ["某牌 K3", "V&8"],
        "keyword_encoding": "gb18030",
        "first_page": 0,
        "page_step": 20,
        "list": "li",
        "fields": {"text": "p"},
    }
    one = page(params)
    assert [request.url for request in outputs(one.start())] == [
        "https://a.example/s?q=%C4%B3%C5%C6%20K3&from=0",
        "https://a.example/s?q=V%268&from=0",
        "https://b.example/%C4%B3%C5%C6%20K3/0",
        "https://b.example/V%268/0",
    ]
    assert one._page(params["url"][0].replace("{keyword}", "x"), 2).url.endswith("from=40")


def test_a_mark_of_emptiness_is_nothing_new():
    for body in (
        "<p>暂无帖子</p>",
        '{"data":{"items":[]}}',
        '{"msg":"\\u6682\\u65e0\\u5e16\\u5b50"}',
    ):
        params = (
            FORUM if body.startswith("<") else API | {"empty": "暂无帖子" if "msg" in body else ""}
        )
        one = page(params)
        assert read(one, body, params, kind="text/html" if body.startswith("<") else JSON) == []
        assert one.nothing_new


@pytest.mark.parametrize("body", ["<p>改版了</p>", "<p></p>", "<li class=other>x</li>"])
def test_a_list_without_rows_blocks_unless_the_site_says_it_is_empty(body):
    one = page(FORUM)
    with pytest.raises(CloseSpider):
        read(one, body, FORUM)
    assert one.blocked.reason is BlockReason.SHAPE
    assert "li.topic" in one.blocked.detail


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"data":{}}', BlockReason.SHAPE),
        ('{"data":{"items":null}}', BlockReason.SHAPE),
        ('{"data":{"items":{}}}', BlockReason.SHAPE),
        ("<html><title>请登录</title>", BlockReason.LOGIN),
        ("系统错误", BlockReason.NOT_JSON),
        ("[" * 5000, BlockReason.NOT_JSON),
    ],
)
def test_an_interface_that_answers_otherwise_blocks(body, reason):
    one = page(API)
    with pytest.raises(CloseSpider):
        read(one, body, API, kind=JSON)
    assert one.blocked.reason is reason


def test_a_later_page_without_rows_is_the_end():
    one = page(FORUM)
    assert read(one, "<p>没有了</p>", FORUM, turn=3) == []
    assert one.blocked is None


def test_a_row_that_cannot_be_read_is_refused_and_the_rest_goes_on():
    data = json.loads(API_PAGE)
    data["data"]["items"][0]["content"] = {"html": "x"}
    refused, record, *_ = read(page(API), json.dumps(data), API, kind=JSON)
    assert isinstance(refused, Refused)
    assert "对象" in refused.reason
    assert record["native_id"] == "502"


def test_since_stops_at_a_page_that_lies_before():
    one = page(FORUM)
    one.job = replace(one.job, since=NOW)
    assert requests(read(one, FORUM_PAGE, FORUM)) == []


def test_posts_without_id_and_link_are_known_again_by_their_words():
    params = {**FORUM, "fields": {"text": ".body", "time": ".when::text", "author": ".by::text"}}
    early, late = (
        read(spider_at, FORUM_PAGE, params) for spider_at in (page(params), page(params))
    )
    assert [one["native_id"] for one in early[:3]] == [one["native_id"] for one in late[:3]]
    assert len({one["native_id"] for one in early[:3]}) == 3
    moved = FORUM_PAGE.replace("2小时前".encode(), "3小时前".encode())
    assert read(page(params), moved, params)[1]["native_id"] == early[1]["native_id"]
    other = FORUM_PAGE.replace(b"2024-01-10", b"2024-01-11")
    assert read(page(params), other, params)[2]["native_id"] != early[2]["native_id"]


def test_a_recipe_without_a_time_takes_the_moment_of_the_visit():
    params = {**FORUM, "fields": {"text": ".body"}}
    first, *_ = read(page(params), FORUM_PAGE, params)
    assert clean(first, now=NOW).published_estimated
    assert clean(first, now=NOW).published_at == NOW


def test_a_named_encoding_goes_before_what_the_page_says():
    body = FORUM_PAGE.decode().encode("big5", "replace")
    first, *_ = read(page(FORUM, encoding="big5"), body, FORUM)
    assert first["author"] == "小明"
    gbk = FORUM_PAGE.replace(b"utf-8", b"gb2312").decode().encode("gb18030")
    assert read(page(FORUM), gbk, FORUM, kind="text/html")[0]["author"] == "小明"


def test_links_to_other_sites_are_followed_only_when_named():
    body = FORUM_PAGE.replace(b'href="/t/9001"', b'href="https://other.example/t/9001"')
    refused, *details, _ = read(page(TOPIC), body, TOPIC)
    assert "hosts" in refused.reason
    assert len(details) == 2
    named = read(page(TOPIC, hosts=["other.example"], cookie="a=b"), body, TOPIC)
    assert named[0].url == "https://other.example/t/9001"
    assert "Cookie" not in named[0].headers
    assert named[1].headers["Cookie"] == b"a=b"


def test_a_next_page_on_another_site_ends_the_run_with_a_word():
    one = page(FORUM)
    with pytest.raises(CloseSpider):
        read(one, FORUM_PAGE.replace(b'"?p=2', b'"https://evil.example/?p=2'), FORUM)
    assert "hosts" in one.blocked.detail


def test_a_replay_stands_in_for_the_site_and_links_stay_the_sites():
    one = page(TOPIC, replay="http://127.0.0.1:9")
    (start,) = outputs(one.start())
    assert start.url == "http://127.0.0.1:9/bbs.example/list?p=1"
    found = outputs(one.parse(response(FORUM_PAGE, start.url), **start.cb_kwargs))
    assert found[0].url == "http://127.0.0.1:9/bbs.example/t/9001"
    assert found[0].cb_kwargs["address"] == "https://bbs.example/t/9001"
    assert found[-1].url == "http://127.0.0.1:9/bbs.example/list?p=2"


def test_headers_and_cookie_go_along():
    one = page(API, headers={"X-Requested-With": "XMLHttpRequest"}, cookie="a=b")
    (start,) = outputs(one.start())
    assert start.headers["X-Requested-With"] == b"XMLHttpRequest"
    assert start.headers["Cookie"] == b"a=b"


def test_a_pattern_that_a_page_keeps_busy_refuses_the_row():
    slow = {"select": ".body", "match": "(a(?:a|aa)+)$"}
    params = {**FORUM, "fields": {"text": slow}}
    body = f'<ul><li class="topic"><div class="body">{"a" * 100}b</div></li></ul>'
    (found,) = read(page(params), body, params)
    assert isinstance(found, Refused)
    assert "太慢" in found.reason


def test_the_kind_and_the_platform_are_the_sources():
    with pytest.raises(BadParams, match="kind"):
        page(FORUM, kind="tweet")


@pytest.mark.parametrize("params", [FORUM, TOPIC])
def test_no_broken_list_of_html_breaks_the_spider(params):
    for body in broken_bytes(FORUM_PAGE):
        survives(lambda body=body: read(page(params), body, params))


def test_no_broken_page_of_a_post_breaks_the_spider():
    place = {"values": {"native_id": "1", "extra": {}}, "address": "https://bbs.example/t/1"}
    for body in broken_bytes(TOPIC_PAGE):
        survives(lambda body=body: outputs(page(TOPIC).parse_detail(response(body), **place)))


def test_no_broken_json_breaks_the_spider():
    for body in broken_json(API_PAGE):
        survives(lambda body=body: read(page(API), body, API, kind=JSON))
