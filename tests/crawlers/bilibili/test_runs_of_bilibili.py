"""Bilibili through the real child process: a search finds videos, then their comments are read."""

import pytest

from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
JSON = "application/json"
API = "/api.bilibili.com"
SEARCH = f"{API}/x/web-interface/search/type?search_type=video&keyword=x&order=pubdate&page="
REPLIES = f"{API}/x/v2/reply?type=1&oid=11&sort=0&ps=20&pn=1"
SUB = f"{API}/x/v2/reply/reply?type=1&oid=11&root=900&ps=20&pn="


@pytest.fixture
def bilibili(site, world):
    site.html("/www.bilibili.com/", "<p>首页</p>", **{"Set-Cookie": "buvid3=AAAA-BBBB; path=/"})
    site.cookies = []

    def search(asked):
        site.cookies.append(asked.get("Cookie"))
        return 200, {"Content-Type": JSON}, (PAGES / "bilibili/search.json").read_bytes()

    site.answers[f"{SEARCH}1"] = search
    site.json(f"{SEARCH}2", {"code": 0, "data": {"numResults": 2, "numPages": 1, "result": []}})
    site.page(REPLIES, "bilibili/replies.json", JSON)
    site.page(f"{SUB}2", "bilibili/sub_replies.json", JSON)
    site.json(f"{SUB}1", {"code": 0, "data": {"replies": None}})
    world.source("bs", "bilibili_search", {"replay": site.url, "keywords": ["x"]}, "bilibili")
    world.source("br", "bilibili_replies", {"replay": site.url}, "bilibili")
    return site


def test_a_search_makes_threads_whose_comments_are_then_collected(world, bilibili):
    done = world.command("crawl", "bs")
    assert done.returncode == 0, done.stderr
    assert "BV1xx411c7mD" in world.ids("social")
    assert bilibili.cookies == ["buvid3=AAAA-BBBB"]
    done = world.command("crawl", "br")
    assert done.returncode == 0, done.stderr
    assert world.ids("comment") == {"900", "901", "899", "920"}
    assert world.rows("select native_id, visits, comments from crawlers_thread") == [
        ("BV1xx411c7mD", 1, 60)
    ]
    for (checkpoint,) in world.rows("select checkpoint from crawlers_source"):
        assert "buvid3" not in checkpoint


def test_risk_control_ends_the_run(world, bilibili):
    bilibili.page(f"{SEARCH}1", "bilibili/voucher.json", JSON)
    assert world.command("crawl", "bs").returncode == 1
    assert world.rows("select outcome, block_reason from crawlers_crawlrun") == [
        ("blocked", "captcha")
    ]


def test_without_a_search_before_there_is_nothing_to_visit(world, bilibili):
    assert world.command("crawl", "br").returncode == 0
    assert bilibili.asked == []
