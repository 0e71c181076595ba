"""Routes through the real child process, against a small site on loopback."""

import pytest

from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
XML = "application/xml; charset=utf-8"
ROUTE = "/weibo/keyword/x"


@pytest.fixture
def hub(site, world):
    site.page(ROUTE, "rsshub/weibo.rss", XML)
    params = {"base": site.url, "route": "weibo_keyword", "args": {"keyword": "x"}}
    world.source("hub", "rsshub", params, "rsshub")
    return site


def outcome(world):
    return world.rows(
        "select outcome, block_reason, accepted, detail from crawlers_crawlrun order by id desc"
    )[0]


def test_a_route_is_stored_under_its_platform(world, hub):
    done = world.command("crawl", "hub")
    assert done.returncode == 0, done.stderr
    assert world.rows("select platform, kind, native_id from crawlers_post") == [
        ("weibo", "social", "4990000000000009")
    ]


def test_a_missing_cookie_on_rsshubs_side_is_told_and_not_retried(world, hub):
    body = (PAGES / "rsshub/config.html").read_text(encoding="utf-8")
    hub.html(ROUTE, body, 503)
    world.command("crawl", "hub")
    assert outcome(world)[:2] == ("blocked", "login")
    assert "RSSHub 缺少配置" in outcome(world)[3]
    assert hub.asked.count(ROUTE) == 1


def test_an_empty_route_is_a_good_run(world, hub):
    body = (PAGES / "rsshub/empty.html").read_text(encoding="utf-8")
    hub.html(ROUTE, body, 503)
    assert world.command("crawl", "hub").returncode == 0
    assert outcome(world)[:3] == ("ok", "", 0)
