"""Each spider once through a real process, against a platform on loopback."""

import json

import pytest

from tests.crawlers.shops.shop import KEYS, sample

pytestmark = pytest.mark.slow
SECRETS = {name: str(value) for name, value in KEYS.items()}


def crawl(world, gateway, spider, answer, *, times=1, **params):
    """Run a source of one day back; return what the command said last."""
    gateway.answer = answer
    world.source("s", spider, SECRETS | {"replay": gateway.url, "days": 1} | params)
    for _ in range(times):
        done = world.command("crawl", "s")
        assert "Traceback" not in done.stderr
    return done.stdout


def once(full, empty):
    """Answer the first call with the one, all others with the other."""
    answers = iter([full])
    return lambda path, fields: next(answers, empty)


def cases(world):
    return world.rows(
        "select native_id, type, state, amount_fen from crawlers_aftersale order by native_id"
    )


def counts(world):
    """Return the paid lines of yesterday, the one day that a first run of one day can count."""
    return world.rows("select product_id, lines from crawlers_ordercount order by product_id")


def dated(world):
    """Return the cases that know the day of their order."""
    rows = world.rows("select native_id from crawlers_aftersale where ordered_on is not null")
    return {native_id for (native_id,) in rows}


def test_taobao_reviews(world, gateway):
    last = sample("taobao_reviews")
    last["traderates_get_response"]["has_next"] = False
    feed = sample("taobao_feed")

    def answer(path, fields):
        assert path == "/gw.api.taobao.com/router/rest"
        return feed if fields["method"] == "tmall.traderate.feeds.get" else last

    said = crawl(world, gateway, "taobao_reviews", answer, tmall=True)
    assert "完成，新增 4，重复 0，拒收 0" in said
    kinds = world.rows("select kind, rating, text from crawlers_post order by kind, text")
    assert kinds == [
        ("comment", None, "用了一周就坏了"),
        ("comment", None, "用了一周就坏了"),
        ("review", 5, "此用户没有填写评价。"),
        ("review", 1, "漏水"),
    ]
    assert "新增 0，重复 4" in world.command("crawl", "s").stdout
    ((checkpoint,),) = world.rows("select checkpoint from crawlers_source")
    assert "until" in checkpoint


def test_taobao_refunds_and_orders(world, gateway):
    refunds, orders = sample("taobao_refunds"), {"trades_sold_get_response": {"total_results": 0}}

    def answer(path, fields):
        return orders if fields["method"] == "taobao.trades.sold.get" else refunds

    assert "完成，新增 3" in crawl(world, gateway, "taobao_refunds", answer, orders=True)
    assert cases(world) == [
        ("1001", "return", "done", 189900),
        ("1002", "refund", "open", 9990),
        ("1003", "return", "closed", 0),
    ]


def test_jd_reviews(world, gateway):
    said = crawl(world, gateway, "jd_shop_reviews", lambda path, fields: sample("jd_reviews"))
    assert "完成，新增 2，重复 0，拒收 0" in said
    assert world.ids("review") == {"19000000001", "19000000002"}
    ((path, asked),) = gateway.calls
    assert path == "/api.jd.com/routerjson"
    assert asked["access_token"] == "shop-token"


def test_jd_refunds(world, gateway):
    said = crawl(world, gateway, "jd_refunds", lambda path, fields: sample("jd_refunds"))
    assert "完成，新增 2" in said
    assert cases(world) == [("7001", "return", "done", 19950), ("7002", "exchange", "open", 0)]


def test_jd_orders_give_the_bills_their_denominator_and_their_day(world, gateway):
    bills, orders = sample("jd_refunds"), sample("jd_orders")
    listed = bills["jingdong_asc_serviceAndRefund_view_responce"]["pageResult"]["data"]

    def answer(path, fields):
        asked = json.loads(fields["360buy_param_json"])
        if fields["method"] != "jingdong.pop.order.search":
            listed[0]["sameOrderServiceBill"]["afsApplyTime"] = asked["applyTimeEnd"]
            return bills
        within = orders["jingdong_pop_order_search_responce"]["searchorderinfo_result"]
        for order in within["orderInfoList"][:2]:
            order["paymentConfirmTime"] = asked["start_date"]
        return orders

    assert "拒收 0" in crawl(world, gateway, "jd_refunds", answer, orders=True)
    assert counts(world) == [("100001", 2), ("100002", 1)]
    assert dated(world) == {"7001"}


def test_kuaishou_reviews(world, gateway):
    said = crawl(
        world, gateway, "kuaishou_reviews", lambda path, fields: sample("kuaishou_reviews")
    )
    assert "完成，新增 2" in said
    assert gateway.calls[0][0] == "/openapi.kwaixiaodian.com/open/comment/list/get"


def test_kuaishou_refunds(world, gateway):
    end = {"result": 1, "data": {"pcursor": "nomore", "refundOrderInfoList": []}}
    said = crawl(world, gateway, "kuaishou_refunds", once(sample("kuaishou_refunds"), end))
    assert "完成，新增 2" in said
    assert cases(world) == [("5001", "return", "done", 19950), ("5002", "refund", "open", 100)]


def test_kuaishou_orders_give_the_refunds_their_denominator_and_their_day(world, gateway):
    refunds, orders = sample("kuaishou_refunds"), sample("kuaishou_orders")
    refunds["data"]["pcursor"] = orders["data"]["cursor"] = "nomore"

    def answer(path, fields):
        asked = json.loads(fields["param"])
        if not path.endswith("/open/order/cursor/list"):
            refunds["data"]["refundOrderInfoList"][0]["submitTime"] = asked["endTime"]
            return refunds
        for order in orders["data"]["orderList"][:3]:
            order["orderBaseInfo"]["payTime"] = asked["beginTime"] + 1000
        return orders

    assert "拒收 0" in crawl(world, gateway, "kuaishou_refunds", answer, orders=True)
    assert counts(world) == [("2001", 2), ("2002", 1)]
    assert dated(world) == {"5001"}


def test_pinduoduo_refunds_in_half_hours(world, gateway):
    empty = {"refund_increment_get_response": {"total_count": 0, "refund_list": []}}
    said = crawl(world, gateway, "pdd_refunds", once(sample("pdd_refunds"), empty))
    assert "完成，新增 2" in said
    assert len(gateway.calls) == 48
    gateway.calls.clear()
    assert world.command("crawl", "s").returncode == 0
    assert len(gateway.calls) == 1


def test_pinduoduo_orders_give_the_refunds_their_denominator_and_their_day(world, gateway):
    refunds, orders = sample("pdd_refunds"), sample("pdd_orders")

    def answer(path, fields):
        if fields["type"] == "pdd.refund.list.increment.get":
            return refunds
        assert fields["type"] == "pdd.order.basic.list.get"
        for order in orders["order_basic_list_get_response"]["order_list"]:
            order["confirm_time"] = int(fields["start_confirm_at"]) + 1
        return orders

    said = crawl(world, gateway, "pdd_refunds", answer, orders=True)
    assert "拒收 0" in said
    assert counts(world) == [("51", 3), ("52", 1), ("53", 1)]
    assert dated(world) == {"880001", "880002"}


def test_doudian_refunds(world, gateway):
    said = crawl(world, gateway, "doudian_refunds", lambda path, fields: sample("doudian_refunds"))
    assert "完成，新增 2" in said
    assert cases(world) == [("7100", "return", "done", 189900), ("7101", "refund", "open", 100)]


def test_doudian_orders_give_the_refunds_their_denominator(world, gateway):
    refunds, orders = sample("doudian_refunds"), sample("doudian_orders")

    def answer(path, fields):
        if path.endswith("/afterSale/List"):
            return refunds
        assert path == "/openapi-fxg.jinritemai.com/order/searchList"
        for order in orders["data"]["shop_order_list"][:2]:
            for line in (order, *order["sku_order_list"]):
                line["pay_time"] = fields["create_time_start"] + 1
        return orders

    said = crawl(world, gateway, "doudian_refunds", answer, orders=True)
    assert "拒收 0" in said
    counts = world.rows("select product_id, lines from crawlers_ordercount order by product_id")
    assert counts == [("366020", 2), ("366021", 1)]  # of yesterday alone: earlier days want more
    assert len(cases(world)) == 2


def test_xiaohongshu_refunds(world, gateway):
    none = {"success": True, "data": {"totalCount": 0, "afterSaleBasicInfos": []}}
    lists = once(sample("xiaohongshu_list"), none)

    def answer(path, fields):
        if fields["method"] == "afterSale.getAfterSaleInfo":
            return sample("xiaohongshu_case")
        return lists(path, fields)

    assert "完成，新增 2" in crawl(world, gateway, "xiaohongshu_refunds", answer)
    assert {native_id for native_id, *_ in cases(world)} == {"R1001", "R1002"}


def test_xiaohongshu_orders_give_the_cases_their_denominator_and_their_day(world, gateway):
    answers = {
        "afterSale.listAfterSaleInfos": sample("xiaohongshu_list"),
        "afterSale.getAfterSaleInfo": sample("xiaohongshu_case"),
        "order.getOrderList": sample("xiaohongshu_orders"),
        "order.getOrderDetail": sample("xiaohongshu_goods"),
    }

    def answer(path, fields):
        if fields["method"] == "afterSale.listAfterSaleInfos":
            listed = answers[fields["method"]]["data"]["afterSaleBasicInfos"]
            listed[0]["applyTime"] = fields["endTime"]
        if fields["method"] == "order.getOrderList":
            for order in answers["order.getOrderList"]["data"]["orderList"][:2]:
                order["paidTime"] = fields["startTime"] * 1000 + 1000
        return answers[fields["method"]]

    assert "拒收 0" in crawl(world, gateway, "xiaohongshu_refunds", answer, orders=True)
    assert counts(world) == [("S9001", 2)]
    assert dated(world) == {"R1001"}
    asked = [fields["method"] for _, fields in gateway.calls]
    assert asked.count("order.getOrderDetail") == 2  # of the five days listed, one is counted


def test_an_expired_session_ends_the_run_and_hides_the_keys(world, gateway):
    expired = {"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "expired"}}
    crawl(world, gateway, "taobao_reviews", lambda path, fields: expired)
    ((outcome, reason, detail),) = world.rows(
        "select outcome, block_reason, detail from crawlers_crawlrun"
    )
    assert (outcome, reason) == ("blocked", "login")
    assert "Invalid session" in detail
    assert len(gateway.calls) == 1
