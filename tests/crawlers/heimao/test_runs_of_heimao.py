"""黑猫投诉 through the real child process, against a replay on loopback."""

import json

import pytest

from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
HOST = "/tousu.sina.com.cn"
FEED = f"{HOST}/api/index/feed?type=1&page_size=10&page="
JSON = "application/json"
DETAIL = f"{HOST}/complaint/view/17300000061/?sld=ab12"


@pytest.fixture
def feed(site, world):
    site.page(f"{FEED}1", "heimao/feed.json", JSON)
    site.page(f"{FEED}2", "heimao/last.json", JSON)
    site.page(DETAIL, "heimao/complaint.html")
    world.source("hm", "heimao", {"replay": site.url, "keywords": ["某牌"]}, "heimao")
    return site


def outcome(world):
    return world.rows(
        "select outcome, block_reason, accepted, detail from crawlers_crawlrun order by id desc"
    )[0]


def test_the_feeds_hits_are_stored_with_their_steps_or_as_the_feed_had_them(world, feed):
    done = world.command("crawl", "hm")
    assert done.returncode == 0, done.stderr
    stored = world.rows("select native_id, text, extra, url from crawlers_post order by native_id")
    assert [row[0] for row in stored] == ["17300000059", "17300000061"]
    assert json.loads(stored[0][2])["detail"] == "详情页没有取到"  # 404
    assert "还漏水 & 有异味" in stored[1][1]
    assert stored[1][3] == "https://tousu.sina.com.cn/complaint/view/17300000061/?sld=ab12"
    ((checkpoint,),) = world.rows("select checkpoint from crawlers_source")
    assert json.loads(checkpoint) == {"newest": "2024-01-20T04:20:00+00:00"}

    feed.asked.clear()
    assert world.command("crawl", "hm").returncode == 0
    assert [path for path in feed.asked if "robots" not in path] == [f"{FEED}1"]


def test_a_refused_detail_page_ends_the_run_and_loses_no_complaint(world, feed):
    feed.html(DETAIL, "no", 403)
    assert world.command("crawl", "hm").returncode == 1
    assert outcome(world)[:2] == ("blocked", "forbidden")
    assert "17300000061" in world.ids("complaint")


def test_search_without_a_login_says_so(site, world):
    path = f"{HOST}/api/index/s?keywords=x&page_size=10&page=1"
    site.page(path, "heimao/login.json", JSON)
    params = {"replay": site.url, "keywords": ["x"], "cookie": "SUB=old"}
    world.source("hs", "heimao_search", params, "heimao")
    assert world.command("crawl", "hs").returncode == 1
    assert outcome(world)[:2] == ("blocked", "login")
    assert site.asked[-1] == path


def test_search_stores_what_it_finds(site, world):
    sent = []

    def answer(asked):
        sent.append(asked.get("Cookie"))
        return 200, {"Content-Type": JSON}, (PAGES / "heimao/feed.json").read_bytes()

    path = f"{HOST}/api/index/s?keywords=x&page_size=10&page="
    site.answers[f"{path}1"] = answer
    site.page(f"{path}2", "heimao/last.json", JSON)
    params = {"replay": site.url, "keywords": ["x"], "cookie": "SUB=mine"}
    world.source("hs", "heimao_search", params, "heimao")
    done = world.command("crawl", "hs")
    assert done.returncode == 0, done.stderr
    assert world.ids("complaint") == {"17300000059", "17300000060", "17300000061"}
    assert sent == ["SUB=mine"]


def test_company_numbers_are_stored_once_a_day(site, world):
    path = f"{HOST}/api/company/main_search?keyword=%E6%9F%90%E7%89%8C&page=1&page_size=10"
    site.page(path, "heimao/company.json", JSON)
    world.source("hc", "heimao_company", {"replay": site.url, "companies": ["某牌"]}, "heimao")
    assert world.command("crawl", "hc").returncode == 0
    assert world.command("crawl", "hc").returncode == 0
    assert len(world.ids("article")) == 2
