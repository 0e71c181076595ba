"""Real spiders in real processes, against a small site on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

import psutil
import pytest

pytestmark = pytest.mark.slow
JSON = "application/json"


@pytest.fixture
def shop(site, world):
    """The shop's source, and its first page; the second is empty."""
    site.page("/api?productId=100001&page=0&sortType=6", "shop.json", JSON)
    site.json("/api?productId=100001&page=1&sortType=6", {"maxPage": 3, "comments": []})
    params = {"url": f"{site.url}/api", "products": ["100001"]}
    world.source("shop", "sandbox_shop", params)
    return params


def outcome(world, slug):
    return world.rows(
        "select r.outcome, r.block_reason, r.accepted, r.detail from crawlers_crawlrun r"
        " join crawlers_source s on s.id = r.source_id where s.slug = ? order by r.id desc limit 1",
        slug,
    )[0]


def test_a_source_is_crawled_once_and_then_only_what_is_new(site, world, shop):
    done = world.command("crawl", "shop")
    assert done.returncode == 0, done.stderr
    assert "完成，新增 3，重复 0，拒收 0" in done.stdout
    assert world.ids("review") == {"19000000001", "19000000002"}
    assert world.ids("comment") == {"19000000001:append"}
    assert world.rows("select text from crawlers_post where native_id = '19000000001'") == [
        ("用了三天就断电…\n客服不理人",)
    ]
    assert [path.partition("&s")[0] for path in site.asked] == [
        "/robots.txt",
        "/api?productId=100001&page=0",
        "/api?productId=100001&page=1",
    ]

    site.asked.clear()
    done = world.command("crawl", "shop")
    assert "完成，新增 0，重复 3，拒收 0" in done.stdout
    assert not any("page=1" in path for path in site.asked)


def test_a_run_records_what_it_fetched_and_what_the_posts_have(site, world, shop):
    row = {"id": 3, "content": None, "score": "x", "creationTime": "2024-01-02 10:00"}
    bad = {"maxPage": 3, "comments": [row]}
    site.json("/api?productId=100001&page=1&sortType=6", bad)
    site.json("/api?productId=100001&page=2&sortType=6", {"maxPage": 3, "comments": []})
    assert world.command("crawl", "shop").returncode == 0
    ((requests, pages, size, rows, kept, fields, refused, gap),) = world.rows(
        "select requests, pages, bytes, rows, kept, fields, refused, gap from crawlers_crawlrun"
    )
    assert (requests, pages) == (4, 4)  # robots.txt is one
    assert size > 1000
    assert (rows, kept, gap) == (4, 3, "")
    assert {name: round(share, 2) for name, share in json.loads(fields).items()}.keys() == {
        "author",
        "time",
        "url",
        "text",
        "rating",
    }
    assert sum(json.loads(refused).values()) == 1
    ((usual, found_at),) = world.rows("select usual, found_at from crawlers_source")
    assert json.loads(usual)["runs"] == 0
    assert found_at


def test_robots_txt_is_obeyed(site, world, shop):
    site.answers["/robots.txt"] = (
        200,
        {"Content-Type": "text/plain"},
        b"User-agent: *\nDisallow: /api",
    )
    done = world.command("crawl", "shop")
    assert done.returncode == 1
    assert "robots.txt" in done.stdout
    assert outcome(world, "shop")[:3] == ("blocked", "robots", 0)
    assert site.asked == ["/robots.txt"]


def test_too_many_requests_ends_the_run_and_waits_as_asked(site, world, shop):
    site.html(
        "/api?productId=100001&page=0&sortType=6", "slow down", 429, **{"Retry-After": "5400"}
    )
    done = world.command("crawl", "shop")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert outcome(world, "shop")[:2] == ("blocked", "rate")
    assert len([path for path in site.asked if path.startswith("/api")]) == 1
    ((finished, following),) = world.rows(
        "select r.finished_at, s.next_run_at from crawlers_crawlrun r"
        " join crawlers_source s on s.id = r.source_id"
    )
    pause = datetime.fromisoformat(following) - datetime.fromisoformat(finished)
    assert pause.total_seconds() == 5400


def test_a_login_page_is_recognised_and_not_followed(site, world, shop):
    site.html("/api?productId=100001&page=0&sortType=6", "", 302, Location="/passport/login?from=x")
    world.command("crawl", "shop")
    assert outcome(world, "shop")[:2] == ("blocked", "login")
    assert not any("passport" in path for path in site.asked)


def test_a_redirect_to_another_host_inside_the_network_is_refused(site, world):
    target = site.url.replace("127.0.0.1", "localhost")
    site.html("/feed", "", 302, Location=f"{target}/secret")
    site.html("/secret", "inside")
    world.source("feed", "feed", {"url": f"{site.url}/feed"}, "news")
    world.command("crawl", "feed")
    assert outcome(world, "feed")[:2] == ("blocked", "forbidden")
    assert "/secret" not in site.asked


def test_a_page_that_is_too_big_is_not_swallowed(site, world):
    site.answers["/feed"] = (200, {"Content-Type": "application/xml"}, b"x" * (11 * 1024 * 1024))
    world.source("feed", "feed", {"url": f"{site.url}/feed"}, "news")
    world.command("crawl", "feed")
    assert outcome(world, "feed")[:2] == ("blocked", "unreachable")


def test_an_unchanged_feed_is_asked_for_conditionally(site, world):
    site.page("/feed", "feed.rss", "application/rss+xml")
    status, headers, content = site.answers["/feed"]

    def answer(asked):
        if asked.get("If-None-Match") == '"v1"':
            return 304, {"ETag": '"v1"'}, b""
        return status, headers | {"ETag": '"v1"'}, content

    site.answers["/feed"] = answer
    world.source("feed", "feed", {"url": f"{site.url}/feed"}, "news")
    assert "新增 3" in world.command("crawl", "feed").stdout
    second = world.command("crawl", "feed")
    assert second.returncode == 0
    assert "完成，新增 0，重复 0" in second.stdout


def test_complaints_and_rules_are_followed_to_their_pages(site, world):
    site.page("/tousu/?page=1", "tousu_list.html")
    site.html("/tousu/?page=2", "<p>暂无投诉</p>")
    site.page("/tousu/view/17300000001", "tousu.html")
    world.source("tousu", "sandbox_tousu", {"url": f"{site.url}/tousu/"}, "tousu")
    assert "完成，新增 1" in world.command("crawl", "tousu").stdout  # the other one is 404
    assert world.ids("complaint") == {"17300000001"}


def test_a_site_that_is_down_is_unreachable(world):
    world.source("feed", "feed", {"url": "http://127.0.0.1:9/feed"}, "news")
    done = world.command("crawl", "feed")
    assert outcome(world, "feed")[:2] == ("blocked", "unreachable")
    assert "Traceback" not in done.stderr


def test_mistakes_are_named_without_a_traceback(world):
    world.source("odd", "no_such_spider", {"url": "http://127.0.0.1:9/"})
    world.source("poor", "sandbox_shop", {"url": "http://127.0.0.1:9/"})
    for slug, words in (("odd", "no_such_spider"), ("poor", "products"), ("nobody", "nobody")):
        done = world.command("crawl", slug)
        assert done.returncode == 1
        assert words in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_sigterm_saves_what_was_collected(site, world, shop):
    site.json("/api?productId=100001&page=1&sortType=6", {"maxPage": 3, "comments": []})
    waiting = []

    def slow(asked):
        waiting.append(1)
        time.sleep(1.5)
        return 200, {"Content-Type": JSON}, b'{"maxPage":3,"comments":[]}'

    site.answers["/api?productId=100001&page=1&sortType=6"] = slow
    job = {
        "parent": os.getpid(),
        "spider": "sandbox_shop",
        "source": {
            "slug": "shop",
            "platform": "shop",
            "params": shop | {"delay_seconds": 0},
            "source_id": 1,
        },
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "crawlers.child"],
        env=world.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(job))
    child.stdin.close()
    child.stdin = None
    deadline = time.monotonic() + 60
    while not waiting and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGTERM)
    out, _ = child.communicate(timeout=60)
    assert json.loads(out)["reason"] == "shutdown"
    assert child.returncode == 0
    assert len(world.ids("review")) == 2
    assert world.rows("select checkpoint from crawlers_source") == [('{"unfinished": true}',)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_killed_parent_takes_its_spider_along(site, world, shop):
    def hang(asked):
        time.sleep(1)
        return 200, {"Content-Type": JSON}, b'{"maxPage":3,"comments":[]}'

    site.answers["/api?productId=100001&page=0&sortType=6"] = hang
    parent = subprocess.Popen(
        [sys.executable, "-m", "django", "crawl", "shop"],
        env=world.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not any(path.startswith("/api") for path in site.asked) and time.monotonic() < deadline:
        time.sleep(0.02)
    (child,) = psutil.Process(parent.pid).children()
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs([child], timeout=60)
    running = [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]
    assert not running, "the spider outlived its parent"
