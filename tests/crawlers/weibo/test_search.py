"""The mobile search: pages to posts, full texts, where a walk ends, and refusals."""

import json
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from twisted.python.failure import Failure

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.walks import REPEATS
from crawlers.spiders.weibo.search import WeiboSearchSpider
from crawlers.threads import ThreadSeen
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

JSON = "application/json"
PAGE = (PAGES / "weibo/search.json").read_text(encoding="utf-8")
EMPTY = (PAGES / "weibo/empty.json").read_text(encoding="utf-8")
FULL = (PAGES / "weibo/extend.json").read_text(encoding="utf-8")
FIRST, SECOND = "4990000000000001", "4990000000000002"


def search(**options):
    return spider(WeiboSearchSpider, **{"keywords": ["某牌"], "cookie": "SUB=secret"} | options)


def page(of, body, page=1, keyword="某牌"):
    return outputs(of.parse(response(body, Content_Type=JSON), keyword=keyword, page=page))


def requests(found, path="getIndex"):
    return [one for one in found if isinstance(one, Request) and path in one.url]


def posts(found):
    return [one for one in found if isinstance(one, dict)]


def blog_of(number):
    return json.loads(PAGE)["data"]["cards"][number]


def changed(**values):
    data = json.loads(PAGE)
    data["data"]["cards"][2]["mblog"] |= values
    return json.dumps(data)


def test_first_page_is_asked_as_the_site_itself_asks():
    one = search(keywords=["某牌 水壶"])
    (request,) = outputs(one.start())
    assert request.url == (
        "https://m.weibo.cn/api/container/getIndex?containerid=100103type%3D61%26q%3D"
        "%E6%9F%90%E7%89%8C+%E6%B0%B4%E5%A3%B6%26t%3D0&page_type=searchall&page=1"
    )
    assert request.headers["Cookie"] == b"SUB=secret"
    assert request.headers["X-Requested-With"] == b"XMLHttpRequest"
    assert request.headers["MWeibo-Pwa"] == b"1"


def test_a_replay_stands_in_for_the_site():
    one = search(replay="http://127.0.0.1:1")
    assert outputs(one.start())[0].url.startswith("http://127.0.0.1:1/m.weibo.cn/api/container/")


def test_page_becomes_posts_threads_full_texts_and_the_next_page():
    seen, full, post, following = page(search(), PAGE)
    assert seen == ThreadSeen("shop", FIRST, datetime(2024, 1, 2, 4, tzinfo=UTC), 12)
    assert full.url == f"https://m.weibo.cn/statuses/extend?id={FIRST}"
    assert full.headers["Cookie"] == b"SUB=secret"
    assert full.cb_kwargs["record"] == {
        "platform": "shop",
        "kind": "social",
        "native_id": FIRST,
        "text": blog_of(1)["card_group"][0]["mblog"]["text"],
        "url": f"https://m.weibo.cn/detail/{FIRST}",
        "author": "小明",
        "author_id": "100200300",
        "likes": "1万+",
        "comments": 12,
        "reposts": 3,
        "published_at": "Tue Jan 02 12:00:00 +0800 2024",
        "extra": {
            "bid": "NBLji0001",
            "region": "浙江",
            "client": "iPhone客户端",
            "followers": "2.3万",
            "verified_type": "0",
            "pictures": 1,
            "video": True,
        },
    }
    assert post == {
        "platform": "shop",
        "kind": "social",
        "native_id": SECOND,
        "text": '转发微博<span class="url-icon"><img alt="[泪]" src="x.png"></span>',
        "url": f"https://m.weibo.cn/detail/{SECOND}",
        "author": "小红",
        "author_id": "100200301",
        "likes": 0,
        "comments": 0,
        "reposts": 0,
        "published_at": "5分钟前",
        "extra": {
            "bid": "NBLji0002",
            "followers": "56",
            "retweeted": "原微博&说明",
            "retweeted_id": "4980000000000009",
        },
    }
    assert "page=2" in following.url


def test_full_text_takes_the_place_of_the_cut_one():
    one = search()
    (request,) = requests(page(one, PAGE), "extend")
    (record,) = outputs(one.parse_full(response(FULL, Content_Type=JSON), **request.cb_kwargs))
    draft = clean(record, now=NOW)
    assert draft.text == "#某牌# 又坏了，这已经是第三次送修\n客服不理人"
    assert draft.native_id == FIRST


@pytest.mark.parametrize(
    "body",
    [
        '{"ok":0}',
        '{"ok":0,"msg":"微博不存在或暂无查看权限!"}',
        '{"ok":1,"data":{"longTextContent":""}}',
        '{"ok":1,"data":{"longTextContent":null}}',
    ],
)
def test_a_full_text_that_is_gone_leaves_the_cut_one(body):
    record = {"native_id": FIRST, "text": "又坏了…"}
    assert outputs(search().parse_full(response(body, Content_Type=JSON), record)) == [record]


def test_a_full_text_whose_page_is_gone_leaves_the_cut_one():
    one = search()
    (request,) = requests(page(one, PAGE), "extend")
    failure = Failure(IgnoreRequest("HTTP 404"))
    failure.request = request
    assert request.meta["may_be_gone"]
    assert outputs(one.without_full(failure)) == [request.cb_kwargs["record"]]
    assert one.blocked is None


def test_a_full_text_that_cannot_be_reached_ends_the_run():
    one = search()
    failure = Failure(OSError("no route"))
    failure.request = requests(page(one, PAGE), "extend")[0]
    with pytest.raises(CloseSpider):
        outputs(one.without_full(failure))
    assert one.blocked.reason is BlockReason.UNREACHABLE


@pytest.mark.parametrize("body", ['{"ok":-100}', '{"ok":1,"data":{}}', '{"ok":1}', "<p>"])
def test_a_full_text_that_is_refused_ends_the_run_and_leaves_the_post_for_the_next(body):
    with pytest.raises(CloseSpider):
        outputs(search().parse_full(response(body, Content_Type=JSON), {"text": "又坏了…"}))


def test_full_text_of_a_stored_post_is_not_asked_again():
    found = page(search(stored=[FIRST]), PAGE)
    assert not requests(found, "extend")
    assert [one["native_id"] for one in posts(found)] == [FIRST, SECOND]


def test_full_text_is_asked_once_though_the_post_stands_on_two_pages():
    one = search(keywords=["甲", "乙"])
    first, second = page(one, PAGE, keyword="甲"), page(one, PAGE, keyword="乙")
    assert len(requests(first + second, "extend")) == 1
    assert [one["native_id"] for one in posts(second)] == [SECOND]


def test_walk_ends_at_the_first_page_that_is_all_known():
    assert not requests(page(search(stored=[FIRST, SECOND]), PAGE))
    assert requests(page(search(stored=[FIRST]), PAGE))


def test_walk_goes_on_behind_known_posts_after_a_run_that_broke_off():
    assert requests(page(search(stored=[FIRST, SECOND], checkpoint={"unfinished": True}), PAGE))


def test_posts_of_another_keyword_do_not_end_a_walk():
    one = search(keywords=["甲", "乙"])
    page(one, PAGE, keyword="甲")
    for _ in range(REPEATS + 1):  # the list may have moved on under the run
        assert requests(page(one, PAGE, keyword="乙"))
    assert not requests(page(one, PAGE, keyword="乙"))


def test_hot_posts_come_in_no_order_of_time_and_are_walked_to_the_end():
    assert requests(page(search(type=60, stored=[FIRST, SECOND]), PAGE))


def test_walk_ends_after_as_many_pages_as_were_asked_for():
    assert requests(page(search(max_pages=2), PAGE, page=1))
    assert not requests(page(search(max_pages=2), PAGE, page=2))


def test_a_walk_that_does_not_reach_what_is_known_tells_of_the_gap():
    first = search(max_pages=1)
    page(first, PAGE)
    assert first.gap == ""
    later = search(max_pages=1, checkpoint=first.checkpoint)
    page(later, PAGE)
    assert "某牌" in later.gap
    reached = search(max_pages=1, checkpoint=first.checkpoint, stored=[FIRST, SECOND])
    page(reached, PAGE)
    assert reached.gap == ""


def test_empty_marker_is_nothing_new_and_ends_the_walk():
    one = search()
    assert page(one, EMPTY) == []
    assert one.nothing_new


def test_a_later_page_without_posts_ends_the_walk():
    assert page(search(), '{"ok":1,"data":{"cards":[{"card_type":58}]}}', page=3) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ((PAGES / "weibo/login.json").read_text(), BlockReason.LOGIN),
        ('{"ok":-100,"url":"https://security.weibo.com/captcha/geetest"}', BlockReason.CAPTCHA),
        ('{"ok":0,"errno":"100005","msg":"请求过于频繁，歇歇吧"}', BlockReason.RATE),
        ('{"ok":0,"msg":"系统繁忙"}', BlockReason.RATE),
        ('{"ok":0,"msg":"出错了"}', BlockReason.SHAPE),
        ('{"ok":0}', BlockReason.SHAPE),
        ('{"ok":0,"msg":["这里还没有内容"]}', BlockReason.SHAPE),
        ('{"ok":2,"msg":"这里还没有内容"}', BlockReason.SHAPE),
        ('{"ok":true,"data":{"cards":[]}}', BlockReason.SHAPE),
        ('{"ok":1,"data":{"cards":[]}}', BlockReason.SHAPE),
        ('{"ok":1,"data":{"cards":null}}', BlockReason.SHAPE),
        ('{"ok":1,"data":[]}', BlockReason.SHAPE),
        ("[]", BlockReason.SHAPE),
        ("3", BlockReason.SHAPE),
        ("<html><title>Sina Visitor System</title></html>", BlockReason.LOGIN),
        ('<script>location="https://passport.weibo.com/x"</script>', BlockReason.LOGIN),
        (PAGE[:200], BlockReason.NOT_JSON),
    ],
)
def test_refusals_end_the_run(body, reason):
    one = search()
    with pytest.raises(CloseSpider):
        page(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize("value", [None, [], "x", 3, True])
def test_a_row_that_is_no_post_is_refused_and_the_rest_goes_on(value):
    data = json.loads(PAGE)
    data["data"]["cards"][1]["card_group"][0]["mblog"] = value
    refused, post, _ = page(search(), json.dumps(data))
    assert isinstance(refused, Refused)
    assert post["native_id"] == SECOND


def test_a_post_without_a_number_is_refused():
    body = changed(id="x", mid=None, bid="?")
    assert any(isinstance(one, Refused) for one in page(search(), body))


def test_a_post_that_has_only_its_other_name_gets_its_number():
    found = posts(page(search(), changed(id=None, mid=None)))
    assert found[0]["native_id"] == SECOND


def test_a_deleted_post_is_left_out():
    assert posts(page(search(), changed(deleted="1"))) == []


def test_gbk_reads_alike():
    assert posts(page(search(), PAGE.encode("gb18030"))) == posts(page(search(), PAGE))


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"keywords": []}, "keywords"),
        ({"keywords": [["x"]]}, "keywords"),
        ({"keywords": [""]}, "keywords"),
        ({"cookie": ""}, "cookie"),
        ({"type": 2}, "type"),
        ({"type": "61"}, "type"),
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": True}, "max_pages"),
    ],
)
def test_wrong_parameters_are_named(params, named):
    with pytest.raises(BadParams, match=named):
        search(**params)
