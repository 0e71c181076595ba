"""The official interface: windows of the search, the own account's pages, and error codes."""

import json
from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams, Job
from crawlers.spiders.weibo.api import WeiboApiSpider
from crawlers.threads import ThreadSeen
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

PAGE = (PAGES / "weibo/api_search.json").read_text(encoding="utf-8")
COMMENTS = (PAGES / "weibo/api_comments.json").read_text(encoding="utf-8")
EPOCH = int(NOW.timestamp())
OLDEST = int(datetime(2024, 1, 2, 3, tzinfo=UTC).timestamp())


def api(mode="search", **options):
    words = {"keywords": ["某牌"]} if mode == "search" else {}
    return spider(WeiboApiSpider, **{"access_token": "2.00x", "mode": mode} | words | options)


def go(of, request, body):
    answer = response(body, request.url, Content_Type="application/json")
    return outputs(request.callback(answer, **request.cb_kwargs))


def requests(found):
    return [one for one in found if isinstance(one, Request)]


def page(total, statuses=None):
    data = json.loads(PAGE) | {"total_number": total}
    return json.dumps(data if statuses is None else data | {"statuses": statuses})


def test_search_becomes_posts_and_threads_without_the_deleted():
    one = api()
    (request,) = outputs(one.start())
    assert request.url == (
        "https://c.api.weibo.com/2/search/statuses/limited.json?access_token=2.00x"
        f"&q=%E6%9F%90%E7%89%8C&sort=time&starttime={EPOCH - 86400}&endtime={EPOCH}&page=1&count=50"
    )
    post, seen = go(one, request, PAGE)
    assert post == {
        "platform": "shop",
        "kind": "social",
        "native_id": "4990000000000001",
        "text": "某牌又坏了",
        "url": "https://m.weibo.cn/detail/4990000000000001",
        "author": "小明",
        "author_id": "100200300",
        "likes": 4,
        "comments": 12,
        "reposts": 3,
        "published_at": "Tue Jan 02 12:00:00 +0800 2024",
        "extra": {
            "client": "iPhone客户端",
            "followers": "2300",
            "verified_type": "3",
            "pictures": 1,
        },
    }
    assert isinstance(seen, ThreadSeen)
    assert one.checkpoint == {"until": {"某牌": EPOCH}}


def test_next_search_begins_where_the_last_one_ended():
    (request,) = outputs(api(checkpoint={"until": {"某牌": EPOCH - 3600}}).start())
    assert request.cb_kwargs["start"] == EPOCH - 3600 - 900


def test_search_is_paged_to_its_end_before_the_checkpoint_moves():
    one = api()
    (request,) = outputs(one.start())
    (second,) = requests(go(one, request, page(60)))
    assert "page=2" in second.url
    assert one.checkpoint == {}
    assert not requests(go(one, second, page(60)))
    assert one.checkpoint == {"until": {"某牌": EPOCH}}


def test_search_that_ends_before_its_count_begins_anew_below_the_oldest_seen():
    one = api()
    (request,) = outputs(one.start())
    (second,) = requests(go(one, request, page(500)))
    (anew,) = requests(go(one, second, page(500, [])))
    assert (anew.cb_kwargs["end"], anew.cb_kwargs["page"]) == (OLDEST, 1)
    assert one.checkpoint == {}
    assert not requests(go(one, anew, page(500, [])))
    assert "某牌" in one.gap


def test_search_that_is_not_moved_by_its_end_is_left_with_a_gap():
    one = api(max_pages=1)
    (request,) = outputs(one.start())
    (anew,) = requests(go(one, request, page(500)))
    assert not requests(go(one, anew, page(500)))
    assert "450" in one.gap


def test_empty_search_is_nothing_new():
    one = api()
    assert go(one, outputs(one.start())[0], page(0, [])) == []
    assert one.nothing_new
    assert one.checkpoint == {"until": {"某牌": EPOCH}}


def test_since_is_where_a_search_begins_and_moves_no_checkpoint():
    params = {"access_token": "x", "keywords": ["某牌"]}
    since = datetime(2024, 1, 1, tzinfo=UTC)
    job = Job("s", "weibo", params, {"until": {"某牌": 1}}, since=since)
    one = WeiboApiSpider(job=job, clock=lambda: NOW, lookup=lambda *_: set())
    (request,) = outputs(one.start())
    assert request.cb_kwargs["start"] == int(since.timestamp())
    go(one, request, PAGE)
    assert one.checkpoint == {"until": {"某牌": 1}}


def test_mentions_are_posts_and_end_at_a_known_page():
    one = api("mentions")
    (request,) = outputs(one.start())
    assert request.url.startswith("https://api.weibo.com/2/statuses/mentions.json?access_token=")
    assert requests(go(one, request, PAGE))
    known = api("mentions", stored=["4990000000000001", "4990000000000005"])
    assert not requests(go(known, outputs(known.start())[0], PAGE))


def test_comments_to_us_are_comments():
    one = api("comments_to_me")
    (request,) = outputs(one.start())
    assert request.url.startswith("https://api.weibo.com/2/comments/to_me.json?")
    comment, following = go(one, request, COMMENTS)
    assert comment == {
        "platform": "shop",
        "kind": "comment",
        "native_id": "4990000000000100",
        "text": "什么时候退款",
        "url": "https://m.weibo.cn/detail/4990000000000001",
        "author": "小红",
        "author_id": "100200301",
        "published_at": "Tue Jan 02 12:05:00 +0800 2024",
        "extra": {"post": "4990000000000001", "reply_to": "4990000000000099"},
    }
    assert "page=2" in following.url
    assert go(one, following, '{"comments":[],"total_number":1}') == []


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *[(code, BlockReason.RATE) for code in (10022, 10023, 10024)],
        *[(code, BlockReason.LOGIN) for code in (*range(21314, 21320), 21327, 21332)],
        (10014, BlockReason.FORBIDDEN),
        ("21327", BlockReason.LOGIN),
        ([], BlockReason.FORBIDDEN),
    ],
)
@pytest.mark.parametrize("mode", ["search", "mentions", "comments_to_me"])
def test_errors_end_the_run_with_their_reason_whatever_the_status(mode, code, reason, status):
    one = api(mode)
    (request,) = outputs(one.start())
    body = json.dumps({"error": "expired_token", "error_code": code, "request": "/2/x.json"})
    answer = response(body, request.url, status=status, Content_Type="application/json")
    assert one.refusal(answer) is None
    with pytest.raises(CloseSpider):
        outputs(request.callback(answer, **request.cb_kwargs))
    assert one.blocked.reason is reason
    assert "2.00x" not in one.blocked.detail


def test_a_refusal_that_is_no_answer_of_the_interface_is_one_as_everywhere():
    assert api().refusal(response("<p>", status=403))[0] is BlockReason.FORBIDDEN
    assert api().refusal(response(PAGE, Content_Type="application/json")) is None


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"statuses":null,"total_number":1}', '{"statuses":[]}', page(9, [])]
)
def test_a_changed_answer_ends_the_run(body):
    one = api()
    with pytest.raises(CloseSpider):
        go(one, outputs(one.start())[0], body)
    assert one.blocked.reason is BlockReason.SHAPE


@pytest.mark.parametrize("value", [None, [], "x", 3, {}])
@pytest.mark.parametrize("mode", ["search", "mentions", "comments_to_me"])
def test_a_bad_row_is_refused_and_the_rest_goes_on(mode, value):
    name, sample = ("comments", COMMENTS) if mode == "comments_to_me" else ("statuses", PAGE)
    data = json.loads(sample)
    data[name].insert(0, value)
    one = api(mode)
    refused, post, *_ = go(one, outputs(one.start())[0], json.dumps(data))
    assert isinstance(refused, Refused)
    assert post["native_id"].startswith("4990")


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"access_token": ""}, "access_token"),
        ({"mode": "x"}, "mode"),
        ({"mode": []}, "mode"),
        ({"keywords": None}, "keywords"),
        ({"days": 99}, "days"),
    ],
)
def test_wrong_parameters_are_named(params, name):
    with pytest.raises(BadParams, match=name):
        api(**params)
