"""Whole runs in real processes, against a site on loopback that stands in for Weibo."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from config.clock import SHANGHAI
from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
JSON = "application/json"
HTML = "text/html; charset=utf-8"
SAMPLES = PAGES / "weibo"
FIRST, SECOND = "4990000000000001", "4990000000000002"


class Answers(dict):
    """Answers by path and whatever of the query tells them apart; a site's `answers`."""

    def __init__(self, site, *rows):
        super().__init__()
        site.answers = self
        self.rows = rows

    def get(self, target, default):
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        for path, wanted, kind, body in self.rows:
            if path == parts.path and wanted.items() <= query.items():
                return 200, {"Content-Type": kind}, body
        return default


def sample(name):
    return (SAMPLES / name).read_bytes()


def crawl(world, site, spider, **params):
    """Add a source and run it; return what the command said."""
    world.source("s", spider, {"replay": site.url} | params, platform="weibo")
    return again(world)


def again(world):
    done = world.command("crawl", "s")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkpoint(world):
    ((stored,),) = world.rows("select checkpoint from crawlers_source where slug = 's'")
    return json.loads(stored)


def search_pages():
    index = "/m.weibo.cn/api/container/getIndex"
    return [
        (index, {"page": "1"}, JSON, sample("search.json")),
        (index, {"page": "2"}, JSON, sample("empty.json")),
        ("/m.weibo.cn/statuses/extend", {"id": FIRST}, JSON, sample("extend.json")),
    ]


def test_search_stores_posts_with_their_full_text_and_the_threads(site, world):
    Answers(site, *search_pages())
    said = crawl(world, site, "weibo_search", keywords=["某牌"], cookie="SUB=x")
    assert "完成，新增 2，重复 0，拒收 0" in said
    assert world.ids("social") == {FIRST, SECOND}
    assert world.rows("select text from crawlers_post where native_id = ?", FIRST) == [
        ("#某牌# 又坏了，这已经是第三次送修\n客服不理人",)
    ]
    assert world.rows("select platform, native_id, comments, visits from crawlers_thread") == [
        ("weibo", FIRST, 12, 0)
    ]
    site.asked.clear()
    assert "新增 0，重复 2" in again(world)
    assert len([path for path in site.asked if "robots" not in path]) == 1


def test_what_the_search_found_is_what_the_comments_visit(site, world):
    flow, children = "/m.weibo.cn/comments/hotflow", "/m.weibo.cn/comments/hotFlowChild"
    end = b'{"ok":1,"data":{"data":[],"max_id":0,"total_number":12}}'
    Answers(
        site,
        *search_pages(),
        (flow, {"id": FIRST, "max_id": "138000000001"}, JSON, end),
        (flow, {"id": FIRST}, JSON, sample("comments.json")),
        (children, {"cid": "4990000000000100"}, JSON, sample("replies.json")),
    )
    crawl(world, site, "weibo_search", keywords=["某牌"], cookie="SUB=x")
    world.rows("delete from crawlers_source")
    said = crawl(world, site, "weibo_comments")
    assert "完成，新增 4" in said
    assert world.ids("comment") == {f"49900000000001{n:02}" for n in range(4)}
    # The post is older than two weeks: it is visited once, and not again.
    threads = world.rows("select visits, quiet_visits, next_visit_at from crawlers_thread")
    assert threads == [(1, 0, None)]
    assert checkpoint(world) == {"replies": {"4990000000000100": 3}}
    assert "完成，新增 0" in again(world)


def test_desktop_search_goes_on_from_where_it_ended(site, world):
    page = sample("desktop.html").replace(b'class="next"', b'class="prev"')
    Answers(site, ("/s.weibo.com/weibo", {"page": "1"}, HTML, page))
    said = crawl(world, site, "weibo_desktop", keywords=["某牌"], cookie="SUB=x")
    assert "完成，新增 2" in said
    assert world.ids("social") == {FIRST, SECOND}
    until = datetime.fromisoformat(checkpoint(world)["keywords"]["某牌"]["until"])
    assert datetime.now(UTC) - until < timedelta(minutes=5)
    site.asked.clear()
    again(world)
    scope = parse_qs(urlsplit(site.asked[-1]).query)["timescope"][0].split(":")
    local = (until - timedelta(minutes=15)).astimezone(SHANGHAI)
    assert scope[1] == f"{local:%Y-%m-%d}-{local.hour}"


def test_hot_list_is_stored_once_a_day(site, world):
    Answers(site, ("/weibo.com/ajax/side/hotSearch", {}, JSON, sample("hot.json")))
    assert "完成，新增 3，重复 0，拒收 0" in crawl(world, site, "weibo_hot")
    rows = world.rows("select text from crawlers_post where kind = 'article'")
    assert {text for (text,) in rows} == {"某牌水壶漏水", "某牌召回（十万台召回）", "#某牌道歉#"}


def test_official_search_moves_its_checkpoint(site, world):
    path = "/c.api.weibo.com/2/search/statuses/limited.json"
    Answers(site, (path, {"page": "1"}, JSON, sample("api_search.json")))
    assert "完成，新增 1" in crawl(
        world, site, "weibo_api", keywords=["某牌"], access_token="2.00x"
    )
    assert world.ids("social") == {FIRST}
    assert set(checkpoint(world)["until"]) == {"某牌"}


def test_official_error_behind_a_status_is_read(site, world):
    body = {"error": "expired_token", "error_code": 21327, "request": "/2/x.json"}
    answer = (403, {"Content-Type": JSON}, json.dumps(body).encode())
    site.answers = type(
        "Refusing",
        (dict,),
        {"get": lambda self, path, other: other if "robots" in path else answer},
    )()
    world.source(
        "s",
        "weibo_api",
        {"replay": site.url, "keywords": ["某牌"], "access_token": "2.00secret"},
        platform="weibo",
    )
    done = world.command("crawl", "s")
    assert done.returncode == 1
    assert "需要登录" in done.stdout
    assert "2.00secret" not in done.stdout + done.stderr


def test_a_cookie_that_ran_out_blocks_the_source(site, world):
    Answers(site, ("/m.weibo.cn/api/container/getIndex", {}, JSON, sample("login.json")))
    params = {"replay": site.url, "keywords": ["某牌"], "cookie": "SUB=x"}
    world.source("s", "weibo_search", params, platform="weibo")
    done = world.command("crawl", "s")
    assert done.returncode == 1
    rows = world.rows("select outcome, block_reason from crawlers_crawlrun")
    assert rows == [("blocked", "login")]
