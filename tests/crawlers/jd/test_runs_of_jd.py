"""JD's public interfaces, crawled by a real process against a replay."""

import pytest

from tests.crawlers.jd.cases import GBK

pytestmark = pytest.mark.slow
LIST = "/club.jd.com/comment/productPageComments.action?productId=100001&score=0&sortType=6&page={}&pageSize=10&isShadowSku=0&fold=1"


def test_reviews_are_stored_and_then_only_what_is_new(site, world):
    site.page(LIST.format(0), "jd/reviews.gbk.json", GBK)
    site.json(LIST.format(1), {"maxPage": 3, "comments": []})
    world.source("jd", "jd_reviews", {"skus": ["100001"], "replay": site.url}, "jd")
    done = world.command("crawl", "jd")
    assert "完成，新增 4，重复 0，拒收 0" in done.stdout, done.stdout + done.stderr
    assert world.ids("comment") == {"19000000001:append"}
    site.asked.clear()
    assert "完成，新增 0，重复 4，拒收 0" in world.command("crawl", "jd").stdout
    assert LIST.format(1) not in site.asked


def test_verification_and_silence_block(site, world):
    params = {"skus": ["100001"], "replay": site.url}
    world.source("jd", "jd_reviews", params, "jd")
    site.html(LIST.format(0), "x", 403, **{"x-rp-content": "eyJjb2RlIjo2MDF9"})
    assert "要求验证码" in world.command("crawl", "jd").stdout
    world.source("jd2", "jd_reviews", params, "jd")
    site.html(LIST.format(0), "", 200)
    assert "空响应" in world.command("crawl", "jd2").stdout


def test_summaries_become_series(site, world):
    path = "/club.jd.com/comment/productCommentSummaries.action?referenceIds=100001,100002"
    site.page(path, "jd/summaries.gbk.json", GBK)
    world.source("jd", "jd_summaries", {"skus": [100001, 100002], "replay": site.url}, "jd")
    for said in ("新增 2，重复 0，拒收 0", "新增 0，重复 2，拒收 0"):
        done = world.command("crawl", "jd")
        assert said in done.stdout, done.stdout + done.stderr
    found = world.rows("select product_id, total, poor_rate, rounded from crawlers_ratingsummary")
    assert found == [("100001", 23000, 0.01, 1), ("100002", 42, 0.02, 0)]
