"""One post has one identity, wherever it was found: the number, never the other name."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers import native_ids
from crawlers.drafts import clean
from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.weibo.api import WeiboApiSpider
from crawlers.spiders.weibo.search import WeiboSearchSpider
from tests.crawlers.samples import NOW, outputs, response, spider
from tests.crawlers.weibo import test_api, test_desktop, test_search

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
MID, BID = "4990000000000001", "NBLji0001"


def bid_of(mid: str) -> str:
    """Write a number as the site does: seven digits from the right are four characters."""
    groups = [mid[max(end - 7, 0) : end] for end in range(len(mid), 0, -7)][::-1]
    first, *rest = [in_base62(int(group)) for group in groups]
    return first + "".join(group.rjust(4, "0") for group in rest)


def in_base62(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text


@pytest.mark.parametrize(
    ("bid", "mid"),
    [("z0JH2lOMb", "3501756485200075"), (BID, MID), ("NvAbCd123", "4975272723102235")],
)
def test_the_other_name_of_a_post_is_its_number_in_base_62(bid, mid):
    assert native_ids.weibo_mid(bid) == mid
    assert bid_of(mid) == bid


@given(st.integers(10**15, 10**17 - 1).map(str))
def test_every_number_has_one_other_name_and_comes_back(mid):
    assert native_ids.weibo_mid(bid_of(mid)) == mid


@given(st.text(max_size=12))
def test_what_is_no_name_of_a_post_stays_as_it_is(name):
    found = native_ids.weibo_mid(name)
    assert found == name or (found.isdecimal() and len(name) in (9, 10))


@pytest.mark.parametrize(
    "name", ["", MID, "123456789", "home", "ZZZZZZZZZ", "0000ZZZZ0", "NvAbCd12微", "NvAb Cd12"]
)
def test_numbers_and_what_cannot_be_a_name_stay(name):
    assert native_ids.weibo_mid(name) == name


@pytest.mark.parametrize(
    "link",
    [
        f"https://m.weibo.cn/detail/{MID}",
        f"https://m.weibo.cn/status/{MID}?jumpfrom=x",
        f"https://m.weibo.cn/status/{BID}",
        f"https://weibo.com/100200300/{BID}?refer_flag=1",
        f"//weibo.com/100200300/{BID}",
        f"https://weibo.com/100200300/{MID}",
        f"https://weibo.com/detail/{MID}",
    ],
)
def test_every_link_to_a_post_carries_the_same_identity(link):
    assert native_ids.in_link(link) == MID
    assert native_ids.of_entry(link, "whatever") == MID


def identities():
    """Yield the identity of the same post from every way in."""
    one = spider(WeiboSearchSpider, keywords=["某牌"], cookie="x")
    full = test_search.requests(test_search.page(one, test_search.PAGE), "extend")
    yield full[0].cb_kwargs["record"]
    desktop = test_desktop.search()
    (request,) = test_desktop.begin(desktop)
    yield test_desktop.posts(test_desktop.go(desktop, request, test_desktop.PAGE))[0]
    api = spider(WeiboApiSpider, keywords=["某牌"], access_token="x")
    (request,) = outputs(api.start())
    yield test_api.go(api, request, test_api.PAGE)[0]
    feed = spider(FeedSpider, kind="social")
    item = {"id": "x", "url": f"https://weibo.com/100200300/{BID}", "content_text": "又坏了"}
    body = json.dumps({"items": [item | {"date_published": "2024-01-02T12:00:00+08:00"}]})
    url = "https://www.example/list"
    yield outputs(feed.parse(response(body, url, Content_Type="application/json"), feed=url))[0]


def test_a_post_is_one_wherever_it_is_found():
    assert {clean(record, now=NOW).identity for record in identities()} == {("shop", "social", MID)}
