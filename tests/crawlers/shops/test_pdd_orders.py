"""A Pinduoduo shop's paid orders: from answers to exact counts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen
from crawlers.drafts import Refused
from crawlers.models import AfterSale, BlockReason
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from crawlers.spiders.shops.pdd_refunds import PddRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import first_calls, form, marks, parsed, sample, shop, walked, window

DAY = timedelta(days=1)
MONDAY = datetime(2024, 1, 14, 16, tzinfo=UTC)  # 2024-01-15 in Shanghai
COUNTS = [
    OrdersSeen("shop", "51", date(2024, 1, 15), 2, marks("pdd", "240115-001", "240115-003")),
    OrdersSeen("shop", "51", date(2024, 1, 16), 1, marks("pdd", "240116-001")),
    OrdersSeen("shop", "52", date(2024, 1, 15), 1, marks("pdd", "240115-003")),
    OrdersSeen("shop", "53", date(2024, 1, 15), 1, marks("pdd", "240114-009")),
]


def caught_up(**params):
    """Return a spider whose cases are read, with orders to read since MONDAY."""
    until = {"until": NOW.isoformat(), "orders_until": MONDAY.isoformat()}
    return shop(PddRefundsSpider, orders=True, checkpoint=until, **params)


def nothing(call):
    if call.cb_kwargs["walk"] == "until":
        return {"refund_increment_get_response": {"total_count": 0, "refund_list": []}}
    return {"order_basic_list_get_response": {"total_count": 0, "order_list": []}}


def on_monday(answer):
    """Answer the orders of MONDAY with this, and all else with nothing."""
    return lambda call: answer if window(call).start == MONDAY else nothing(call)


def orders(*rows):
    return {"order_basic_list_get_response": {"total_count": len(rows), "order_list": list(rows)}}


def order(**changes):
    return {
        "order_sn": "240115-001",
        "confirm_time": "2024-01-15 08:00:00",
        "refund_status": 1,
        "trade_type": 0,
        "item_list": [{"goods_id": "51"}],
    } | changes


def calls_for_orders(of):
    """Return the calls that a spider makes for orders when all answers are empty."""
    calls = []

    def answer(call):
        calls.append(call)
        return nothing(call)

    walked(of, answer)
    return [call for call in calls if call.cb_kwargs["walk"] == "orders_until"]


def test_paid_lines_are_counted_by_product_and_day_of_the_deal():
    one = caught_up()
    assert walked(one, on_monday(sample("pdd_orders"))) == COUNTS
    assert one.checkpoint == {"until": NOW.isoformat(), "orders_until": NOW.isoformat()}
    assert one.rows_seen == 5


def test_an_order_by_deposit_counts_once_the_rest_is_paid():
    rest = {"trade_type": 1, "step_order_info": {"step_trade_status": 1}}
    assert walked(caught_up(), on_monday(orders(order(**rest)))) == []
    rest["step_order_info"]["step_trade_status"] = 2
    (count,) = walked(caught_up(), on_monday(orders(order(**rest))))
    assert (count.product_id, count.lines) == ("51", 1)


def test_a_deposits_state_says_nothing_about_an_ordinary_order():
    row = order(step_order_info={"step_trade_status": 0})
    (count,) = walked(caught_up(), on_monday(orders(row)))
    assert count.lines == 1


def test_an_order_counts_once_per_product_however_many_variants_it_has():
    row = order(item_list=[{"goods_id": "51"}, {"goods_id": 51}, {"goods_id": "52"}])
    found = walked(caught_up(), on_monday(orders(row, row)))
    assert [(count.product_id, count.lines) for count in found] == [("51", 1), ("52", 1)]


def test_orders_are_left_alone_unless_asked():
    assert list(shop(PddRefundsSpider).walks) == ["until"]
    assert list(shop(PddRefundsSpider, orders=False).walks) == ["until"]


def test_what_is_asked_for_orders():
    call = calls_for_orders(caught_up())[0]
    asked = form(call)
    assert call.url == "https://gw-api.pinduoduo.com/api/router"
    assert {name: asked[name] for name in asked.keys() - {"sign"}} == {
        "type": "pdd.order.basic.list.get",
        "client_id": "12345678",
        "access_token": "shop-token",
        "timestamp": "1705725000",
        "data_type": "JSON",
        "start_confirm_at": "1705161600",
        "end_confirm_at": "1705248000",
        "order_status": "5",
        "refund_status": "5",
        "page": "1",
        "page_size": "100",
    }


def test_orders_are_read_in_days_of_shanghai_that_never_pass_24_hours():
    windows = [window(call) for call in calls_for_orders(caught_up())]
    assert windows[0].start == MONDAY - DAY  # ten minutes back, and from there to midnight
    assert windows[-1].end == NOW
    assert [one.end - one.start for one in windows[:-1]] == [DAY] * 6


def test_orders_of_three_months_at_most_are_asked_for():
    one = caught_up(since=NOW - 365 * DAY)
    one.walks["until"].reach = timedelta()
    first = window(calls_for_orders(one)[0]).start
    assert NOW - 90 * DAY < first <= NOW - 89 * DAY


def test_pages_of_orders_are_read_from_the_last_back_to_the_first():
    answer = sample("pdd_orders")
    answer["order_basic_list_get_response"]["total_count"] = 201
    pages = []

    def answering(call):
        if window(call).start == MONDAY:
            pages.append(form(call)["page"])
        return on_monday(answer)(call)

    assert walked(caught_up(), answering) == COUNTS  # seen thrice, counted once
    assert pages == ["1", "3", "2", "1"]


def test_a_day_with_too_many_orders_is_halved():
    answer = sample("pdd_orders")
    answer["order_basic_list_get_response"]["total_count"] = 5001
    half, *others = parsed(caught_up(), answer, walk="orders_until")
    assert others == []
    assert window(half).end - window(half).start == DAY / 2


@pytest.mark.parametrize(
    "changes",
    [
        {"order_sn": None},
        {"confirm_time": "nonsense"},
        {"confirm_time": None},
        {"item_list": None},
        {"item_list": [{"goods_id": ""}]},
        {"item_list": [{}]},
        {"trade_type": 1},
    ],
)
def test_an_order_that_cannot_be_read_is_refused_and_the_rest_is_counted(changes):
    bad = order(receiver_name="张三", receiver_phone="13800000000", remark="送到门口") | changes
    refused, count = walked(caught_up(), on_monday(orders(bad, order(order_sn="240115-002"))))
    assert isinstance(refused, Refused)
    assert refused.reason
    assert (count.product_id, count.lines) == ("51", 1)
    kept = str(refused.record)
    assert not [word for word in ("张三", "1380", "门口", "240115-001") if word in kept]


@pytest.mark.parametrize(
    ("code", "words", "reason", "wait"),
    [
        (10019, "access_token已过期", BlockReason.LOGIN, None),
        (20004, "签名sign校验失败", BlockReason.SIGNATURE, None),
        (20031, "用户没有授权访问此接口", BlockReason.FORBIDDEN, None),
        (30000, "没有调用此target接口权限", BlockReason.FORBIDDEN, None),
        (52101, "当前接口被限流，请稍后重试", BlockReason.RATE, None),
        (70031, "调用过于频繁，请调整调用频率", BlockReason.RATE, 60),
    ],
)
def test_a_refusal_of_the_orders_ends_the_run(code, words, reason, wait):
    one = caught_up()
    answer = {"error_response": {"error_code": code, "error_msg": words, "sub_code": None}}
    with pytest.raises(CloseSpider):
        walked(one, on_monday(answer))
    assert (one.blocked.reason, one.blocked.retry_after) == (reason, wait)


@pytest.mark.parametrize("total", [None, "many", -1, True])
def test_an_answer_that_does_not_say_how_many_orders_blocks(total):
    one = caught_up()
    answer = {"order_basic_list_get_response": {"total_count": total, "order_list": []}}
    with pytest.raises(CloseSpider):
        parsed(one, answer, walk="orders_until")
    assert one.blocked.reason is BlockReason.SHAPE


@pytest.mark.parametrize(
    ("order_sn", "day"),
    [
        ("240115-001", date(2024, 1, 15)),
        ("231231-987654321098765", date(2023, 12, 31)),
        ("240199-001", None),
        ("991231-001", None),  # still to come
        ("XP24011500123", None),
        ("", None),
    ],
)
def test_a_case_takes_the_day_of_its_order_from_the_orders_number(order_sn, day):
    answer = sample("pdd_refunds")
    answer["refund_increment_get_response"]["refund_list"][0]["order_sn"] = order_sn
    first, *_ = parsed(caught_up(), answer)
    assert first.ordered_on == day


@pytest.mark.django_db
def test_cases_whose_number_tells_no_day_learn_it_from_the_orders():
    cases, answer = sample("pdd_refunds"), sample("pdd_orders")
    cases["refund_increment_get_response"]["refund_list"][0]["order_sn"] = "XP1"
    answer["order_basic_list_get_response"]["order_list"][0]["order_sn"] = "XP1"
    found = parsed(caught_up(), cases)
    save_batch([one for one in found if isinstance(one, AfterSaleSeen)], now=NOW)
    assert AfterSale.objects.get(native_id="880001").ordered_on is None
    save_batch(walked(caught_up(), on_monday(answer)), now=NOW)
    assert AfterSale.objects.get(native_id="880001").ordered_on == date(2024, 1, 15)


def test_the_walk_of_orders_follows_that_of_the_cases():
    (call,) = first_calls(caught_up())
    assert form(call)["type"] == "pdd.refund.list.increment.get"
