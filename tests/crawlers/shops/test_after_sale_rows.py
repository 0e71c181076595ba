"""After-sale cases and order counts into rows: the newer version wins, in few queries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.models import Subject
from crawlers.after_sales import AfterSaleSeen, order_hash, seen
from crawlers.models import AfterSale, OrderCount, Source
from crawlers.orders import OrdersSeen
from crawlers.saving import save_batch
from tests.crawlers.samples import NOW

APPLIED = datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def local(*parts):
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=8)


def case(**changes):
    fields = {
        "platform": "taobao",
        "native_id": "1",
        "type": "return",
        "state": "open",
        "applied_at": NOW - DAY,
        "updated_at": NOW - DAY,
        "now": NOW,
    }
    return seen(**fields | changes)


@pytest.fixture
def source():
    kettle = Subject.objects.create(slug="kettle", name="水壶")
    return Source.objects.create(
        slug="s", name="信源", spider="taobao_refunds", platform="taobao", subject=kettle
    )


@pytest.mark.django_db
def test_the_newer_version_of_a_case_wins(source):
    first = case(product_id="51", amount_fen=100)
    saved = save_batch([first], now=NOW, source=source)
    assert (saved.accepted, saved.duplicates) == (1, 0)
    done = replace(first, state="done", updated_at=NOW, goods_returned=True)
    older = replace(first, state="closed", updated_at=NOW - 2 * DAY)
    saved = save_batch([older, done, done, case(native_id="2")], now=NOW, source=source)
    assert (saved.accepted, saved.duplicates) == (2, 2)
    saved = save_batch([replace(done, state="closed"), older], now=NOW, source=source)
    assert (saved.accepted, saved.duplicates) == (0, 2)
    row = AfterSale.objects.get(native_id="1")
    assert (row.state, row.goods_returned, row.subject_slug) == ("done", True, "kettle")
    assert row.source == source


@pytest.mark.django_db
def test_cases_of_two_platforms_with_one_number_are_two():
    save_batch([case(), case(platform="jd")], now=NOW)
    assert AfterSale.objects.count() == 2


@pytest.mark.django_db
def test_a_batch_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    AfterSaleSeen.store([case(native_id=str(n)) for n in range(3)], now=NOW, source=None)
    changed = [case(native_id=str(n), updated_at=NOW) for n in range(90)]
    with django_assert_max_num_queries(5):
        AfterSaleSeen.store(changed, now=NOW, source=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"native_id": ""},
        {"native_id": "1 2"},
        {"native_id": "x" * 129},
        {"native_id": "\ud800"},
        {"product_id": "x" * 65},
        {"quantity": -1},
        {"quantity": 10**9},
        {"applied_at": None},
        {"applied_at": "nonsense"},
        {"updated_at": NOW + 2 * DAY},
        {"applied_at": "1970-01-01 00:00:00"},
    ],
)
def test_a_case_that_cannot_be_is_refused(changes):
    with pytest.raises(ValueError, match=r"编号|件数|时间"):
        case(**changes)


def test_texts_of_a_case_are_cut_to_what_a_row_holds():
    long = case(product="水" * 300, sku="a\x00b", reason="<b>坏</b>了\n真的")
    assert (len(long.product), long.sku, long.reason) == (200, "ab", "坏了 真的")


def test_an_order_number_becomes_a_fingerprint():
    assert order_hash("taobao", "3500002") != order_hash("jd", "3500002")
    assert len(order_hash("taobao", "3500002")) == 32
    assert order_hash("taobao", "") == ""


@pytest.mark.django_db
def test_a_day_that_is_read_again_replaces_its_count_and_dates_its_cases():
    mark = order_hash("taobao", "3500002")
    day = date(2024, 1, 14)
    save_batch([case(order_hash=mark), case(native_id="2", order_hash="other")], now=NOW)
    one = OrdersSeen("taobao", "51", day, 10, frozenset({mark}))
    assert save_batch([one], now=NOW).accepted == 1
    assert save_batch([one], now=NOW).duplicates == 1
    assert save_batch([replace(one, lines=12)], now=NOW).accepted == 1
    assert OrderCount.objects.get().lines == 12
    assert AfterSale.objects.get(native_id="1").ordered_on == day
    assert AfterSale.objects.get(native_id="2").ordered_on is None
    save_batch([case(order_hash=mark, updated_at=NOW)], now=NOW)
    assert AfterSale.objects.get(native_id="1").ordered_on == day


def test_a_dry_run_shows_cases_and_counts():
    assert case(product="水壶", amount_fen=189900).cells() == {
        "类型": "退货退款",
        "编号": "1",
        "状态": "处理中",
        "商品": "水壶",
        "金额": "1899.00",
        "货已退回": "",
        "原因": "",
    }
    assert OrdersSeen("taobao", "51", date(2024, 1, 14), 10).cells()["正文"] == "付款 10 行"
