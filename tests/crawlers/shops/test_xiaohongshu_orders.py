"""A Xiaohongshu shop's paid orders: from a list and each order's details to exact counts."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen
from crawlers.drafts import Refused
from crawlers.models import AfterSale, BlockReason
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from crawlers.spiders.shops.xiaohongshu_refunds import XiaohongshuRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import marks, parsed, sample, shop, walked, window

DAY = timedelta(days=1)
SUNDAY = datetime(2024, 1, 13, 16, tzinfo=UTC)  # 2024-01-14 in Shanghai
PAID = 1705247999000  # in the last second of SUNDAY


def spider(*, orders_until=SUNDAY, **params):
    """Return a spider whose cases are read, with orders counted up to then."""
    until = {"until": NOW.isoformat(), "orders_until": orders_until.isoformat()}
    return shop(XiaohongshuRefundsSpider, orders=True, checkpoint=until, **params)


def body(call):
    return json.loads(call.body)


def listed(*rows, total=None):
    found = {"total": len(rows) if total is None else total, "orderList": list(rows)}
    return {"success": True, "error_code": 0, "data": found}


def order(**changes):
    return {"orderId": "P7001", "orderType": 1, "paidTime": PAID} | changes


def goods(*skus, **changes):
    return {"success": True, "data": {"orderAfterSalesStatus": 1, "skuList": list(skus)} | changes}


class Platform:
    """Answers with the list for SUNDAY and the goods of each order; keeps the calls for orders."""

    def __init__(self, orders, details):
        self.orders, self.details = orders, details
        self.asked = []

    def __call__(self, call):
        asked = body(call)
        if asked["method"] == "afterSale.listAfterSaleInfos":
            return {"success": True, "data": {"totalCount": 0, "afterSaleBasicInfos": []}}
        self.asked.append(call)
        if asked["method"] == "order.getOrderDetail":
            return self.details[asked["orderId"]]
        return self.orders if window(call).start == SUNDAY else listed()

    def detailed(self):
        """Return the orders whose details were asked for."""
        return [body(call)["orderId"] for call in self.asked if "orderId" in body(call)]


def whole_platform():
    another = goods({"skuId": "S9001", "skuTag": 0}, {"skuId": "S9003"})
    details = {"P7001": sample("xiaohongshu_goods"), "P7003": another}
    return Platform(sample("xiaohongshu_orders"), details)


def test_paid_orders_are_counted_by_sku_and_day_of_payment():
    one, platform = spider(), whole_platform()
    first, second = (marks("xiaohongshu", order_id) for order_id in ("P7001", "P7003"))
    assert walked(one, platform) == [
        OrdersSeen("shop", "S9001", date(2024, 1, 14), 1, first),
        OrdersSeen("shop", "S9001", date(2024, 1, 15), 1, second),
        OrdersSeen("shop", "S9003", date(2024, 1, 15), 1, second),
    ]
    assert one.checkpoint == {"until": NOW.isoformat(), "orders_until": NOW.isoformat()}
    assert one.rows_seen == 5


def test_details_are_asked_for_paid_orders_alone_and_not_for_those_of_exchanges():
    platform = whole_platform()
    walked(spider(), platform)
    assert platform.detailed() == ["P7001", "P7003"]


def test_orders_paid_on_days_that_were_counted_before_are_not_asked_for_again():
    platform = whole_platform()
    (_, second) = walked(spider(orders_until=SUNDAY + DAY), platform)
    assert platform.detailed() == ["P7003"]
    assert (second.product_id, second.day) == ("S9003", date(2024, 1, 15))


def test_orders_paid_today_wait_until_the_day_is_over():
    today = int(NOW.timestamp()) * 1000
    platform = Platform(listed(order(paidTime=today)), {})
    assert walked(spider(), platform) == []
    assert platform.detailed() == []


def test_what_is_asked_for_orders():
    platform = whole_platform()
    walked(spider(), platform)
    system = {"appId", "timestamp", "version", "sign", "accessToken"}
    first = {name: value for name, value in body(platform.asked[0]).items() if name not in system}
    assert first == {
        "method": "order.getOrderList",
        "startTime": 1704902400,  # 2024-01-11 in Shanghai, three days before
        "endTime": 1704988800,
        "timeType": 1,
        "pageNo": 1,
        "pageSize": 100,
    }
    detail = next(body(call) for call in platform.asked if "orderId" in body(call))
    assert detail.keys() - system == {"method", "orderId"}


def test_windows_of_orders_never_pass_24_hours():
    platform = whole_platform()
    walked(spider(), platform)
    windows = [window(call) for call in platform.asked if "window" in call.cb_kwargs]
    assert windows[-1].end == NOW
    assert [one.end - one.start for one in windows[:-1]] == [DAY] * 9


def test_a_window_with_more_orders_than_a_run_can_ask_for_is_halved():
    (half,) = parsed(spider(), listed(order(), total=101), walk="orders_until")
    assert window(half).end - window(half).start == DAY / 2
    (detail,) = parsed(spider(), listed(order(), total=100), walk="orders_until")
    assert body(detail)["orderId"] == "P7001"


def test_orders_are_left_alone_unless_asked():
    assert list(shop(XiaohongshuRefundsSpider).walks) == ["until"]
    assert list(shop(XiaohongshuRefundsSpider, orders=False).walks) == ["until"]


@pytest.mark.parametrize(
    "changes",
    [
        {"orderId": None},
        {"orderId": "P\x007"},
        {"paidTime": "nonsense"},
        {"paidTime": 12},
        {"orderType": []},
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_the_rest_is_counted(changes):
    bad = sample("xiaohongshu_orders")["data"]["orderList"][0] | changes
    platform = Platform(listed(bad, order(orderId="P2")), {"P2": goods({"skuId": "S1"})})
    refused, count = walked(spider(), platform)
    assert isinstance(refused, Refused)
    assert refused.reason
    assert (count.product_id, count.lines) == ("S1", 1)
    kept = str(refused.record)
    assert not [word for word in ("138", "浙江", "老客户", "u1", "P7001") if word in kept]


@pytest.mark.parametrize(
    "skus", [None, "x", [None], [{}], [{"skuId": ""}], [{"skuId": "S1", "skuTag": "x"}]]
)
def test_goods_that_cannot_be_read_are_refused_and_the_rest_is_counted(skus):
    bad = sample("xiaohongshu_goods")
    bad["data"]["skuList"] = skus
    details = {"P7001": bad, "P2": goods({"skuId": "S1"})}
    refused, count = walked(spider(), Platform(listed(order(), order(orderId="P2")), details))
    assert isinstance(refused, Refused)
    assert (count.product_id, count.lines) == ("S1", 1)
    kept = str(refused.record)
    assert not [word for word in ("138", "浙江", "老客户", "u1", "P7001") if word in kept]


def test_an_order_whose_details_are_refused_is_said_and_the_rest_is_counted():
    gone = {"success": False, "error_code": -2000101, "error_msg": "包裹 P7001 不存在"}
    details = {"P7001": gone, "P2": goods({"skuId": "S1"})}
    refused, count = walked(spider(), Platform(listed(order(), order(orderId="P2")), details))
    assert "P7001" not in str(refused)
    assert (count.product_id, count.lines) == ("S1", 1)


def test_a_login_that_ends_within_the_details_blocks_and_the_window_is_read_again():
    one = spider()
    expired = {"success": False, "error_code": 1, "error_msg": "accessToken 已过期"}
    with pytest.raises(CloseSpider):
        walked(one, Platform(listed(order()), {"P7001": expired}))
    assert one.blocked.reason is BlockReason.LOGIN
    assert datetime.fromisoformat(one.checkpoint["orders_until"]) == SUNDAY


@pytest.mark.django_db
def test_cases_learn_the_day_of_their_order():
    basic = sample("xiaohongshu_list")
    cases = shop(XiaohongshuRefundsSpider)
    answers = {"afterSale.getAfterSaleInfo": sample("xiaohongshu_case")}
    none = {"success": True, "data": {"totalCount": 0, "afterSaleBasicInfos": []}}
    lists = iter([basic])

    def answer(call):
        return answers.get(body(call)["method"]) or next(lists, none)

    found = [one for one in walked(cases, answer) if isinstance(one, AfterSaleSeen)]
    save_batch(found, now=NOW)
    save_batch(walked(spider(), whole_platform()), now=NOW)
    days = AfterSale.objects.order_by("native_id").values_list("native_id", "ordered_on")
    assert list(days) == [("R1001", date(2024, 1, 14)), ("R1002", None)]
