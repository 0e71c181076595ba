"""Files of refunds and of order counts: recognised, and stored where rates are reckoned from."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Subject
from crawlers.after_sales import order_hash
from crawlers.drafts import Refused
from crawlers.importing import import_file
from crawlers.importing.rows import Defaults
from crawlers.importing.sales import OrderRows, case
from crawlers.models import AfterSale, OrderCount, Post
from tests.crawlers.importing.making import delimited, rejected_lines, workbook, written
from tests.crawlers.samples import NOW

HEADER = ["售后编号", "订单编号", "商品ID", "商品名称", "商品规格", "售后类型", "售后状态", "售后原因",
          "交易金额(元)", "退款金额(元)", "申请时间", "完结时间", "付款时间"]  # fmt: skip
ROW = ["'880001\t", "240115-001", "51", "某牌 吸尘器", "白", "退货退款", "退款成功", "质量问题",
       "￥1,999.00", "1,899.50", "2024-01-15 12:30:05", "2024/1/18 10:00", "2024-01-10 23:30"]  # fmt: skip


def changed(**cells):
    return [cells.get(name, value) for name, value in zip(HEADER, ROW, strict=True)]


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_refund_file_becomes_cases_and_no_posts(tmp_path, encoding):
    Subject.objects.create(slug="v8", name="吸尘器")
    rows = [["某店售后单导出"], HEADER, ROW]
    path = written(tmp_path, delimited(rows), "售后.csv", encoding)
    done = import_file(path, now=NOW, subject="v8")
    assert (done.accepted, done.tables) == (1, "拼多多售后（拼多多）")
    row = AfterSale.objects.get()
    assert (row.platform, row.native_id, row.product_id, row.product, row.sku) == (
        "pdd", "880001", "51", "某牌 吸尘器", "白",
    )  # fmt: skip
    assert (row.type, row.state, row.goods_returned, row.reason) == (
        "return",
        "done",
        True,
        "质量问题",
    )
    assert (row.amount_fen, row.quantity, row.subject_slug) == (189950, 1, "v8")
    assert row.applied_at == datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)
    assert row.updated_at == datetime(2024, 1, 18, 2, tzinfo=UTC)
    assert row.ordered_on == date(2024, 1, 10)
    assert row.order_hash == order_hash("pdd", "240115-001")
    assert not Post.objects.exists()
    again = import_file(path, now=NOW, subject="v8")
    assert (again.accepted, again.duplicates) == (0, 1)


@pytest.mark.django_db
def test_a_later_file_moves_a_case_on_and_an_older_one_does_not(tmp_path):
    without = [name for name in HEADER if name != "完结时间"]

    def file(name, state):
        row = [
            cell
            for cell, of in zip(changed(售后状态=state), HEADER, strict=True)
            if of != "完结时间"
        ]
        return workbook(tmp_path, [without, row], name=name)

    import_file(file("a.xlsx", "待商家处理"), now=NOW)
    assert AfterSale.objects.get().state == "open"
    import_file(file("b.xlsx", "退款成功"), now=NOW)
    assert AfterSale.objects.get().state == "done"
    import_file(file("a.xlsx", "待商家处理"), now=NOW)
    assert AfterSale.objects.get().state == "done"


@pytest.mark.django_db
def test_refunds_of_other_shops_are_recognised(tmp_path):
    qianniu = [["退款编号", "订单编号", "宝贝标题", "买家退款金额", "退款状态", "退款的申请时间", "货物状态", "退款完结时间"],
               ["'1001", "'3500001", "某牌 吸尘器", "1899.00", "退款成功", "2024-01-15 12:30:05", "买家已退货", "-"]]  # fmt: skip
    jingmai = [["服务单号", "服务单状态", "服务类型", "SKU编号", "申请原因", "申请时间"],
               ["77", "已取消", "换货", "100001", "外观", "2024-01-15"]]  # fmt: skip
    doudian = [["售后单号", "订单号", "商品单号", "售后状态", "售后类型", "退商品金额", "申请时间"],
               ["7100", "6900", "6901", "售后关闭", "仅退款", "0", "2024-01-15"]]  # fmt: skip
    for number, rows in enumerate([qianniu, jingmai, doudian]):
        assert (
            import_file(written(tmp_path, delimited(rows), f"{number}.csv"), now=NOW).accepted == 1
        )
    found = AfterSale.objects.order_by("native_id").values_list(
        "platform", "native_id", "type", "state", "goods_returned", "amount_fen"
    )
    assert list(found) == [
        ("taobao", "1001", "return", "done", True, 189900),
        ("douyin", "7100", "refund", "closed", False, 0),
        ("jd", "77", "exchange", "closed", False, 0),
    ]


@pytest.mark.django_db
def test_bad_rows_of_refunds_are_rejected_with_their_reason(tmp_path):
    rows = [
        changed(售后编号="3.50E+18"),
        changed(售后编号="-"),
        changed(售后状态="天知道"),
        changed(售后状态=""),
        changed(**{"退款金额(元)": "很多"}),
        changed(申请时间="", 完结时间=""),
        changed(申请时间="2099-01-01"),
    ]
    rows = [
        [str(n) if n and at == 0 and n > 1 else cell for at, cell in enumerate(row)]
        for n, row in enumerate(rows)
    ]
    done = import_file(written(tmp_path, delimited([HEADER, *rows, ROW])), now=NOW)
    assert (done.accepted, done.rejected) == (1, 7)
    words = ["丢失", "空的", "天知道", "状态是空的", "不是金额", "申请时间是空的", "不可能"]
    for line, word in zip(rejected_lines(done.rejected_path)[1:], words, strict=True):
        assert word in line[1]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("退款成功", "done"), ("售后完成", "done"), ("已完成", "done"), ("已退款", "done"), ("SUCCESS", "done"),
        ("退款关闭", "closed"), ("买家已撤销", "closed"), ("退款失败", "closed"), ("商家已拒绝", "closed"),
        ("CLOSED", "closed"), ("逾期未寄回", "closed"),
        ("待商家处理", "open"), ("退款中", "open"), ("等待买家退货", "open"), ("商家拒绝，待买家修改", "open"),
        ("平台介入中", "open"), ("商家同意退货", "open"), ("买家已退货，待商家收货", "open"),
        ("WAIT_SELLER_AGREE", "open"), ("买家已退货", "open"), ("申请售后", "open"),
    ],
)  # fmt: skip
def test_states_are_read_in_the_shops_own_words(text, state):
    values = {"native_id": "1", "state": text, "applied_at": "2024-01-15"}
    assert case(values, Defaults("jd", ""), now=NOW).state == state


@pytest.mark.parametrize(
    ("kind", "goods", "expected", "returned"),
    [
        ("仅退款", "", "refund", False), ("我要退款（无需退货）", "", "refund", False), ("未发货退款", "", "refund", False),
        ("退货退款", "", "return", True), ("我要退货退款", "买家未退货", "return", False), ("换货", "", "exchange", False),
        ("补寄", "", "other", False), ("维修", "", "other", False), ("", "", "refund", False),
        ("", "买家已退货", "return", True), ("", "是", "return", True), ("", "否", "refund", False),
        ("", "BUYER_RETURNED_GOODS", "return", True),
    ],
)  # fmt: skip
def test_types_are_read_in_the_shops_own_words(kind, goods, expected, returned):
    values = {
        "native_id": "1",
        "state": "已完成",
        "type": kind,
        "goods": goods,
        "applied_at": "2024-01-15",
    }
    found = case(values, Defaults("jd", ""), now=NOW)
    assert (found.type, found.goods_returned) == (expected, returned)


ORDERS = ["统计日期", "商品ID", "商品名称", "支付买家数", "支付件数", "支付子订单数"]


@pytest.mark.django_db
def test_order_counts_become_what_rates_divide_by(tmp_path):
    rows = [
        ["20240115", "620001", "吸尘器", "9", "12", "1,010"],
        ["2024-01-16~2024-01-16", "620001", "吸尘器", "9", "12", "11"],
        [45308, "620001", "吸尘器", "9", "12", 0],
    ]
    path = workbook(tmp_path, [["商品效果"], ORDERS, *rows])
    done = import_file(path, now=NOW, platform="淘宝")
    assert (done.accepted, done.rejected, done.tables) == (3, 0, "每日订单数")
    assert list(
        OrderCount.objects.order_by("day").values_list("platform", "product_id", "day", "lines")
    ) == [
        ("taobao", "620001", date(2024, 1, 15), 1010),
        ("taobao", "620001", date(2024, 1, 16), 11),
        ("taobao", "620001", date(2024, 1, 17), 0),
    ]
    assert import_file(path, now=NOW, platform="淘宝").accepted == 0


@pytest.mark.django_db
def test_a_count_that_is_none_or_stands_twice_is_rejected(tmp_path):
    rows = [
        ["2024-01-15", "1", "", "", "", "5"],
        ["2024-01-15", "1", "", "", "", "6"],
        ["2024-01-15", "1", "", "", "", "5"],
        ["2024-01-01~2024-01-31", "2", "", "", "", "5"],
        ["合计", "", "", "", "", "16"],
        ["2024-01-15", "3", "", "", "", "很多"],
        ["2099-01-15", "3", "", "", "", "5"],
    ]
    done = import_file(written(tmp_path, delimited([ORDERS, *rows])), now=NOW)
    assert (done.accepted, done.duplicates, done.rejected) == (1, 1, 5)
    words = ["两行", "一段日子", "合计", "不是数量", "不可能"]
    for line, word in zip(rejected_lines(done.rejected_path)[1:], words, strict=True):
        assert word in line[1] or word in line[2]


cells = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.dates()
    | st.datetimes()
)


@given(st.dictionaries(st.sampled_from(["native_id", "state", "type", "goods", "applied_at", "updated_at", "amount",
                                        "quantity", "order", "ordered_at", "product_id", "platform"]), cells))  # fmt: skip
def test_no_cells_at_all_break_a_case(values):
    if isinstance(
        found := case({"state": "已完成", **values}, Defaults("jd", ""), now=NOW), Refused
    ):
        assert found.reason


@given(
    st.lists(st.dictionaries(st.sampled_from(["product_id", "day", "lines"]), cells), max_size=3)
)
def test_no_cells_at_all_break_a_count(several):
    rows = OrderRows()
    for values in several:
        rows.count(values, Defaults("jd", ""), now=NOW)
