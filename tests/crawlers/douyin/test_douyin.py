"""Douyin's open platform: comments and replies to exact posts, cursors, orders, refusals."""

import json

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.native_ids import hashed
from crawlers.spiders.base import BadParams
from crawlers.spiders.douyin_comments import DouyinCommentsSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

COMMENTS = (PAGES / "douyin/comments.json").read_text(encoding="utf-8")
REPLIES = (PAGES / "douyin/replies.json").read_text(encoding="utf-8")
EXPIRED = (PAGES / "douyin/expired.json").read_text(encoding="utf-8")
JSON = "application/json"
ALL = ["@9VxTop==", "@9VxAa/1==", "@9VxBb=="]
OWN = {"access_token": "act.1", "open_id": "open-1", "items": ["@8h+x/1=="]}


def douyin(**options):
    return spider(DouyinCommentsSpider, **OWN | options)


def read(of, body, page=1):
    return outputs(of.parse(response(body, Content_Type=JSON), item="@8h+x/1==", page=page))


def replies(of, body, page=1):
    about = {"item": "@8h+x/1==", "comment": "@9VxAa/1==", "count": 1, "page": page}
    return outputs(of.parse_replies(response(body, Content_Type=JSON), **about))


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def test_comments_are_asked_for_with_the_token_in_the_header_alone():
    (asked,) = outputs(douyin().start())
    assert asked.url == (
        "https://open.douyin.com/item/comment/list/?open_id=open-1&count=20"
        "&item_id=%408h%2Bx%2F1%3D%3D&cursor=0&sort_type=time"
    )
    assert asked.headers["access-token"] == b"act.1"
    assert "act.1" not in asked.url


def test_a_page_becomes_comments_the_way_to_replies_and_the_next_page():
    top, bad, good, below, following = read(douyin(), COMMENTS)
    assert bad == {
        "platform": "shop",
        "kind": "comment",
        "native_id": "@9VxAa/1==",
        "text": "用了三天就坏[流泪]",
        "url": "",
        "author_id": "user-7",
        "likes": 3,
        "comments": 1,
        "published_at": 1705293005,
        "extra": {"post": "@8h+x/1=="},
    }
    assert top["extra"] == {"post": "@8h+x/1==", "by_us": True, "top": True}
    assert good["native_id"] == "@9VxBb=="
    assert below.url == (
        "https://open.douyin.com/item/comment/reply/list/?open_id=open-1&count=20"
        "&item_id=%408h%2Bx%2F1%3D%3D&comment_id=%409VxAa%2F1%3D%3D&cursor=0"
    )
    assert "cursor=20" in following.url
    assert clean(bad, now=NOW).native_id == "@9VxAa/1=="


def test_replies_become_comments_and_are_not_read_again_until_there_are_more():
    one = douyin()
    (reply,) = replies(one, REPLIES)
    assert (reply["native_id"], reply["extra"]["reply_to"]) == ("@9VxCc==", "@9VxAa/1==")
    assert one.checkpoint["reply_counts"] == {"@9VxAa/1==": 1}
    again = douyin(stored=ALL, checkpoint=one.checkpoint)
    assert requests(read(again, COMMENTS)) == []
    assert len(requests(read(douyin(stored=ALL), COMMENTS))) == 1


def test_replies_go_on_to_their_last_page():
    body = REPLIES.replace('"cursor":0,"has_more":false', '"cursor":20,"has_more":true')
    one = douyin()
    _, following = replies(one, body)
    assert "cursor=20" in following.url
    assert one.checkpoint["reply_counts"] == {}


def test_known_comments_end_the_walk_only_where_the_newest_come_first():
    counts = {"reply_counts": {"@9VxAa/1==": 1}}
    assert requests(read(douyin(stored=ALL, checkpoint=counts), COMMENTS)) == []
    mixed = COMMENTS.replace("1705290000", "1705299999")
    assert requests(read(douyin(stored=ALL, checkpoint=counts), mixed))
    assert requests(read(douyin(stored=ALL, checkpoint=counts | {"unfinished": True}), COMMENTS))


@pytest.mark.parametrize(
    "change", [('"has_more":true', '"has_more":false'), ('"cursor":20', '"cursor":0')]
)
def test_the_walk_ends_at_the_last_page(change):
    one = douyin(checkpoint={"reply_counts": {"@9VxAa/1==": 1}})
    assert requests(read(one, COMMENTS.replace(*change))) == []


def test_a_video_without_comments_is_nothing_new():
    one = douyin()
    body = '{"data":{"error_code":0,"cursor":0,"has_more":false,"list":[]}}'
    assert read(one, body) == []
    assert one.nothing_new
    assert read(douyin(), body.replace("[]", "null")) == []


def test_a_video_by_its_public_number_is_linked_and_a_long_id_is_hashed():
    long = "@" + "x" * 200
    one = douyin(items=[7300000000000000001])
    body = COMMENTS.replace("@9VxBb==", long)
    found = one.parse(response(body, Content_Type=JSON), item="7300000000000000001", page=1)
    records = [each for each in outputs(found) if isinstance(each, dict)]
    assert records[2]["url"] == "https://www.douyin.com/video/7300000000000000001"
    assert records[2]["native_id"] == hashed("douyin", long)


def test_rows_that_cannot_be_read_are_refused_and_the_rest_goes_on():
    data = json.loads(COMMENTS)
    data["data"]["list"][0] = None
    data["data"]["list"][1]["comment_id"] = "\ud800"
    found = read(douyin(), json.dumps(data))
    assert [type(one) for one in found] == [Refused, Refused, dict, Request]


def failed(code, words=""):
    return json.dumps({"data": {"error_code": code, "description": words}})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (EXPIRED, BlockReason.LOGIN),
        (failed(2190002, "access_token无效"), BlockReason.LOGIN),
        (failed(1, "用户未授权该api"), BlockReason.LOGIN),
        (failed(2100004, "系统繁忙，此时请开发者稍候再试"), BlockReason.RATE),
        (failed(28003017, "quota已用尽"), BlockReason.RATE),
        (failed(2190004, "应用未获得该能力, 请去申请"), BlockReason.FORBIDDEN),
        (failed(2100005, "参数不合法"), BlockReason.SHAPE),
        (failed([1]), BlockReason.SHAPE),
        ('{"data":null,"extra":{"error_code":10008,"description":"x"}}', BlockReason.LOGIN),
        ('{"data":null}', BlockReason.SHAPE),
        ('{"data":{"error_code":0}}', BlockReason.SHAPE),
        ('{"data":{"error_code":0,"list":{}}}', BlockReason.SHAPE),
        ("[]", BlockReason.SHAPE),
        ("<html>", BlockReason.NOT_JSON),
    ],
)
def test_refusals_block_the_run(body, reason):
    one = douyin()
    with pytest.raises(CloseSpider):
        read(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize("missing", ["access_token", "open_id", "items"])
def test_a_missing_parameter_is_named(missing):
    params = {name: value for name, value in OWN.items() if name != missing}
    with pytest.raises(BadParams, match=missing):
        spider(DouyinCommentsSpider, **params)
