"""Comments of posts: which are visited, pages and replies, and when a visit is done."""

import json

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from twisted.python.failure import Failure

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.weibo.comments import WeiboCommentsSpider
from crawlers.threads import DueThread, ThreadVisited
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

PAGE = (PAGES / "weibo/comments.json").read_text(encoding="utf-8")
REPLIES = (PAGES / "weibo/replies.json").read_text(encoding="utf-8")
MID = "4990000000000001"
ROOT, OTHER, REPLY, HIDDEN = (f"49900000000001{n:02}" for n in range(4))


def comments(due=(), **options):
    one = spider(WeiboCommentsSpider, **options)
    one.due = lambda platform, now, limit: list(due)[:limit]
    return one


def named(**options):
    """Return a spider that visits one post, and its first request."""
    one = comments(posts=[MID], **options)
    (request,) = outputs(one.start())
    return one, request


def go(of, request, body):
    answer = response(body, request.url, Content_Type="application/json")
    return outputs(request.callback(answer, **request.cb_kwargs))


def visited(found):
    return [one for one in found if isinstance(one, ThreadVisited)]


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def last_page(**values):
    data = json.loads(PAGE)
    data["data"] |= {"max_id": 0} | values
    return json.dumps(data)


QUIET = last_page(data=[])


def test_posts_that_are_named_or_due_are_visited_one_after_the_other():
    due = [
        DueThread("weibo", MID, NOW, 3),
        DueThread("weibo", "4990000000000002", NOW, 3, subject="kettle"),
        DueThread("weibo", "no number", NOW, 3),
    ]
    one = comments(due, posts=[MID, "https://weibo.com/100200300/NBLji0003"], cookie="SUB=x")
    found = outputs(one.start())
    assert [request.url.partition("mid=")[2] for request in found] == [
        f"{mid}&max_id_type=0" for mid in (MID, "4990000000000003", "4990000000000002")
    ]
    assert found[0].url.startswith("https://m.weibo.cn/comments/hotflow?id=")
    assert found[2].cb_kwargs["visit"].subject == "kettle"
    assert [request.priority for request in found] == [0, -1, -2]
    assert found[0].headers["Cookie"] == b"SUB=x"


def test_no_more_threads_are_visited_than_asked():
    due = [DueThread("weibo", f"499000000000000{n}", NOW, 3) for n in range(9)]
    assert len(outputs(comments(due, threads=4).start())) == 4


def test_nothing_due_is_nothing_new():
    one = comments()
    assert outputs(one.start()) == []
    assert one.nothing_new


def test_page_becomes_comments_and_leads_to_replies_and_the_next_page():
    one, request = named()
    root, reply, other, replies, following = go(one, request, PAGE)
    assert root == {
        "platform": "shop",
        "kind": "comment",
        "native_id": ROOT,
        "text": '同款 <span class="url-icon"><img alt="[泪]" src="x.png"></span>',
        "url": f"https://m.weibo.cn/detail/{MID}",
        "author": "小红",
        "author_id": "100200301",
        "likes": 5,
        "comments": 3,
        "published_at": "Tue Jan 02 12:05:00 +0800 2024",
        "subject": "",
        "extra": {"post": MID, "region": "北京"},
    }
    assert (reply["native_id"], reply["extra"]) == (
        REPLY,
        {"post": MID, "reply_to": ROOT, "region": "上海"},
    )
    assert (other["native_id"], other["likes"]) == (OTHER, "1.2万")
    assert replies.url == (
        f"https://m.weibo.cn/comments/hotFlowChild?cid={ROOT}&max_id=0&max_id_type=0"
    )
    assert following.url.endswith(f"mid={MID}&max_id=138000000001&max_id_type=0")


def test_a_visit_is_done_when_all_its_pages_are_in():
    one, request = named()
    replies, following = requests(go(one, request, PAGE))
    assert visited(go(one, following, QUIET)) == []
    *found, done = go(one, replies, REPLIES)
    assert [post["native_id"] for post in found] == [REPLY, HIDDEN]
    assert done == ThreadVisited("shop", MID, new_comments=4, total=12)


def test_only_what_was_not_stored_counts_as_new():
    one, request = named(stored=[ROOT, REPLY])
    replies, following = requests(go(one, request, PAGE))
    go(one, following, QUIET)
    assert visited(go(one, replies, REPLIES))[0].new_comments == 2


def test_replies_are_read_again_only_when_there_are_more():
    one, request = named()
    go(one, requests(go(one, request, PAGE))[0], REPLIES)
    assert one.checkpoint == {"replies": {ROOT: 3}}
    again, request = named(checkpoint=one.checkpoint)
    assert len(requests(go(again, request, PAGE))) == 1
    grown = PAGE.replace('"total_number":3', '"total_number":4')
    again, request = named(checkpoint=one.checkpoint)
    assert len(requests(go(again, request, grown))) == 2


def test_replies_are_paged():
    one, request = named()
    (replies, _) = requests(go(one, request, PAGE))
    (following,) = requests(go(one, replies, REPLIES.replace('"max_id":0', '"max_id":77')))
    assert "max_id=77&" in following.url
    assert one.checkpoint == {"replies": {}}


def test_one_known_page_proves_little_but_two_in_a_row_end_the_visit():
    known = [ROOT, OTHER, REPLY]
    one, request = named(stored=known, checkpoint={"replies": {ROOT: 3}})
    (second,) = go(one, request, PAGE)[3:]
    assert second.cb_kwargs["stale"] == 1
    turned = PAGE.replace("138000000001", "138000000002")
    assert visited(go(one, second, turned)) == [ThreadVisited("shop", MID, 0, total=12)]


def test_a_page_with_news_in_between_keeps_the_visit_going():
    one, request = named(stored=[ROOT, OTHER, REPLY], checkpoint={"replies": {ROOT: 3}})
    (second,) = go(one, request, PAGE)[3:]
    news = PAGE.replace(OTHER, "4990000000000199").replace("138000000001", "138000000002")
    (third,) = requests(go(one, second, news))
    assert third.cb_kwargs["stale"] == 0


def test_a_visit_ends_after_as_many_pages_as_were_asked_for():
    one, request = named(max_pages=1, checkpoint={"replies": {ROOT: 3}})
    assert visited(go(one, request, PAGE))


def test_a_site_that_goes_in_a_circle_is_left():
    one, request = named(checkpoint={"replies": {ROOT: 3}})
    (second,) = requests(go(one, request, PAGE))
    assert visited(go(one, second, PAGE))


@pytest.mark.parametrize("body", ['{"ok":0}', '{"ok":0,"msg":"快来发表你的评论吧"}'])
def test_no_comments_is_nothing_new_and_a_quiet_visit(body):
    one, request = named()
    assert go(one, request, body) == [ThreadVisited("shop", MID)]
    assert one.nothing_new


def test_a_deleted_post_closes_its_thread():
    one, request = named()
    body = '{"ok":0,"msg":"该微博不存在或已被删除"}'
    assert go(one, request, body) == [ThreadVisited("shop", MID, gone=True)]


def gone(of, request, error):
    failure = Failure(error)
    failure.request = request
    return outputs(request.errback(failure))


def test_a_page_that_is_gone_closes_the_thread_and_ends_nothing_else():
    one, request = named()
    assert gone(one, request, IgnoreRequest("HTTP 404")) == [ThreadVisited("shop", MID, gone=True)]
    assert one.blocked is None


def test_replies_that_are_gone_close_nothing():
    one, request = named()
    replies, following = requests(go(one, request, PAGE))
    go(one, following, QUIET)
    (done,) = gone(one, replies, IgnoreRequest("HTTP 404"))
    assert not done.gone


def test_a_site_that_cannot_be_reached_ends_the_run():
    one, request = named()
    with pytest.raises(CloseSpider):
        gone(one, request, OSError("no route"))
    assert one.blocked.reason is BlockReason.UNREACHABLE


REFUSALS = [
    ('{"ok":-100,"url":"https://passport.weibo.com/"}', BlockReason.LOGIN),
    ('{"ok":0,"msg":"请求过于频繁"}', BlockReason.RATE),
    ('{"ok":0,"msg":"出错了"}', BlockReason.SHAPE),
    ('{"ok":1}', BlockReason.SHAPE),
    ('{"ok":1,"data":null}', BlockReason.SHAPE),
    ("null", BlockReason.SHAPE),
    ("<title>Sina Visitor System</title>", BlockReason.LOGIN),
    (PAGE[:99], BlockReason.NOT_JSON),
]
OF_COMMENTS = [
    ('{"ok":1,"data":[]}', BlockReason.SHAPE),
    ('{"ok":1,"data":{"data":false}}', BlockReason.SHAPE),
]


def blocked_by(one, request, body):
    with pytest.raises(CloseSpider):
        go(one, request, body)
    return one.blocked.reason


@pytest.mark.parametrize(("body", "reason"), REFUSALS + OF_COMMENTS)
def test_refusals_end_the_run(body, reason):
    one, request = named()
    assert blocked_by(one, request, body) is reason


@pytest.mark.parametrize(("body", "reason"), [*REFUSALS, ('{"ok":1,"data":{}}', BlockReason.SHAPE)])
def test_refusals_of_replies_end_the_run(body, reason):
    one, request = named()
    (replies, _) = requests(go(one, request, PAGE))
    assert blocked_by(one, replies, body) is reason


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_a_bad_row_is_refused_and_the_rest_goes_on(value):
    data = json.loads(PAGE)
    data["data"]["data"][0] = value
    one, request = named()
    refused, other, *_ = go(one, request, json.dumps(data))
    assert isinstance(refused, Refused)
    assert other["native_id"] == OTHER


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"posts": ["https://m.weibo.cn/u/1"]}, "posts"),
        ({"posts": "x"}, "posts"),
        ({"threads": 0}, "threads"),
        ({"max_pages": "2"}, "max_pages"),
    ],
)
def test_wrong_parameters_are_named(params, name):
    with pytest.raises(BadParams, match=name):
        comments(**params)
