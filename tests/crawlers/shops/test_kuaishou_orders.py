"""A Kuaishou shop's paid orders: from answers to exact counts."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen
from crawlers.drafts import Refused
from crawlers.models import AfterSale, BlockReason
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from crawlers.spiders.shops.kuaishou_refunds import KuaishouRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import form, marks, parsed, sample, shop, walked, window

DAY = timedelta(days=1)
SUNDAY = datetime(2024, 1, 13, 16, tzinfo=UTC)  # 2024-01-14 in Shanghai
COUNTS = [
    OrdersSeen("shop", "2001", date(2024, 1, 14), 1, marks("kuaishou", "4001")),
    OrdersSeen("shop", "2001", date(2024, 1, 15), 1, marks("kuaishou", "4003")),
    OrdersSeen("shop", "2002", date(2024, 1, 14), 1, marks("kuaishou", "4004")),
]


def spider(**params):
    """Return a spider whose refunds are read, with orders counted up to SUNDAY."""
    until = {"until": NOW.isoformat(), "orders_until": SUNDAY.isoformat()}
    return shop(KuaishouRefundsSpider, orders=True, checkpoint=until, **params)


def listed(*rows, cursor="nomore"):
    return {"result": 1, "data": {"cursor": cursor, "orderList": list(rows)}}


def nothing(call):
    if call.cb_kwargs["walk"] == "until":
        return {"result": 1, "data": {"pcursor": "nomore", "refundOrderInfoList": []}}
    return listed()


def on_sunday(*answers):
    """Answer the orders placed on SUNDAY with these, one after the other; all else with nothing."""
    left = iter(answers)

    def answer(call):
        orders = call.cb_kwargs["walk"] == "orders_until"
        return next(left) if orders and window(call).start == SUNDAY else nothing(call)

    return answer


def last_page():
    page = sample("kuaishou_orders")
    page["data"]["cursor"] = "nomore"
    return page


def order(**changes):
    return {
        "orderBaseInfo": {"oid": 4001, "payTime": 1705247999000},
        "orderItemInfo": {"itemId": 2001},
        "orderRefundList": [],
    } | changes


def test_paid_orders_are_counted_by_item_and_day_of_payment():
    one = spider()
    assert walked(one, on_sunday(last_page())) == COUNTS
    assert one.checkpoint == {"until": NOW.isoformat(), "orders_until": NOW.isoformat()}
    assert one.rows_seen == 5


def test_cursors_are_followed_to_nomore_and_an_order_seen_twice_counts_once():
    cursors = []

    def answer(call):
        if call.cb_kwargs["walk"] == "orders_until" and window(call).start == SUNDAY:
            cursors.append(json.loads(form(call)["param"])["cursor"])
        return answers(call)

    answers = on_sunday(sample("kuaishou_orders"), last_page())
    assert walked(spider(), answer) == COUNTS
    assert cursors == ["", "1705247999000_5"]


def test_what_is_asked_for_orders():
    calls = []
    walked(spider(), lambda call: calls.append(call) or nothing(call))
    first = next(call for call in calls if call.cb_kwargs["walk"] == "orders_until")
    assert first.url.startswith("https://openapi.kwaixiaodian.com/open/order/cursor/list?")
    assert json.loads(form(first)["param"]) == {
        "orderViewStatus": 1,
        "cpsType": 0,
        "queryType": 1,
        "beginTime": 1704902400000,  # 2024-01-11 in Shanghai, three days before
        "endTime": 1704988800000,
        "sort": 2,
        "pageSize": 50,
        "cursor": "",
    }


def test_windows_of_orders_are_days_within_the_last_ninety():
    one = spider(since=NOW - 365 * DAY)
    one.walks["until"].reach = timedelta()
    windows = []
    walked(one, lambda call: windows.append(window(call)) or nothing(call))
    assert NOW - 90 * DAY < windows[0].start <= NOW - 89 * DAY
    assert all(one.end - one.start <= DAY for one in windows)


def test_a_day_with_too_many_orders_is_halved():
    whole = sample("kuaishou_orders")
    (half,) = parsed(spider(), whole, page="x", walk="orders_until", read=100)
    assert window(half).end - window(half).start == DAY / 2
    assert json.loads(form(half)["param"])["cursor"] == ""


def test_orders_are_left_alone_unless_asked():
    assert list(shop(KuaishouRefundsSpider).walks) == ["until"]
    assert list(shop(KuaishouRefundsSpider, orders=False).walks) == ["until"]


@pytest.mark.parametrize(
    "base", [{"oid": 1}, {"oid": 1, "payTime": 0}, {"oid": 1, "payTime": None}]
)
def test_what_was_not_paid_is_not_counted(base):
    assert walked(spider(), on_sunday(listed(order(orderBaseInfo=base)))) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"orderBaseInfo": None},
        {"orderBaseInfo": {"payTime": 1705247999000}},
        {"orderBaseInfo": {"oid": "", "payTime": 1705247999000}},
        {"orderBaseInfo": {"oid": 4001, "payTime": "nonsense"}},
        {"orderItemInfo": {}},
        {"orderItemInfo": {"itemId": [2001]}},
        {"orderItemInfo": {"itemId": "2\x001"}},
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_the_rest_is_counted(changes):
    bad = sample("kuaishou_orders")["data"]["orderList"][0] | changes
    refused, count = walked(spider(), on_sunday(listed(bad, order())))
    assert isinstance(refused, Refused)
    assert refused.reason
    assert (count.product_id, count.lines) == ("2001", 1)
    kept = str(refused.record)
    assert not [word for word in ("138", "张", "buyer", "浙江", "老客户", "4001") if word in kept]


@pytest.mark.parametrize("cursor", [None, 7, ["x"], "a\nb"])
def test_a_cursor_that_is_none_blocks(cursor):
    one = spider()
    with pytest.raises(CloseSpider):
        parsed(one, listed(order(), cursor=cursor), page="", walk="orders_until")
    assert one.blocked.reason is BlockReason.SHAPE


@pytest.mark.django_db
def test_refunds_learn_the_day_of_their_order():
    found = parsed(spider(), sample("kuaishou_refunds"), page="")
    save_batch([one for one in found if isinstance(one, AfterSaleSeen)], now=NOW)
    save_batch(walked(spider(), on_sunday(last_page())), now=NOW)
    days = AfterSale.objects.order_by("native_id").values_list("native_id", "ordered_on")
    assert list(days) == [("5001", date(2024, 1, 14)), ("5002", None)]
