"""Prices, crawled by a real process against a replay."""

import pytest

pytestmark = pytest.mark.slow
RUNS = "select product_id, variant, price_fen, available from crawlers_price order by id"


def test_product_pages_become_series(site, world):
    site.page("/shop.example/p/1", "prices/product.html")
    site.html("/shop.example/p/2", "<h1>没有价格</h1>")
    pages = [f"https://shop.example/p/{number}" for number in (1, 2, 3)]
    world.source("rival", "prices", {"pages": pages, "replay": site.url})
    done = world.command("crawl", "rival")
    assert "完成，新增 2，重复 0，拒收 2" in done.stdout, done.stdout + done.stderr
    assert world.rows(RUNS) == [("V8", "V8-W", 189900, 1), ("V8", "V8-B", 199900, 0)]
    reasons = world.rows("select reason from crawlers_rejectedrecord order by reason")
    assert reasons == [("没有价格",), ("页面不在了（HTTP 404）",)]
    assert "完成，新增 0，重复 2" in world.command("crawl", "rival").stdout
    assert len(world.rows(RUNS)) == 2


def test_pages_of_which_none_has_a_price_have_changed(site, world):
    site.html("/shop.example/p/2", "<h1>没有价格</h1>")
    world.source("rival", "prices", {"pages": "https://shop.example/p/2", "replay": site.url})
    done = world.command("crawl", "rival")
    assert done.returncode == 1
    assert "受阻" in done.stdout
    assert "页面结构变了" in done.stdout


def test_jd_prices_become_series(site, world):
    path = "/p.3.cn/prices/mgets?skuIds=J_100001,J_100002,J_100003,J_100004&type=1"
    site.page(path, "prices/mgets.json", "application/json")
    skus = [100001, 100002, 100003, 100004]
    world.source("jd", "jd_prices", {"skus": skus, "replay": site.url}, "jd")
    done = world.command("crawl", "jd")
    assert "完成，新增 3，重复 0，拒收 2" in done.stdout, done.stdout + done.stderr
    assert world.rows(RUNS) == [
        ("100001", "", 199900, 1),
        ("100002", "", 5900, 1),
        ("100003", "", None, 0),
    ]


def test_jds_verification_blocks(site, world):
    site.json("/p.3.cn/prices/mgets?skuIds=J_1&type=1", {"error": "pdos_captcha"})
    world.source("jd", "jd_prices", {"skus": ["1"], "replay": site.url}, "jd")
    done = world.command("crawl", "jd")
    assert "要求验证码" in done.stdout
