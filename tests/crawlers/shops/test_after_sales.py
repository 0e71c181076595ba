"""Shops' own refunds: from an answer to exact cases; cases and order counts into rows."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.after_sales import AfterSaleSeen, order_hash
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.orders import OrdersSeen
from crawlers.spiders.shops.doudian_refunds import DoudianRefundsSpider
from crawlers.spiders.shops.jd_refunds import JdRefundsSpider
from crawlers.spiders.shops.kuaishou_refunds import KuaishouRefundsSpider
from crawlers.spiders.shops.pdd_refunds import PddRefundsSpider
from crawlers.spiders.shops.taobao_refunds import TaobaoRefundsSpider
from crawlers.spiders.shops.xiaohongshu_refunds import XiaohongshuRefundsSpider
from tests.crawlers.samples import NOW, outputs, response
from tests.crawlers.shops.shop import JSON, first_calls, form, marks, parsed, sample, shop, window

APPLIED = datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)
DAY = timedelta(days=1)


def cases(found):
    return [one for one in found if isinstance(one, AfterSaleSeen)]


def local(*parts):
    return datetime(*parts, tzinfo=UTC) - timedelta(hours=8)


def test_taobao_refunds():
    found = parsed(shop(TaobaoRefundsSpider), sample("taobao_refunds"))
    assert cases(found) == [
        AfterSaleSeen(
            platform="shop",
            native_id="1001",
            type="return",
            state="done",
            applied_at=APPLIED,
            updated_at=local(2024, 1, 18, 10),
            product_id="620001",
            product="某牌 吸尘器",
            sku="颜色:白",
            order_hash=order_hash("taobao", "3500002"),
            goods_returned=True,
            reason="质量问题",
            amount_fen=189900,
        ),
        AfterSaleSeen(
            platform="shop",
            native_id="1002",
            type="refund",
            state="open",
            applied_at=local(2024, 1, 16, 8),
            updated_at=local(2024, 1, 16, 8),
            product_id="620001",
            product="某牌 吸尘器",
            order_hash=order_hash("taobao", "3500004"),
            reason="未收到货",
            amount_fen=9990,
        ),
        AfterSaleSeen(
            platform="shop",
            native_id="1003",
            type="return",
            state="closed",
            applied_at=local(2024, 1, 14, 8),
            updated_at=local(2024, 1, 14, 8),
            product_id="620002",
            order_hash=order_hash("taobao", "3500005"),
        ),
    ]
    assert "13800000000" not in str(found)


def test_jd_service_bills():
    first, second = cases(parsed(shop(JdRefundsSpider), sample("jd_refunds")))
    assert first == AfterSaleSeen(
        platform="shop",
        native_id="7001",
        type="return",
        state="done",
        applied_at=APPLIED,
        updated_at=datetime(2024, 1, 18, 4, tzinfo=UTC),
        product_id="100001",
        product="某牌 吸尘器 V8",
        order_hash=order_hash("jd", "280000001"),
        goods_returned=True,
        reason="质量问题",
        amount_fen=19950,
    )
    assert (second.native_id, second.type, second.state) == ("7002", "exchange", "open")


def test_jd_names_may_be_replaced_by_the_source():
    one = shop(
        JdRefundsSpider,
        method="jingdong.afsservice.alltask.get",
        request={"start": "begin"},
        fields={"native_id": "taskId", "applied_at": ["x.none", "x.at"]},
    )
    (call,) = first_calls(one)
    assert '"begin":"' in form(call)["360buy_param_json"]
    row = {"taskId": 5, "x": {"at": "2024-01-16 08:00:00"}}
    answer = {"jingdong_afsservice_alltask_get_responce": {"code": "0", "result": [row]}}
    (case,) = cases(parsed(one, answer))
    assert (case.native_id, case.product_id, case.amount_fen) == ("5", "", 0)


@pytest.mark.parametrize("wrapper", ["result", "data"])
def test_jd_lists_may_lie_in_an_object_of_the_same_name(wrapper):
    (inner,) = sample("jd_refunds").values()
    answer = {"x_responce": {"code": "0", wrapper: inner["pageResult"]}}
    assert len(cases(parsed(shop(JdRefundsSpider), answer))) == 2


def test_jd_refusal_within_the_answer_blocks():
    one = shop(JdRefundsSpider)
    answer = {
        "x_responce": {
            "pageResult": {"success": False, "code": "1", "msg": "没有权限", "data": None}
        }
    }
    with pytest.raises(CloseSpider):
        parsed(one, answer)
    assert one.blocked.reason is BlockReason.FORBIDDEN


def test_kuaishou_refunds():
    first, second = cases(parsed(shop(KuaishouRefundsSpider), sample("kuaishou_refunds"), page=""))
    assert first == AfterSaleSeen(
        platform="shop",
        native_id="5001",
        type="return",
        state="done",
        applied_at=APPLIED,
        updated_at=datetime(2024, 1, 18, 4, tzinfo=UTC),
        product_id="2001",
        sku="白色",
        order_hash=order_hash("kuaishou", "4001"),
        goods_returned=True,
        reason="质量问题",
        amount_fen=19950,
    )
    assert (second.type, second.state, second.goods_returned) == ("refund", "open", False)


def test_pinduoduo_amounts_are_yuan():
    first, second = cases(parsed(shop(PddRefundsSpider), sample("pdd_refunds")))
    assert first == AfterSaleSeen(
        platform="shop",
        native_id="880001",
        type="return",
        state="done",
        applied_at=APPLIED,
        updated_at=local(2024, 1, 18, 10),
        product_id="51",
        product="某牌 水壶",
        sku="V8",
        order_hash=order_hash("pdd", "240115-001"),
        goods_returned=True,
        reason="质量问题",
        amount_fen=800,
        ordered_on=date(2024, 1, 15),
    )
    assert (second.type, second.state, second.quantity, second.amount_fen) == (
        "refund",
        "closed",
        2,
        1600,
    )


def test_doudian_amounts_are_fen_and_the_day_of_the_order_is_told():
    first, second = cases(parsed(shop(DoudianRefundsSpider), sample("doudian_refunds"), page=0))
    assert first == AfterSaleSeen(
        platform="shop",
        native_id="7100",
        type="return",
        state="done",
        applied_at=APPLIED,
        updated_at=datetime(2024, 1, 18, 3, 53, 20, tzinfo=UTC),
        product_id="366020",
        product="某牌 吸尘器",
        sku="V8-W",
        order_hash=order_hash("doudian", "6901"),
        goods_returned=True,
        amount_fen=189900,
        ordered_on=date(2024, 1, 14),
    )
    assert (second.type, second.state, second.product_id) == ("refund", "open", "")
    assert second.order_hash == order_hash("doudian", "6902")


def test_doudian_asks_by_update_oldest_first():
    (call,) = first_calls(shop(DoudianRefundsSpider))
    assert call.url.startswith(
        "https://openapi-fxg.jinritemai.com/afterSale/List?app_key=12345678&"
    )
    assert b'"order_by":["update_time asc"]' in call.body


def details(one, call, answer):
    return outputs(one.parse_case(response(answer, Content_Type=JSON), **call.cb_kwargs))


def test_xiaohongshu_cases_take_a_list_and_a_page_each():
    one = shop(XiaohongshuRefundsSpider)
    (call,) = parsed(one, sample("xiaohongshu_list"))
    assert b'"returnsId":"R1001"' in call.body
    text = json_text("xiaohongshu_case")
    first, call = details(one, call, text)
    assert first == AfterSaleSeen(
        platform="shop",
        native_id="R1001",
        type="return",
        state="done",
        applied_at=APPLIED,
        updated_at=datetime(2024, 1, 18, 4, tzinfo=UTC),
        product_id="S9001",
        product="某牌 水壶 白",
        order_hash=order_hash("xiaohongshu", "P7001"),
        goods_returned=True,
        reason="质量问题",
        amount_fen=19950,
    )
    assert one.checkpoint == {}
    refused = '{"success":false,"error_code":7,"error_msg":"售后单不存在"}'
    (second,) = details(one, call, refused)
    assert (second.native_id, second.state, second.product_id) == ("R1002", "open", "")
    assert (second.type, second.amount_fen) == ("refund", 2000)
    assert one.checkpoint


def test_xiaohongshu_login_within_the_details_blocks():
    one = shop(XiaohongshuRefundsSpider)
    (call,) = parsed(one, sample("xiaohongshu_list"))
    with pytest.raises(CloseSpider):
        details(one, call, '{"success":false,"error_code":1,"error_msg":"accessToken 已过期"}')
    assert one.blocked.reason is BlockReason.LOGIN


def json_text(name):
    return json.dumps(sample(name), ensure_ascii=False)


REFUNDS = [
    (TaobaoRefundsSpider, "taobao_refunds", 1, ("refunds_receive_get_response", "refunds", "refund")),
    (JdRefundsSpider, "jd_refunds", 1, ("jingdong_asc_serviceAndRefund_view_responce", "pageResult", "data")),
    (KuaishouRefundsSpider, "kuaishou_refunds", "", ("data", "refundOrderInfoList")),
    (PddRefundsSpider, "pdd_refunds", 1, ("refund_increment_get_response", "refund_list")),
    (DoudianRefundsSpider, "doudian_refunds", 0, ("data", "items")),
]  # fmt: skip


@pytest.mark.parametrize(("spider", "name", "page", "path"), REFUNDS)
@pytest.mark.parametrize("bad", [None, [], "x", 3, {}, {"a": [{}]}])
def test_a_row_that_is_none_is_refused_and_the_rest_goes_on(spider, name, page, path, bad):
    data = sample(name)
    rows = data
    for step in path:
        rows = rows[step]
    count = len(rows)
    rows[0] = bad
    found = parsed(shop(spider), data, page=page)
    assert isinstance(found[0], Refused)
    assert len(cases(found)) == count - 1


def test_a_refused_row_is_kept_without_order_numbers_and_free_texts():
    data = sample("taobao_refunds")
    data["refunds_receive_get_response"]["refunds"]["refund"][0]["created"] = "nonsense"
    refused = parsed(shop(TaobaoRefundsSpider), data)[0]
    assert refused.record["refund_id"] == "1001"
    assert not {"tid", "oid", "desc"} & set(refused.record)


@pytest.mark.parametrize(("spider", "name", "page", "path"), REFUNDS)
def test_a_list_that_is_null_is_empty_and_one_that_is_no_list_blocks(spider, name, page, path):
    data = sample(name)
    holder = data
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = None
    one = shop(spider)
    assert cases(parsed(one, data, page=page)) == []
    assert one.nothing_new
    holder[path[-1]] = "x"
    with pytest.raises(CloseSpider):
        parsed(one, data, page=page)
    assert one.blocked.reason is BlockReason.SHAPE


@pytest.mark.parametrize(("spider", "name", "page", "path"), REFUNDS)
def test_an_empty_object_blocks(spider, name, page, path):
    one = shop(spider)
    with pytest.raises(CloseSpider):
        parsed(one, {}, page=page)
    assert one.blocked.reason is BlockReason.SHAPE


# Orders


def orders_walk(one, answer=None):
    """Answer all calls of the refunds and orders walks; return what came of the last."""
    empty = {"refunds_receive_get_response": {"total_results": 0}}
    none = {"trades_sold_get_response": {"total_results": 0}}
    (call,) = first_calls(one)
    found = []
    while call is not None:
        orders = call.cb_kwargs["walk"] == "orders_until"
        wanted = orders and window(call).start == local(2024, 1, 14)
        body = answer if wanted and answer else (none if orders else empty)
        made = parsed(one, body, **call.cb_kwargs)
        found += [other for other in made if not isinstance(other, Request)]
        call = next((other for other in made if isinstance(other, Request)), None)
    return found


def test_taobao_counts_paid_lines_by_product_and_paid_day():
    one = shop(TaobaoRefundsSpider, orders=True, days=10)
    assert orders_walk(one, sample("taobao_orders")) == [
        OrdersSeen("shop", "620001", date(2024, 1, 14), 1, marks("taobao", "3500002")),
        OrdersSeen("shop", "620001", date(2024, 1, 15), 1, marks("taobao", "3500004")),
        OrdersSeen("shop", "620002", date(2024, 1, 14), 1, marks("taobao", "3500006")),
    ]
    assert one.checkpoint["orders_until"] == NOW.isoformat()


def test_taobao_leaves_orders_alone_unless_asked():
    assert list(shop(TaobaoRefundsSpider).walks) == ["until"]


def test_orders_are_read_in_whole_days_of_shanghai_from_three_days_before():
    one = shop(
        TaobaoRefundsSpider,
        orders=True,
        checkpoint={"until": NOW.isoformat(), "orders_until": NOW.isoformat()},
    )
    (call,) = first_calls(one)
    (call,) = parsed(one, {"refunds_receive_get_response": {"total_results": 0}}, **call.cb_kwargs)
    assert form(call)["method"] == "taobao.trades.sold.get"
    assert form(call)["fields"] == "tid,pay_time,orders.oid,orders.num_iid"
    assert form(call)["start_created"] == "2024-01-17 00:00:00"
    assert form(call)["end_created"] == "2024-01-18 00:00:00"


def test_days_that_are_not_whole_are_not_counted():
    checkpoint = {"until": NOW.isoformat(), "orders_until": local(2024, 1, 17).isoformat()}
    one = shop(TaobaoRefundsSpider, orders=True, checkpoint=checkpoint)
    assert orders_walk(one, sample("taobao_orders")) == []  # 01-14 and 01-15 want earlier orders


# Storing
