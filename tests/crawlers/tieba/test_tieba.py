"""Tieba search: both layouts to exact posts, its empty page, and its checks."""

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.native_ids import hashed
from crawlers.spiders.base import BadParams
from crawlers.spiders.tieba import TiebaSearchSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

CLASSIC = (PAGES / "tieba/classic.html").read_text(encoding="utf-8")
CARDS = (PAGES / "tieba/cards.html").read_text(encoding="utf-8")
EMPTY = (PAGES / "tieba/empty.html").read_text(encoding="utf-8")
CHECK = (PAGES / "tieba/check.html").read_text(encoding="utf-8")


def tieba(**options):
    return spider(TiebaSearchSpider, **{"keywords": ["某牌"]} | options)


def read(of, body, page=1, keyword="某牌"):
    return outputs(of.parse(response(body), keyword=keyword, page=page))


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def test_classic_page_becomes_threads_and_answers():
    thread, answer, refused, following = read(tieba(), CLASSIC)
    assert thread == {
        "platform": "shop",
        "kind": "social",
        "native_id": "8800000001",
        "text": "某牌吸尘器漏电\n昨天被电了一下，某牌…",
        "url": "https://tieba.baidu.com/p/8800000001",
        "author": "小王同学",
        "published_at": "2024-01-15 12:30",
        "extra": {"title": "某牌吸尘器漏电", "forum": "家电吧"},
    }
    assert answer == {
        "platform": "shop",
        "kind": "comment",
        "native_id": "140000000009",
        "text": "别买，三天就坏",
        "url": "https://tieba.baidu.com/p/8800000002?pid=140000000009#140000000009",
        "author": "",
        "published_at": "2024-01-14 08:00",
        "extra": {"title": "回复:有人用过某牌吗", "forum": "数码吧", "post": "8800000002"},
    }
    assert isinstance(refused, Refused)
    assert "pn=2" in following.url


def test_classic_page_in_gbk_reads_alike():
    assert read(tieba(), CLASSIC.encode("gbk"))[:2] == read(tieba(), CLASSIC)[:2]


def test_cards_of_2026_become_posts():
    linked, plain, refused, following = read(tieba(), CARDS)
    assert linked == {
        "platform": "shop",
        "kind": "social",
        "native_id": "8800000003",
        "text": "某牌客服失联\n打了三天电话",
        "url": "https://tieba.baidu.com/p/8800000003",
        "author": "",
        "published_at": "2024-1-15",
        "extra": {"title": "某牌客服失联", "forum": "家电吧"},
    }
    assert plain["native_id"] == hashed("tieba", "数码吧", "没有链接的卡片", "某牌")
    assert (plain["url"], plain["published_at"]) == ("", "发布于 昨天 08:05")
    assert clean(plain, now=NOW).published_at.isoformat() == "2024-01-19T00:05:00+00:00"
    assert isinstance(refused, Refused)
    assert requests([following])


def test_search_is_asked_for_with_the_operators_cookie():
    (asked,) = outputs(tieba(cookie="BDUSS=x").start())
    assert asked.url == (
        "https://tieba.baidu.com/f/search/res?ie=utf-8&qw=%E6%9F%90%E7%89%8C&rn=10&pn=1&sm=1"
    )
    assert asked.headers["Cookie"] == b"BDUSS=x"


def test_paging_stops_at_a_page_that_is_all_known():
    known = ["8800000001", "140000000009"]
    assert requests(read(tieba(stored=known[:1]), CLASSIC))
    assert requests(read(tieba(stored=known), CLASSIC)) == []
    assert requests(read(tieba(stored=known, checkpoint={"unfinished": True}), CLASSIC))
    assert requests(read(tieba(max_pages=1), CLASSIC)) == []


def test_a_site_that_shows_every_page_alike_is_not_walked_for_ever():
    one = tieba(max_pages=50)
    walked = [requests(read(one, CLASSIC, page=page)) for page in range(1, 8)]
    assert walked[0]
    assert walked[-1] == []
    assert requests(read(one, CLASSIC, keyword="另一词"))


def test_the_sites_own_empty_page_is_nothing_new_and_a_late_one_is_the_end():
    one = tieba()
    assert read(one, EMPTY) == []
    assert one.nothing_new
    assert read(tieba(), "<html><p>新页</p></html>", page=2) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (CHECK, BlockReason.CAPTCHA),
        ("<html><a href='https://wappass.baidu.com/x'>去</a></html>", BlockReason.CAPTCHA),
        ("<html><p>改版了</p></html>", BlockReason.SHAPE),
        ('{"no":0}', BlockReason.SHAPE),
    ],
)
def test_what_is_no_result_blocks_the_run(body, reason):
    one = tieba()
    with pytest.raises(CloseSpider):
        read(one, body)
    assert one.blocked.reason is reason


def test_a_picture_in_place_of_a_page_blocks():
    picture = Response("https://tieba.baidu.com/f/search/res", body=b"\x89PNG")
    with pytest.raises(CloseSpider):
        outputs(tieba().parse(picture, keyword="某牌", page=1))


def test_a_redirect_to_the_check_is_a_captcha():
    one = tieba()
    failure = Failure(IgnoreRequest("offsite"))
    failure.request = Request(
        "https://wappass.baidu.com/static/captcha", meta={"redirect_urls": ["x"]}
    )
    with pytest.raises(CloseSpider):
        one.failed(failure)
    assert one.blocked.reason is BlockReason.CAPTCHA


@pytest.mark.parametrize(
    ("params", "words"),
    [({"keywords": []}, "keywords"), ({"keywords": "某牌", "max_pages": "x"}, "max")],
)
def test_wrong_parameters_are_named(params, words):
    with pytest.raises(BadParams, match=words):
        spider(TiebaSearchSpider, **params)
