"""Each spider once through a real process, against a platform on loopback."""

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


def test_pinduoduo_refunds_in_half_hours(world, gateway):
    empty = {"refund_increment_get_response": {"total_count": 0, "refund_list": []}}
    said = crawl(world, gateway, "pdd_refunds", once(sample("pdd_refunds"), empty))
    assert "完成，新增 2" in said
    assert len(gateway.calls) == 48
    gateway.calls.clear()
    assert world.command("crawl", "s").returncode == 0
    assert len(gateway.calls) == 1


def test_doudian_refunds(world, gateway):
    said = crawl(world, gateway, "doudian_refunds", lambda path, fields: sample("doudian_refunds"))
    assert "完成，新增 2" in said
    assert cases(world) == [("7100", "return", "done", 189900), ("7101", "refund", "open", 100)]


def test_xiaohongshu_refunds(world, gateway):
    none = {"success": True, "data": {"totalCount": 0, "afterSaleBasicInfos": []}}
    lists = once(sample("xiaohongshu_list"), none)

    def answer(path, fields):
        if fields["method"] == "afterSale.getAfterSaleInfo":
            return sample("xiaohongshu_case")
        return lists(path, fields)

    assert "完成，新增 2" in crawl(world, gateway, "xiaohongshu_refunds", answer)
    assert {native_id for native_id, *_ in cases(world)} == {"R1001", "R1002"}


def test_an_expired_session_ends_the_run_and_hides_the_keys(world, gateway):
    expired = {"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "expired"}}
    crawl(world, gateway, "taobao_reviews", lambda path, fields: expired)
    ((outcome, reason, detail),) = world.rows(
        "select outcome, block_reason, detail from crawlers_crawlrun"
    )
    assert (outcome, reason) == ("blocked", "login")
    assert "Invalid session" in detail
    assert len(gateway.calls) == 1
