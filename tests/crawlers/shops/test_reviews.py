"""Shops' own reviews: from an answer to exact records."""

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import order_hash
from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.shops.jd_reviews import JdShopReviewsSpider
from crawlers.spiders.shops.kuaishou_reviews import KuaishouReviewsSpider
from crawlers.spiders.shops.taobao_reviews import TaobaoReviewsSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response
from tests.crawlers.shops.shop import JSON, first_calls, form, parsed, sample, shop, window

LINE = f"{order_hash('taobao', '3500002')}:buyer"
OTHER = f"{order_hash('taobao', '3500004')}:buyer"


def records(found):
    return [one for one in found if isinstance(one, dict)]


def test_taobao_reviews_carry_a_fingerprint_for_the_order_line():
    first, second = records(parsed(shop(TaobaoReviewsSpider), sample("taobao_reviews")))
    assert first == {
        "platform": "shop",
        "kind": "review",
        "native_id": LINE,
        "text": "漏水",
        "rating": "bad",
        "author": "t**0",
        "product_id": "620001",
        "url": "https://item.taobao.com/item.htm?id=620001",
        "published_at": "2024-01-15 12:30:05",
        "extra": {"product": "某牌 吸尘器", "price_fen": 199900, "reply": "非常抱歉"},
    }
    assert second["native_id"] == OTHER
    assert second["extra"]["not_counted"]
    assert "350000" not in str([first, second])
    assert [clean(one, now=NOW).rating for one in (first, second)] == [1, 5]


def test_taobao_without_rows_is_nothing_new():
    one = shop(TaobaoReviewsSpider)
    assert parsed(one, {"traderates_get_response": {"has_next": False, "request_id": "q"}}) == []
    assert one.nothing_new


def feed_of(one, call, answer):
    return outputs(one.parse_feed(response(answer, Content_Type=JSON), **call.cb_kwargs))


def only_page():
    data = sample("taobao_reviews")
    data["traderates_get_response"]["has_next"] = False
    return data


def test_tmall_asks_for_each_follow_up_before_the_next_page():
    one = shop(TaobaoReviewsSpider, tmall=True)
    review, call = parsed(one, only_page())
    assert review["native_id"] == LINE
    assert form(call)["method"] == "tmall.traderate.feeds.get"
    assert form(call)["child_trade_id"] == "3500002"
    follow_up, call = feed_of(one, call, _text("taobao_feed"))
    assert follow_up == {
        "platform": "shop",
        "kind": "comment",
        "native_id": f"{LINE}:append",
        "text": "用了一周就坏了",
        "author": "t**0",
        "product_id": "620001",
        "url": "https://item.taobao.com/item.htm?id=620001",
        "published_at": "2024-01-19 09:00:00",
        "extra": {"follow_up_of": LINE, "negative": True},
    }
    assert form(call)["child_trade_id"] == "3500004"
    late, follow_up = feed_of(one, call, _text("taobao_feed"))
    assert (late["native_id"], late["text"]) == (OTHER, "此用户没有填写评价。")
    assert follow_up["native_id"] == f"{OTHER}:append"


def test_a_tmall_line_without_a_feed_keeps_its_review():
    one = shop(TaobaoReviewsSpider, tmall=True)
    refusal = '{"error_response":{"code":15,"msg":"Remote service error","sub_code":"isv.no-rate"}}'
    _, call = parsed(one, only_page())
    (call,) = feed_of(one, call, refusal)
    review, *_ = feed_of(one, call, refusal)
    assert review["native_id"] == OTHER
    assert one.blocked is None


def test_tmall_windows_hold_as_many_as_a_run_can_ask_for():
    one = shop(TaobaoReviewsSpider, tmall=True)
    (call,) = first_calls(one)
    assert form(call)["page_size"] == "40"
    assert parsed(one, sample("taobao_reviews"), **call.cb_kwargs)[0].cb_kwargs["page"] == 1


def test_follow_up_days_reads_reviews_again():
    one = shop(TaobaoReviewsSpider, follow_up_days=7, checkpoint={"until": NOW.isoformat()})
    (call,) = first_calls(one)
    assert (NOW - window(call).start).days == 7


def test_jd_reviews_with_times_as_number_and_as_text():
    one = shop(JdShopReviewsSpider)
    assert records(parsed(one, sample("jd_reviews"))) == [
        {
            "platform": "shop",
            "kind": "review",
            "native_id": "19000000001",
            "text": "用了三天就断电",
            "rating": 1,
            "author": "张***三",
            "author_id": "ob_1",
            "product_id": "100001",
            "url": "https://item.jd.com/100001.html",
            "comments": 1,
            "published_at": 1705293005000,
            "extra": {"product": "某牌 吸尘器 V8", "pictures": 1, "reply": "非常抱歉"},
        },
        {
            "platform": "shop",
            "kind": "review",
            "native_id": "19000000002",
            "text": "好用",
            "rating": 5,
            "author": None,
            "author_id": "",
            "product_id": "100001",
            "url": "https://item.jd.com/100001.html",
            "comments": None,
            "published_at": "2024-01-15 13:00:00",
            "extra": {},
        },
    ]


def test_jd_reviews_may_have_one_wrapper_more():
    plain = records(parsed(shop(JdShopReviewsSpider), sample("jd_reviews")))
    ((name, inner),) = sample("jd_reviews").items()
    wrapped = {name: {"code": "0", "apiResult": {"success": True}, "result": inner}}
    assert records(parsed(shop(JdShopReviewsSpider), wrapped)) == plain


def test_jd_newer_gateway_signs_headers():
    (call,) = first_calls(shop(JdShopReviewsSpider, style="header"))
    assert call.url == "https://api-cn.jd.com"
    assert call.headers[b"X-Jos-App-Key"] == b"12345678"
    assert call.headers[b"X-Jos-Sign"]
    assert "sign" not in form(call)


def test_kuaishou_reviews_have_scores_and_no_buyer():
    one = shop(KuaishouReviewsSpider)
    first, second = records(parsed(one, sample("kuaishou_reviews"), page=0))
    assert first == {
        "platform": "shop",
        "kind": "review",
        "native_id": "810001",
        "text": "吸力变小了",
        "rating": 1,
        "author": "匿名用户",
        "product_id": "2001",
        "published_at": 1705293005000,
        "extra": {
            "sku": "3001",
            "service_score": 3,
            "logistics_score": 5,
            "pictures": 1,
            "reply": "请联系客服",
        },
    }
    assert clean(second, now=NOW).rating == 5
    assert "4001" not in str(first)


def test_kuaishou_pages_are_offsets_of_twenty():
    one = shop(KuaishouReviewsSpider)
    data = sample("kuaishou_reviews")
    data["data"]["total"] = 45
    *_, call = parsed(one, data, page=0)
    assert '"offset":40' in form(call)["param"]
    assert '"limit":20' in form(call)["param"]


@pytest.mark.parametrize(
    ("spider", "name", "path", "key"),
    [
        (TaobaoReviewsSpider, "taobao_reviews", ["traderates_get_response", "trade_rates", "trade_rate"], "oid"),
        (JdShopReviewsSpider, "jd_reviews", ["jingdong_pop_PopCommentJsfService_getVenderCommentsForJos_responce", "comments"], "commentId"),
        (KuaishouReviewsSpider, "kuaishou_reviews", ["data", "rootComment"], "commentId"),
    ],
)  # fmt: skip
def test_a_row_without_its_id_is_refused_and_the_rest_goes_on(spider, name, path, key):
    data = sample(name)
    rows = data
    for step in path:
        rows = rows[step]
    del rows[0][key]
    refused, record, *_ = parsed(shop(spider), data, page=0)
    assert isinstance(refused, Refused)
    assert record["kind"] == "review"


@pytest.mark.parametrize(
    "spider", [TaobaoReviewsSpider, JdShopReviewsSpider, KuaishouReviewsSpider]
)
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("[]", BlockReason.SHAPE),
        ("3", BlockReason.SHAPE),
        ("null", BlockReason.SHAPE),
        ('{"result":1,"jingdong_x_responce":{"code":"0"}}', BlockReason.SHAPE),
        ("<html><title>维护中</title></html>", BlockReason.NOT_JSON),
        ('{"traderates_get', BlockReason.NOT_JSON),
    ],
)
def test_an_answer_that_is_none_blocks(spider, body, reason):
    one = shop(spider)
    with pytest.raises(CloseSpider):
        parsed(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize(
    ("spider", "body", "reason", "wait"),
    [
        (TaobaoReviewsSpider, {"error_response": {"code": 27, "sub_code": "session-expired"}}, "login", None),
        (TaobaoReviewsSpider, {"error_response": {"code": 7, "sub_msg": "This ban will last for 9 more seconds"}}, "rate", 9),
        (TaobaoReviewsSpider, {"error_response": {"code": 25}}, "signature", None),
        (JdShopReviewsSpider, {"error_response": {"code": "19", "zh_desc": "无效access_token"}}, "login", None),
        (KuaishouReviewsSpider, {"result": 24, "error_msg": "sign error"}, "signature", None),
    ],
)  # fmt: skip
def test_the_platforms_refusals_end_the_run_with_their_reason(spider, body, reason, wait):
    one = shop(spider)
    with pytest.raises(CloseSpider):
        parsed(one, body)
    assert (one.blocked.reason, one.blocked.retry_after) == (BlockReason(reason), wait)


def _text(name):
    return (PAGES / "shops" / f"{name}.json").read_text(encoding="utf-8")
