"""A 抖店 shop's paid orders: from answers to exact counts."""

import json
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen
from crawlers.drafts import Refused
from crawlers.models import AfterSale, BlockReason
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from crawlers.spiders.shops.doudian_refunds import DoudianRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import first_calls, marks, parsed, sample, shop, walked, window

DAY = timedelta(days=1)
SATURDAY = datetime(2024, 1, 12, 16, tzinfo=UTC)  # 2024-01-13 in Shanghai
EVENING = 1705161500  # of SATURDAY, 23:58:20
COUNTS = [
    OrdersSeen("shop", "366020", date(2024, 1, 13), 1, marks("doudian", "6901")),
    OrdersSeen("shop", "366020", date(2024, 1, 14), 1, marks("doudian", "6911")),
    OrdersSeen("shop", "366021", date(2024, 1, 13), 1, marks("doudian", "6903")),
]


def caught_up(**params):
    """Return a spider whose cases are read, and whose orders are up to SATURDAY."""
    until = {"until": NOW.isoformat(), "orders_until": SATURDAY.isoformat()}
    return shop(DoudianRefundsSpider, orders=True, checkpoint=until, **params)


def answered(**data):
    return {"code": 10000, "msg": "success", "data": data}


def nothing(call):
    if call.cb_kwargs["walk"] == "until":
        return answered(total=0, has_more=False, items=[])
    return answered(page=0, size=100, total=0, shop_order_list=[])


def on_saturday(answer):
    """Answer the orders of SATURDAY with this, and all else with nothing."""
    return lambda call: answer if window(call).start == SATURDAY else nothing(call)


def orders(*rows):
    return answered(page=0, size=100, total=len(rows), shop_order_list=list(rows))


def order(line=None, **changes):
    own = {"order_id": "6911", "product_id": 366020, "pay_time": EVENING + 9} | (line or {})
    row = {"order_id": "6910", "pay_time": EVENING + 9, "create_time": EVENING}
    return row | {"sku_order_list": [own]} | changes


def calls_for_orders(of):
    """Return the calls that a spider makes for orders when all answers are empty."""
    calls = []

    def answer(call):
        calls.append(call)
        return nothing(call)

    walked(of, answer)
    return [call for call in calls if call.cb_kwargs["walk"] == "orders_until"]


def test_paid_lines_are_counted_by_product_and_day_of_payment():
    one = caught_up()
    assert walked(one, on_saturday(sample("doudian_orders"))) == COUNTS
    assert one.checkpoint == {"until": NOW.isoformat(), "orders_until": NOW.isoformat()}
    assert one.rows_seen == 4


@pytest.mark.parametrize("never", [0, "0", None, ""])
@pytest.mark.parametrize("status", [1, 4])
def test_what_was_never_paid_is_not_counted(never, status):
    row = order({"pay_time": never}, pay_time=never, order_status=status)
    assert walked(caught_up(), on_saturday(orders(row))) == []


def test_what_was_paid_and_then_cancelled_is_counted():
    row = order({"after_sale_info": {"after_sale_status": 12}}, order_status=4)
    (count,) = walked(caught_up(), on_saturday(orders(row)))
    assert count.lines == 1


def test_a_line_without_its_own_time_was_paid_with_its_order():
    row = order({"pay_time": 0}, pay_time=EVENING + 100)
    (count,) = walked(caught_up(), on_saturday(orders(row)))
    assert count.day == date(2024, 1, 14)


def test_orders_are_left_alone_unless_asked():
    assert list(shop(DoudianRefundsSpider).walks) == ["until"]
    assert list(shop(DoudianRefundsSpider, orders=False).walks) == ["until"]


def test_what_is_asked_for_orders():
    call = next(one for one in calls_for_orders(caught_up()) if window(one).start == SATURDAY)
    parts = urlsplit(call.url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://openapi-fxg.jinritemai.com/order/searchList"
    )
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    assert {name: query[name] for name in query.keys() - {"sign"}} == {
        "app_key": "12345678",
        "method": "order.searchList",
        "access_token": "shop-token",
        "timestamp": "1705725000",
        "v": "2",
        "sign_method": "hmac-sha256",
    }
    assert json.loads(call.body) == {
        "create_time_start": 1705075200,
        "create_time_end": 1705161600,
        "order_by": "create_time",
        "order_asc": True,
        "page": 0,
        "size": 100,
    }


def test_orders_are_read_in_days_of_shanghai_from_three_days_before():
    windows = [window(call) for call in calls_for_orders(caught_up())]
    assert windows[0].start == SATURDAY - 3 * DAY
    assert windows[-1].end == NOW
    assert [one.end - one.start for one in windows[:-1]] == [DAY] * 10


def test_orders_older_than_90_days_are_not_asked_for():
    one = caught_up(since=NOW - 365 * DAY)
    one.walks["until"].reach = timedelta()
    first = window(calls_for_orders(one)[0]).start
    assert NOW - 90 * DAY < first <= NOW - 89 * DAY


def test_a_day_is_counted_only_with_the_orders_of_three_days_before_it():
    late = order({"pay_time": EVENING + 5}, pay_time=EVENING + 5)
    one = shop(DoudianRefundsSpider, orders=True, since=SATURDAY - 2 * DAY)
    assert walked(one, on_saturday(orders(late))) == []


def test_pages_of_orders_are_read_from_the_last_back_to_the_first():
    answer = sample("doudian_orders")
    answer["data"]["total"] = 201
    pages = []

    def answering(call):
        if window(call).start == SATURDAY:
            pages.append(json.loads(call.body)["page"])
        return on_saturday(answer)(call)

    assert walked(caught_up(), answering) == COUNTS  # seen four times, counted once
    assert pages == [0, 2, 1, 0]


def test_a_day_with_too_many_orders_is_halved():
    answer = sample("doudian_orders")
    answer["data"]["total"] = 5001
    half, *others = parsed(caught_up(), answer, page=0, walk="orders_until")
    assert others == []
    assert window(half).end - window(half).start == DAY / 2


@pytest.mark.parametrize(
    "bad",
    [
        order({"order_id": None}),
        order({"product_id": None}),
        order({"product_id": True}),
        order({"pay_time": "nonsense"}),
        order({"pay_time": -5}),
        order(sku_order_list=None),
        order(sku_order_list=["x"]),
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_the_rest_is_counted(bad):
    good = order({"order_id": "6912"})
    refused, count = walked(caught_up(), on_saturday(orders(bad, good)))
    assert isinstance(refused, Refused)
    assert refused.reason
    assert (count.product_id, count.lines) == ("366020", 1)


def test_a_refused_order_is_kept_without_what_tells_of_its_buyer():
    answer = sample("doudian_orders")
    answer["data"]["shop_order_list"][0]["sku_order_list"][1]["product_id"] = None
    refused, *_ = walked(caught_up(), on_saturday(answer))
    assert refused.record == {
        "pay_time": 1705161599,
        "sku_order_list": [
            {"product_id": 366020, "pay_time": 1705161599},
            {"product_id": None, "pay_time": 1705161599},
        ],
    }


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"code": 30001, "sub_code": "isv.app-permissions-insufficient"}, BlockReason.FORBIDDEN),
        ({"code": 40003, "sub_msg": "access_token已过期"}, BlockReason.LOGIN),
        ({"code": 40003, "sub_msg": "签名校验失败"}, BlockReason.SIGNATURE),
        ({"code": 50002, "msg": "接口调用过于频繁"}, BlockReason.RATE),
        ({"code": 20000, "msg": "系统错误"}, BlockReason.UNREACHABLE),
        ({"code": 40004, "msg": "非法的参数"}, BlockReason.SHAPE),
        ({"code": 10000, "data": None}, BlockReason.SHAPE),
        ({"code": 10000, "data": {"shop_order_list": []}}, BlockReason.SHAPE),
        ({"code": 10000, "data": {"shop_order_list": "x", "total": 1}}, BlockReason.SHAPE),
    ],
)
def test_what_is_no_list_of_orders_ends_the_run(answer, reason):
    one = caught_up()
    with pytest.raises(CloseSpider):
        walked(one, on_saturday(answer))
    assert one.blocked.reason is reason


@pytest.mark.django_db
def test_cases_learn_the_day_of_their_order():
    cases = sample("doudian_refunds")
    del cases["data"]["items"][0]["order_info"]["related_order_info"][0]["create_time"]
    found = parsed(caught_up(), cases, page=0)
    save_batch([one for one in found if isinstance(one, AfterSaleSeen)], now=NOW)
    save_batch(walked(caught_up(), on_saturday(sample("doudian_orders"))), now=NOW)
    assert list(AfterSale.objects.order_by("native_id").values_list("native_id", "ordered_on")) == [
        ("7100", date(2024, 1, 13)),
        ("7101", None),
    ]


def test_the_walk_of_orders_follows_that_of_the_cases():
    (call,) = first_calls(caught_up())
    assert urlsplit(call.url).path == "/afterSale/List"
