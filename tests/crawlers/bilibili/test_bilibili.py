"""Bilibili: search and comments to exact posts, the anonymous cookie, visits and their end."""

import json
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse

from crawlers.bilibili_ids import aid, bvid
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.bilibili.replies import BilibiliRepliesSpider, _Visit
from crawlers.spiders.bilibili.search import BilibiliSearchSpider
from crawlers.threads import DueThread, ThreadSeen, ThreadVisited
from tests.crawlers.samples import NOW, PAGES, outputs, response, saved_meanwhile, spider

SEARCH = (PAGES / "bilibili/search.json").read_text(encoding="utf-8")
REPLIES = (PAGES / "bilibili/replies.json").read_text(encoding="utf-8")
SUB = (PAGES / "bilibili/sub_replies.json").read_text(encoding="utf-8")
VOUCHER = (PAGES / "bilibili/voucher.json").read_text(encoding="utf-8")
JSON = "application/json"
PUBLISHED = datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)


def search(**options):
    return spider(BilibiliSearchSpider, **{"keywords": ["某牌"]} | options)


def search_page(of, body, page=1, keyword="某牌"):
    return outputs(of.parse(response(body, Content_Type=JSON), keyword=keyword, page=page))


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def posts(found):
    return [one for one in found if isinstance(one, dict)]


def home(*cookies):
    headers = {"Set-Cookie": list(cookies)}
    return HtmlResponse("https://www.bilibili.com/", headers=headers, body=b"<html></html>")


def test_search_page_becomes_posts_and_threads():
    first, seen, second, following = search_page(search(), SEARCH)
    assert first == {
        "platform": "shop",
        "kind": "social",
        "native_id": "BV1xx411c7mD",
        "text": "某牌翻车\n三天就坏\n标签：测评,家电",
        "url": "https://www.bilibili.com/video/BV1xx411c7mD",
        "author": "UP主",
        "author_id": 22,
        "likes": 50,
        "comments": 40,
        "published_at": 1705293005,
        "extra": {"title": "某牌翻车", "aid": 11, "plays": 1200, "danmaku": 3, "duration": "4:2"},
    }
    assert seen == ThreadSeen("shop", "BV1xx411c7mD", PUBLISHED, 40, {"aid": 11})
    assert (second["native_id"], second["text"]) == (bvid(12), "开箱")
    assert "page=2" in following.url


def test_search_begins_with_the_front_page_and_carries_its_cookie():
    one = search()
    (first,) = outputs(one.start())
    assert first.url == "https://www.bilibili.com/"
    assert "Cookie" not in first.headers
    given = home("sid=abc; Path=/", "buvid3=AAAA-BBBB-infoc; path=/; domain=.bilibili.com")
    (asked,) = outputs(one.parse_home(given, **first.cb_kwargs))
    assert asked.headers["Cookie"] == b"buvid3=AAAA-BBBB-infoc"
    assert asked.headers["Referer"] == b"https://www.bilibili.com/"
    assert asked.url.startswith("https://api.bilibili.com/x/web-interface/search/type?")
    assert "order=pubdate" in asked.url
    assert asked.callback == one.parse
    following = requests(search_page(one, SEARCH))[0]
    assert following.headers["Cookie"] == b"buvid3=AAAA-BBBB-infoc"
    assert one.checkpoint == {}


@pytest.mark.parametrize(
    ("own", "expected"),
    [("SESSDATA=x", b"SESSDATA=x; buvid3=AAAA-BBBB"), ("buvid3=mine1234", b"buvid3=mine1234")],
)
def test_the_operators_cookie_goes_along_where_there_is_one(own, expected):
    one = search(cookie=own)
    (first,) = outputs(one.start())
    (asked,) = outputs(one.parse_home(home("buvid3=AAAA-BBBB; path=/"), **first.cb_kwargs))
    assert asked.headers["Cookie"] == expected


def test_without_the_anonymous_cookie_the_interface_is_asked_all_the_same():
    one = search()
    (first,) = outputs(one.start())
    (asked,) = outputs(one.parse_home(home(), **first.cb_kwargs))
    assert "Cookie" not in asked.headers


def test_search_stops_at_a_page_that_is_all_known_and_at_the_last():
    assert requests(search_page(search(stored=["BV1xx411c7mD", bvid(12)]), SEARCH)) == []
    assert requests(search_page(search(stored=["BV1xx411c7mD"]), SEARCH))
    assert requests(search_page(search(max_pages=1), SEARCH)) == []
    assert requests(search_page(search(), SEARCH.replace('"numPages":50', '"numPages":1'))) == []


def test_what_one_keyword_brought_does_not_end_the_walk_of_another():
    one = search(keywords=["某牌", "吸尘器"])
    search_page(one, SEARCH)
    assert requests(search_page(one, SEARCH, keyword="吸尘器"))


def test_a_search_that_answers_every_page_alike_is_not_walked_for_ever():
    one = search(max_pages=50)
    walked = [requests(search_page(one, SEARCH, page=page)) for page in range(1, 8)]
    assert walked[0]
    assert walked[-1] == []


def test_no_video_at_all_is_nothing_new():
    one = search()
    body = '{"code":0,"data":{"page":1,"numResults":0,"numPages":0}}'
    assert search_page(one, body) == []
    assert one.nothing_new
    assert search_page(one, '{"code":0,"data":{"numResults":9,"result":null}}', page=3) == []


def test_rows_that_cannot_be_read_are_refused_and_the_rest_goes_on():
    data = json.loads(SEARCH)
    data["data"]["result"][1:1] = [None, {"type": "video", "bvid": "BV 1", "title": "x"}]
    found = search_page(search(), json.dumps(data))
    assert [type(one) for one in found if not isinstance(one, Request)] == [
        dict,
        ThreadSeen,
        Refused,
        Refused,
        dict,
    ]


REFUSALS = [
    (VOUCHER, BlockReason.CAPTCHA),
    ('{"code":0,"data":{"v_voucher":"x"}}', BlockReason.CAPTCHA),
    ('{"code":-352,"message":"风控"}', BlockReason.RATE),
    ('{"code":-412,"message":"request was banned"}', BlockReason.RATE),
    ('{"code":-509,"message":"请求过于频繁"}', BlockReason.RATE),
    ('{"code":-799,"message":"请求过于频繁"}', BlockReason.RATE),
    ('{"code":-101,"message":"账号未登录"}', BlockReason.LOGIN),
    ('{"code":-403,"message":"访问权限不足"}', BlockReason.FORBIDDEN),
    ('{"code":12009,"message":"评论主体的type不合法"}', BlockReason.SHAPE),
    ('{"code":-400,"message":"请求错误"}', BlockReason.SHAPE),
    ('{"code":"0"}', BlockReason.SHAPE),
    ('{"code":0,"data":null}', BlockReason.SHAPE),
    ('{"code":0,"data":{"numResults":5,"replies":5}}', BlockReason.SHAPE),
    ("[]", BlockReason.SHAPE),
    ("<html><title>出错啦</title></html>", BlockReason.NOT_JSON),
    ("<html><title>验证码</title></html>", BlockReason.CAPTCHA),
]


@pytest.mark.parametrize(("body", "reason"), REFUSALS)
def test_refusals_block_the_search(body, reason):
    one = search()
    with pytest.raises(CloseSpider):
        search_page(one, body)
    assert one.blocked.reason is reason


def test_a_search_that_is_gone_is_a_block():
    one = search()
    with pytest.raises(CloseSpider):
        search_page(one, '{"code":-404,"message":"啥都木有"}')
    assert one.blocked.reason is BlockReason.GONE


def replies(*, due=(), **options):
    one = spider(BilibiliRepliesSpider, **options)
    one.due = lambda platform, now, limit: list(due)[:limit]
    return one


def visit():
    return _Visit("BV1xx411c7mD", "11", "acme")


def replies_page(of, body, at=None, page=1):
    answer = response(body, Content_Type=JSON)
    return outputs(of.parse(answer, visit=at or visit(), page=page))


def sub_page(of, body, at, page=2):
    answer = response(body, Content_Type=JSON)
    return outputs(of.parse_replies(answer, visit=at, root="900", count=25, page=page))


def test_due_threads_are_asked_for_with_the_sites_cookie():
    thread = DueThread("shop", "BV1xx411c7mD", NOW, 40, {"aid": 11}, "acme")
    unusable = DueThread("shop", "BV1yy", NOW, 40, {"aid": None})
    one = replies(due=[thread, unusable], videos=["av170001"])
    (first,) = outputs(one.start())
    asked = outputs(one.parse_home(home("buvid3=AAAA-BBBB"), **first.cb_kwargs))
    assert [request.url for request in asked] == [
        f"https://api.bilibili.com/x/v2/reply?type=1&oid={number}&sort=0&ps=20&pn=1"
        for number in ("170001", "11")
    ]
    assert asked[0].cb_kwargs["visit"].native_id == "BV17x411w7KC"
    assert asked[0].headers["Cookie"] == b"buvid3=AAAA-BBBB"


def test_when_no_thread_is_due_nothing_is_asked():
    one = replies()
    assert outputs(one.start()) == []
    assert one.nothing_new


def test_replies_become_comments_and_the_way_to_those_not_shown():
    at = visit()
    first, nested, second, more = replies_page(replies(), REPLIES, at)
    assert first == {
        "platform": "shop",
        "kind": "comment",
        "native_id": "900",
        "text": "避雷[doge]",
        "url": "https://www.bilibili.com/video/BV1xx411c7mD/#reply900",
        "author": "网友",
        "author_id": "33",
        "likes": 2,
        "comments": 25,
        "published_at": 1705293105,
        "subject": "acme",
        "extra": {"post": "BV1xx411c7mD", "region": "广东"},
    }
    assert (nested["native_id"], nested["extra"]["reply_to"]) == ("901", "900")
    assert second["native_id"] == "899"
    assert more.url == (
        "https://api.bilibili.com/x/v2/reply/reply?type=1&oid=11&root=900&ps=20&pn=2"
    )
    assert at.open == 1


def test_replies_to_one_comment_are_read_from_the_newest_page_back():
    one, at = replies(), visit()
    replies_page(one, REPLIES, at)
    post, following = sub_page(one, SUB, at)
    assert (post["native_id"], post["extra"]["reply_to"]) == ("920", "900")
    assert "pn=1" in following.url
    last = sub_page(one, SUB.replace("920", "902"), at, page=1)
    assert last[-1] == ThreadVisited("shop", "BV1xx411c7mD", new_comments=5, total=60)
    assert one.checkpoint["sub_counts"] == {"900": 25}


def test_replies_that_were_read_are_not_read_again_until_there_are_more():
    known = ["900", "901", "899"]
    one = replies(stored=known, checkpoint={"sub_counts": {"900": 25}})
    *_, visited = replies_page(one, REPLIES)
    assert visited == ThreadVisited("shop", "BV1xx411c7mD", new_comments=0, total=60)
    one = replies(stored=known, checkpoint={"sub_counts": {"900": 24}})
    assert len(requests(replies_page(one, REPLIES))) == 1


def test_a_page_of_replies_that_is_known_ends_their_walk():
    one = replies(stored=["920"])
    at = visit()
    _, visited = sub_page(one, SUB, at)
    assert visited.new_comments == 0
    assert one.checkpoint["sub_counts"] == {"900": 25}


def full_page(first=1000):
    data = json.loads(REPLIES)
    row = data["data"]["replies"][1]
    data["data"]["page"]["count"] = 38
    data["data"]["replies"] = [row | {"rpid": first - n} for n in range(19)]  # one is deleted
    return json.dumps(data)


def test_a_full_page_with_news_leads_to_the_next():
    at = visit()
    *_, following = replies_page(replies(), full_page(), at)
    assert "pn=2" in following.url
    assert at.open == 1
    *_, visited = replies_page(replies(), '{"code":0,"data":{"replies":null}}', at, page=2)
    assert visited == ThreadVisited("shop", "BV1xx411c7mD", new_comments=19, total=60)


def test_a_full_page_that_is_known_does_not():
    *_, visited = replies_page(replies(stored=[str(1000 - n) for n in range(20)]), full_page())
    assert visited.new_comments == 0
    *_, following = replies_page(
        replies(stored=[str(1000 - n) for n in range(20)], checkpoint={"unfinished": True}),
        full_page(),
    )
    assert "pn=2" in following.url


def test_the_sites_own_count_says_which_page_is_the_last():
    *_, visited = replies_page(replies(), full_page().replace('"count": 38', '"count": 20'))
    assert visited.new_comments == 19


def test_a_reply_shown_below_its_comment_does_not_end_the_walk_of_its_own_list():
    one, at = replies(), visit()
    replies_page(one, REPLIES, at)
    one._lookup = saved_meanwhile({"901"})
    assert requests(sub_page(one, SUB.replace("920", "901"), at))


def test_a_video_that_was_named_and_is_due_is_visited_once():
    thread = DueThread("shop", "BV17x411w7KC", NOW, 40, {"aid": 170001}, "acme")
    one = replies(due=[thread], videos=["BV17x411w7KC"])
    (first,) = outputs(one.start())
    assert [request.cb_kwargs["visit"].subject for request in first.cb_kwargs["following"]] == [
        "acme"
    ]


def test_a_video_without_a_number_is_visited_by_the_one_in_its_name():
    body = SEARCH.replace('"aid":11,"bvid":"BV1xx411c7mD"', '"bvid":"BV17x411w7KC"')
    _, seen, *_ = search_page(search(), body)
    assert seen.address == {"aid": 170001}
    body = SEARCH.replace('"aid":11,"bvid":"BV1xx411c7mD"', '"bvid":"BV9xx411c7mD"')
    assert not any(isinstance(one, ThreadSeen) for one in search_page(search(), body))


def test_a_video_without_comments_is_visited_with_nothing_new():
    one = replies()
    body = '{"code":0,"data":{"page":{"count":0,"acount":0},"replies":null}}'
    assert replies_page(one, body) == [ThreadVisited("shop", "BV1xx411c7mD", total=0)]
    assert one.nothing_new


@pytest.mark.parametrize("code", [-404, 12002, 12061])
def test_a_closed_or_deleted_thread_ends_alone(code):
    one = replies()
    found = replies_page(one, json.dumps({"code": code, "message": "评论区已关闭"}))
    assert found == [ThreadVisited("shop", "BV1xx411c7mD", gone=True)]
    assert one.blocked is None


def test_a_comment_deleted_meanwhile_has_no_replies():
    one, at = replies(), visit()
    assert sub_page(one, '{"code":12022,"message":"已经被删除了"}', at) == [
        ThreadVisited("shop", "BV1xx411c7mD")
    ]


def test_comments_that_cannot_be_read_are_refused_and_the_rest_goes_on():
    data = json.loads(REPLIES)
    data["data"]["replies"][0]["rpid"] = "\ud800"
    data["data"]["replies"].append(5)
    found = replies_page(replies(), json.dumps(data))
    assert [type(one) for one in found] == [Refused, dict, dict, Refused, ThreadVisited]


@pytest.mark.parametrize(("body", "reason"), REFUSALS)
def test_refusals_block_the_replies(body, reason):
    one = replies()
    with pytest.raises(CloseSpider):
        replies_page(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize(
    ("of", "params", "words"),
    [
        (BilibiliSearchSpider, {}, "keywords"),
        (BilibiliSearchSpider, {"keywords": ["某牌"], "max_pages": 0}, "max_pages"),
        (BilibiliRepliesSpider, {"videos": ["BVsomething"]}, "videos"),
        (BilibiliRepliesSpider, {"threads": "viele"}, "threads"),
    ],
)
def test_wrong_parameters_are_named(of, params, words):
    with pytest.raises(BadParams, match=words):
        spider(of, **params)


@pytest.mark.parametrize(("number", "name"), [(170001, "BV17x411w7KC"), (11, None), (2**50, None)])
def test_a_video_has_one_number_and_one_name(number, name):
    assert bvid(number) == (name or bvid(number))
    assert aid(bvid(number)) == number


@pytest.mark.parametrize("wrong", ["", "BV17x411w7K", "av170001", "BV10000000000", "BV17x411w7KC "])
def test_what_is_no_name_is_refused(wrong):
    with pytest.raises(ValueError, match="BV"):
        aid(wrong)
