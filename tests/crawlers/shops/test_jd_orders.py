"""A JD shop's paid orders: from answers to exact counts."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen
from crawlers.drafts import Refused
from crawlers.models import AfterSale, BlockReason
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from crawlers.spiders.base import BadParams
from crawlers.spiders.shops.jd_refunds import JdRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import form, marks, parsed, sample, shop, walked, window

DAY = timedelta(days=1)
SUNDAY = datetime(2024, 1, 13, 16, tzinfo=UTC)  # 2024-01-14 in Shanghai
FIRST, SECOND = (marks("jd", f"28000000{n}") for n in (1, 3))
COUNTS = [
    OrdersSeen("shop", "100001", date(2024, 1, 14), 1, FIRST),
    OrdersSeen("shop", "100001", date(2024, 1, 15), 1, SECOND),
    OrdersSeen("shop", "100002", date(2024, 1, 14), 1, FIRST),
]


def spider(**params):
    """Return a spider whose bills are read, with orders counted up to SUNDAY."""
    until = {"until": NOW.isoformat(), "orders_until": SUNDAY.isoformat()}
    return shop(JdRefundsSpider, orders=True, checkpoint=until, **params)


def listed(*rows, total=None, **result):
    found = {"orderTotal": len(rows) if total is None else total, "orderInfoList": list(rows)}
    answer = {"code": "0", "searchorderinfo_result": found | result}
    return {"jingdong_pop_order_search_responce": answer}


def nothing(call):
    if call.cb_kwargs["walk"] == "until":
        return {"x_responce": {"code": "0", "pageResult": {"totalCount": 0, "data": []}}}
    return listed()


def on_sunday(answer):
    """Answer the orders placed on SUNDAY with this, all else with nothing."""

    def answering(call):
        orders = call.cb_kwargs["walk"] == "orders_until"
        return answer if orders and window(call).start == SUNDAY else nothing(call)

    return answering


def order(**changes):
    return {
        "orderId": "280000001",
        "paymentConfirmTime": "2024-01-14 23:59:59",
        "itemInfoList": [{"wareId": "100001", "skuId": "10000101"}],
    } | changes


def business(call):
    return json.loads(form(call)["360buy_param_json"])


def orders_calls(one):
    """Return the calls for orders when all answers are empty."""
    calls = []
    walked(one, lambda call: calls.append(call) or nothing(call))
    return [call for call in calls if call.cb_kwargs["walk"] == "orders_until"]


def test_paid_orders_are_counted_once_per_product_by_the_day_of_payment():
    one = spider()
    assert walked(one, on_sunday(sample("jd_orders"))) == COUNTS
    assert one.checkpoint == {"until": NOW.isoformat(), "orders_until": NOW.isoformat()}
    assert one.rows_seen == 4


def test_what_is_asked_for_orders():
    first = orders_calls(spider())[0]
    assert form(first)["method"] == "jingdong.pop.order.search"
    assert business(first) == {
        "start_date": "2024-01-11 00:00:00",
        "end_date": "2024-01-12 00:00:00",
        "order_state": "WAIT_SELLER_STOCK_OUT,WAIT_SELLER_DELIVERY,WAIT_GOODS_RECEIVE_CONFIRM,"
        "FINISHED_L,TRADE_CANCELED,LOCKED,PAUSE,POP_ORDER_PAUSE",
        "optional_fields": "orderId,paymentConfirmTime,itemInfoList",
        "dateType": 1,
        "sortType": 0,
        "page": "1",
        "page_size": "50",
    }


def test_windows_of_orders_are_days():
    windows = [window(call) for call in orders_calls(spider())]
    assert windows[-1].end == NOW
    assert [one.end - one.start for one in windows[:-1]] == [DAY] * 9


def test_pages_of_orders_are_read_from_the_last_back_to_the_first():
    answer = sample("jd_orders")
    (answer["jingdong_pop_order_search_responce"])["searchorderinfo_result"]["orderTotal"] = 101
    pages = []

    def answering(call):
        if call.cb_kwargs["walk"] == "orders_until" and window(call).start == SUNDAY:
            pages.append(business(call)["page"])
        return on_sunday(answer)(call)

    assert walked(spider(), answering) == COUNTS  # seen thrice, counted once
    assert pages == ["1", "3", "2", "1"]


def test_a_day_with_too_many_orders_is_halved():
    (half,) = parsed(spider(), listed(order(), total="5001"), walk="orders_until")
    assert window(half).end - window(half).start == DAY / 2


def test_orders_are_left_alone_unless_asked():
    assert list(shop(JdRefundsSpider).walks) == ["until"]
    assert list(shop(JdRefundsSpider, orders=False).walks) == ["until"]


def test_the_number_by_which_orders_are_counted_may_be_the_sku():
    found = walked(spider(order_product="skuId"), on_sunday(listed(order())))
    assert [(count.product_id, count.lines) for count in found] == [("10000101", 1)]
    with pytest.raises(BadParams, match="order_product"):
        shop(JdRefundsSpider, order_product="name")


@pytest.mark.parametrize("paid_at", [None, "", "0001-01-01 00:00:00"])
def test_what_was_not_paid_is_not_counted(paid_at):
    assert walked(spider(), on_sunday(listed(order(paymentConfirmTime=paid_at)))) == []


def test_what_was_paid_and_then_cancelled_is_counted():
    (count,) = walked(spider(), on_sunday(listed(order(orderState="TRADE_CANCELED"))))
    assert count.lines == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"orderId": None},
        {"paymentConfirmTime": "nonsense"},
        {"paymentConfirmTime": ["2024-01-14"]},
        {"itemInfoList": None},
        {"itemInfoList": "x"},
        {"itemInfoList": [{}]},
        {"itemInfoList": [{"wareId": ""}]},
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_the_rest_is_counted(changes):
    private = {
        "pin": "jd_pin",
        "consigneeInfo": {"fullname": "张三", "mobile": "13800000000"},
        "orderRemark": "放门口",
        "venderRemark": "老客户",
    }
    bad = order(orderId="280000009") | private | changes
    refused, count = walked(spider(), on_sunday(listed(bad, order())))
    assert isinstance(refused, Refused)
    assert refused.reason
    assert (count.product_id, count.lines) == ("100001", 1)
    kept = str(refused.record)
    words = ("jd_pin", "张三", "138", "门口", "老客户", "280000009")
    assert not [word for word in words if word in kept]


@pytest.mark.parametrize("success", [False, "false"])
def test_a_refusal_within_the_answer_blocks(success):
    one = spider()
    refused = {"success": success, "numberErrCode": "8", "chineseErrCode": "没有查询订单的权限"}
    with pytest.raises(CloseSpider):
        parsed(one, listed(total=0, apiResult=refused), walk="orders_until")
    assert one.blocked.reason is BlockReason.FORBIDDEN
    assert "没有查询订单的权限" in one.blocked.detail


@pytest.mark.parametrize("total", ["many", -1, True])
def test_an_answer_that_does_not_say_how_many_orders_blocks(total):
    one = spider()
    with pytest.raises(CloseSpider):
        parsed(one, listed(order(), total=total), walk="orders_until")
    assert one.blocked.reason is BlockReason.SHAPE


@pytest.mark.django_db
def test_bills_learn_the_day_of_their_order():
    found = parsed(spider(), sample("jd_refunds"))
    save_batch([one for one in found if isinstance(one, AfterSaleSeen)], now=NOW)
    save_batch(walked(spider(), on_sunday(sample("jd_orders"))), now=NOW)
    days = AfterSale.objects.order_by("native_id").values_list("native_id", "ordered_on")
    assert list(days) == [("7001", date(2024, 1, 14)), ("7002", None)]
