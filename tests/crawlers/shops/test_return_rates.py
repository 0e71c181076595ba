"""Rates of return with exact numbers."""

from datetime import UTC, date, datetime

import pytest

from crawlers.models import AfterSale, OrderCount
from crawlers.return_rates import DayReturns, return_rates
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
FIRST, SECOND, THIRD = (date(2024, 1, day) for day in (14, 15, 16))
SPAN = {"since": FIRST, "until": date(2024, 1, 17)}


def orders(day, lines, product="51", platform="taobao"):
    OrderCount.objects.create(
        platform=platform, product_id=product, day=day, lines=lines, fetched_at=NOW
    )


def case(number, day, *, ordered=None, hour=4, **changes):
    fields = {
        "platform": "taobao",
        "product_id": "51",
        "product": "水壶",
        "type": "return",
        "state": "done",
        "goods_returned": True,
        "order_hash": f"line{number}",
        "applied_at": datetime(2024, 1, day, hour, tzinfo=UTC),
        "ordered_on": ordered,
        "updated_at": NOW,
        "fetched_at": NOW,
    }
    AfterSale.objects.create(native_id=str(number), **fields | changes)


def test_returns_are_divided_by_what_was_paid():
    orders(FIRST, 40)
    orders(SECOND, 10)
    case(1, 14)
    case(2, 14, goods_returned=False, type="refund")
    case(3, 15)
    case(4, 15, state="open")
    case(5, 15, state="closed")
    case(6, 15, type="exchange")
    (kettle,) = return_rates(**SPAN)
    assert (kettle.platform, kettle.product_id, kettle.product) == ("taobao", "51", "水壶")
    assert kettle.days == (
        DayReturns(FIRST, 40, returned=1, refunds=2),
        DayReturns(SECOND, 10, returned=1, refunds=1),
    )
    assert [day.rate for day in kettle.days] == [0.025, 0.1]
    assert (kettle.lines, kettle.returned, kettle.refunds, kettle.rate) == (50, 2, 3, 0.04)


def test_without_paid_lines_there_is_no_rate():
    case(1, 14)
    (kettle,) = return_rates(**SPAN)
    assert kettle.days == (DayReturns(FIRST, None, returned=1, refunds=1),)
    assert (kettle.lines, kettle.rate, kettle.days[0].rate) == (None, None, None)


def test_a_case_counts_on_the_day_of_its_order_where_that_is_known():
    orders(FIRST, 10)
    orders(THIRD, 10)
    case(1, 16, ordered=FIRST)
    case(2, 16)
    case(3, 16, ordered=date(2024, 1, 1))
    (kettle,) = return_rates(**SPAN)
    assert kettle.days == (
        DayReturns(FIRST, 10, returned=1, refunds=1, by_order_day=1),
        DayReturns(THIRD, 10, returned=1, refunds=1),
    )
    assert kettle.by_order_day == 1


def test_a_line_counts_once_and_cases_without_an_order_each():
    orders(FIRST, 10)
    case(1, 14)
    case(2, 14, order_hash="line1")
    case(3, 14, order_hash="")
    case(4, 14, order_hash="")
    (kettle,) = return_rates(**SPAN)
    assert (kettle.returned, kettle.rate) == (3, 0.3)


def test_a_day_whose_orders_were_not_read_is_left_out_of_the_rate():
    orders(FIRST, 10)
    case(1, 14)
    case(2, 15)
    (kettle,) = return_rates(**SPAN)
    assert (kettle.returned, kettle.lines, kettle.rate) == (2, 10, 0.1)


def test_a_product_that_sold_nothing_on_a_day_that_was_read_has_no_lines():
    orders(FIRST, 10)
    orders(SECOND, 7, product="52")
    case(1, 15)
    kettle, other = return_rates(**SPAN)
    assert kettle.days[1] == DayReturns(SECOND, 0, returned=1, refunds=1)
    assert (kettle.rate, kettle.days[1].rate) == (0.1, None)
    assert (other.product_id, other.returned, other.rate) == ("52", 0, 0.0)


@pytest.mark.parametrize(
    ("day", "hour", "counted"), [(13, 15, 0), (13, 16, 1), (16, 15, 1), (16, 16, 0)]
)
def test_days_begin_at_midnight_in_shanghai(day, hour, counted):
    case(1, day, hour=hour)
    assert sum(product.returned for product in return_rates(**SPAN)) == counted


def test_a_platform_and_a_product_may_be_asked_for():
    orders(FIRST, 10)
    orders(FIRST, 20, product="52")
    orders(FIRST, 30, platform="jd")
    case(1, 14)
    assert [one.lines for one in return_rates(**SPAN)] == [30, 10, 20]
    assert [one.lines for one in return_rates(**SPAN, platform="taobao")] == [10, 20]
    assert [one.lines for one in return_rates(**SPAN, platform="taobao", product_id="52")] == [20]
    assert return_rates(**SPAN, platform="pdd") == []


def test_three_queries_however_many_products(django_assert_num_queries):
    for number in range(20):
        orders(FIRST, 10, product=str(number))
        case(number, 14, product_id=str(number))
    with django_assert_num_queries(3):
        assert len(return_rates(**SPAN)) == 20
