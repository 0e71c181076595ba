"""Paid order lines are remembered, so that a case counts on the day its order was paid."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crawlers.after_sales import AfterSaleSeen, order_hash, seen
from crawlers.models import AfterSale, OrderCount, OrderLine
from crawlers.orders import OrdersSeen
from crawlers.return_rates import DayReturns, return_rates
from crawlers.saving import save_batch
from crawlers.spiders.shops.kuaishou_refunds import KuaishouRefundsSpider
from crawlers.spiders.shops.taobao_refunds import TaobaoRefundsSpider
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import marks, parsed, sample, shop, walked, window

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAID_ON = date(2024, 1, 14)
SUNDAY = datetime(2024, 1, 13, 16, tzinfo=UTC)  # PAID_ON in Shanghai
LATER = NOW + 11 * DAY
APPLIED = LATER - DAY  # ten days after the orders were read
MARK = order_hash("taobao", "3500002")
COUNT = OrdersSeen("taobao", "51", PAID_ON, 1, frozenset({MARK}))


def case(number: int | str = 1, **changes: Any) -> AfterSaleSeen:
    fields = {
        "platform": "taobao",
        "native_id": str(number),
        "type": "return",
        "state": "done",
        "goods_returned": True,
        "product_id": "51",
        "order_hash": MARK,
        "applied_at": APPLIED,
        "updated_at": APPLIED,
        "now": LATER,
    }
    return seen(**fields | changes)


def order_day(number: int = 1) -> date | None:
    return AfterSale.objects.get(native_id=str(number)).ordered_on


def taobao_orders(call: Any) -> Any:
    if call.cb_kwargs["walk"] == "until":
        return {"refunds_receive_get_response": {"total_results": 0}}
    found = window(call).start == SUNDAY
    return sample("taobao_orders") if found else {"trades_sold_get_response": {"total_results": 0}}


def taobao_refund() -> Any:
    answer = sample("taobao_refunds")
    rows = answer["refunds_receive_get_response"]["refunds"]["refund"]
    rows[0] |= {"created": "2024-01-30 12:30:00", "modified": "2024-01-30 12:30:00"}
    return answer


def kuaishou_orders(call: Any) -> Any:
    if call.cb_kwargs["walk"] == "until":
        return {"result": 1, "data": {"pcursor": "nomore", "refundOrderInfoList": []}}
    found = sample("kuaishou_orders")["data"]["orderList"] if window(call).start == SUNDAY else []
    return {"result": 1, "data": {"cursor": "nomore", "orderList": found}}


def kuaishou_refund() -> Any:
    answer, applied = sample("kuaishou_refunds"), int(APPLIED.timestamp() * 1000)
    answer["data"]["refundOrderInfoList"][0] |= {"submitTime": applied, "updateTime": applied}
    return answer


@pytest.mark.parametrize(
    ("spider", "orders", "refunds", "page", "product_id"),
    [
        (TaobaoRefundsSpider, taobao_orders, taobao_refund(), 1, "620001"),
        (KuaishouRefundsSpider, kuaishou_orders, kuaishou_refund(), "", "2001"),
    ],
)
def test_a_case_of_ten_days_after_its_orders_day_was_read_counts_on_that_day(
    spider: Any, orders: Any, refunds: Any, page: Any, product_id: str
) -> None:
    save_batch(walked(shop(spider, orders=True, days=10), orders), now=NOW)
    found = parsed(shop(spider, clock=lambda: LATER), refunds, page=page)
    save_batch([one for one in found if isinstance(one, AfterSaleSeen)], now=LATER)
    (product,) = return_rates(since=PAID_ON, until=LATER.date(), product_id=product_id)
    assert product.days[0] == DayReturns(PAID_ON, 1, returned=1, refunds=1, by_order_day=1)
    assert product.returned == 1  # and on no other day


def test_lines_that_are_read_after_their_case_date_it() -> None:
    save_batch([case(), case(2, order_hash=order_hash("taobao", "3500004"))], now=LATER)
    save_batch([COUNT], now=LATER)
    assert (order_day(1), order_day(2)) == (PAID_ON, None)


def test_a_case_and_its_line_in_one_batch_find_each_other() -> None:
    save_batch([COUNT, case()], now=LATER)
    assert order_day() == PAID_ON


def test_a_line_says_nothing_about_cases_of_another_platform() -> None:
    save_batch([case(platform="jd")], now=LATER)
    save_batch([COUNT], now=LATER)
    save_batch([case(2, platform="jd")], now=LATER)
    assert (order_day(1), order_day(2)) == (None, None)


def test_a_case_that_is_older_than_the_payment_on_delivery_is_dated_too() -> None:
    save_batch([case(applied_at=SUNDAY - DAY)], now=LATER)
    save_batch([COUNT], now=LATER)
    assert order_day() == PAID_ON


def test_an_order_day_that_the_platform_tells_prevails() -> None:
    told = PAID_ON - DAY
    save_batch([case(ordered_on=told)], now=LATER)
    save_batch([COUNT], now=LATER)
    save_batch([case(2, ordered_on=told), case(updated_at=LATER)], now=LATER)
    assert (order_day(1), order_day(2)) == (told, told)


def test_a_case_that_changes_takes_the_day_of_its_line() -> None:
    save_batch([case(order_hash="")], now=LATER)
    save_batch([COUNT], now=LATER)
    assert order_day() is None
    save_batch([case(updated_at=LATER)], now=LATER)
    assert order_day() == PAID_ON


def test_of_an_order_the_fingerprint_and_the_day_are_kept_and_no_number() -> None:
    save_batch(walked(shop(TaobaoRefundsSpider, orders=True, days=10), taobao_orders), now=NOW)
    lines = OrderLine.objects.values_list("platform", "order_hash", "day")
    (first,) = marks("taobao", "3500002")
    assert ("shop", first, PAID_ON) in lines
    assert len(lines) == 3
    assert not [line for line in lines if "3500" in line[1]]


def test_a_count_that_has_not_changed_writes_nothing() -> None:
    save_batch([COUNT], now=NOW)
    with CaptureQueriesContext(connection) as queries:
        stored = OrdersSeen.store([COUNT, COUNT], now=LATER, source=None)
    assert (stored.accepted, stored.duplicates) == (0, 2)
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert OrderCount.objects.get().fetched_at == NOW


def test_lines_are_kept_though_a_file_brought_their_number_before() -> None:
    save_batch([replace(COUNT, marks=frozenset())], now=NOW)
    assert not OrderLine.objects.exists()
    save_batch([COUNT], now=NOW)
    assert OrderLine.objects.get().day == PAID_ON


def test_a_line_keeps_its_first_day_and_is_stored_once() -> None:
    more = replace(COUNT, lines=2, marks=COUNT.marks | {"b" * 32})
    save_batch([COUNT], now=NOW)
    save_batch([more, replace(COUNT, product_id="52"), replace(COUNT, day=PAID_ON + DAY)], now=NOW)
    assert sorted(OrderLine.objects.values_list("order_hash", "day")) == sorted(
        [(MARK, PAID_ON), ("b" * 32, PAID_ON)]
    )


def reading(number: int) -> tuple[list[AfterSaleSeen], list[OrdersSeen]]:
    """Return so many cases without a day, and the products with a line for each."""
    lines = [order_hash("taobao", f"{number}-{line}") for line in range(number)]
    cases = [case(f"{number}-{at}", order_hash=mark) for at, mark in enumerate(lines)]
    return cases, [
        replace(COUNT, product_id=f"{number}-{at}", marks=frozenset({mark}))
        for at, mark in enumerate(lines)
    ]


def test_more_lines_and_cases_take_no_more_queries() -> None:
    taken = []
    for number in (3, 90):
        cases, counts = reading(number)
        AfterSaleSeen.store(cases, now=LATER, source=None)
        with CaptureQueriesContext(connection) as queries:
            OrdersSeen.store(counts, now=LATER, source=None)
        taken.append(len(queries))
    assert not AfterSale.objects.filter(ordered_on=None).exists()
    assert taken == [6, 6]


def test_days_of_a_batch_of_cases_are_one_query_and_none_where_all_are_known() -> None:
    taken = []
    for number, told in ((3, None), (90, None), (4, PAID_ON)):
        cases, counts = reading(number)
        OrdersSeen.store(counts, now=LATER, source=None)
        with CaptureQueriesContext(connection) as queries:
            found = [replace(one, ordered_on=told) for one in cases]
            AfterSaleSeen.store(found, now=LATER, source=None)
        taken.append(sum(OrderLine._meta.db_table in query["sql"] for query in queries))
    assert not AfterSale.objects.filter(ordered_on=None).exists()
    assert taken == [1, 1, 0]
