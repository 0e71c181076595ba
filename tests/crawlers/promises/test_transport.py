"""What goes wrong on the wire, against the real child process: each ends the run with a reason."""

import gzip
import json
import os
import subprocess
import sys
import threading

import pytest

from tests.crawlers.replay import Fault, Replay
from tests.crawlers.replayed import Things, native_id

pytestmark = pytest.mark.slow
JSON = "application/json"
# The spider's own process, less patient than in earnest.
IMPATIENT = (
    "from crawlers import child, settings_scrapy as s;"
    "s.BASE |= {'DOWNLOAD_TIMEOUT': 1, 'RETRY_TIMES': 1}; child.main()"
)


@pytest.fixture
def crawl(world):
    """Return a way to run the shop's spider at an address, as the parent would; it tells all."""

    def run(url):
        params = {"url": url, "products": ["1"], "delay_seconds": 0}
        world.source("s", "sandbox_shop", params)
        job = {
            "parent": os.getpid(),
            "spider": "sandbox_shop",
            "source": {"slug": "s", "platform": "shop", "params": params, "source_id": 1},
        }
        done = subprocess.run(
            [sys.executable, "-c", IMPATIENT],
            env=world.environment(),
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["exceptions"] == []
        return told

    return run


def answers(kind, body, status=200, **headers):
    return status, {"Content-Type": kind} | headers, body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers("text/html", b"", 302, Location="/passport/login?r=x"), "login"),
        (answers("text/html", b"", 302, Location="https://passport.example/signin"), "login"),
        (
            answers(JSON, gzip.compress(bytes(200_000_000), 9), **{"Content-Encoding": "gzip"}),
            "shape",
        ),
        (answers(JSON, b"\x1f\x8b\x08\x00x", **{"Content-Encoding": "gzip"}), "unreachable"),
        (answers(JSON, b"x" * 10_000_000), "not_json"),
        (answers(JSON, b'{"comments":"' + b"x" * 10_000_000 + b'"}'), "shape"),
        (answers(JSON, b"x" * 11_000_000), "unreachable"),
        (answers(JSON, b'{"comments":' * 100_000), "not_json"),
        (answers("text/html", b"<div>" * 100_000), "not_json"),
        (answers("image/png", b"\x89PNG"), "not_json"),
    ],
    ids=[
        "login",
        "login elsewhere",
        "gzip bomb",
        "broken gzip",
        "one long line",
        "one long text",
        "more than a page can be",
        "deep JSON",
        "deep HTML",
        "a picture",
    ],
)
def test_a_broken_answer_ends_the_run_with_its_reason(site, crawl, answer, reason):
    site.answers["/api?productId=1&page=0&sortType=6"] = answer
    assert crawl(f"{site.url}/api")["block"]["reason"] == reason


def test_a_page_that_cannot_be_read_leaves_the_run_unfinished(site, world, crawl):
    """The pages before it are kept; the next run walks behind them."""
    row = {"id": 1, "content": "x", "creationTime": "2024-01-15 12:30:05", "score": 1}
    site.json("/api?productId=1&page=0&sortType=6", {"maxPage": 3, "comments": [row]})
    bomb = gzip.compress(bytes(50_000_000), 9)
    site.answers["/api?productId=1&page=1&sortType=6"] = answers(
        JSON, bomb, **{"Content-Encoding": "gzip"}
    )
    assert crawl(f"{site.url}/api")["block"]["reason"] == "shape"
    assert world.ids("review") == {"1"}
    assert world.rows("select checkpoint from crawlers_source") == [('{"unfinished": true}',)]


@pytest.mark.parametrize("fault", list(Fault))
def test_a_site_that_fails_in_the_midst_of_a_list_is_unreachable(world, crawl, fault):
    with Replay(Things(size=50)) as site:
        site.faults = dict.fromkeys(range(4, 20), fault)  # robots.txt, two pages, then
        told = crawl(f"{site.url}/api")
    assert told["block"]["reason"] == "unreachable"
    assert world.ids("review") == {native_id("1", number) for number in range(31, 51)}
    assert world.rows("select checkpoint from crawlers_source") == [('{"unfinished": true}',)]


def test_a_hiccup_is_asked_again_and_nothing_is_missing(world, crawl):
    with Replay(Things(size=50)) as site:
        site.faults = {3: Fault.CUT, 6: Fault.DIE}
        told = crawl(f"{site.url}/api")
    assert told["block"] is None
    assert world.ids("review") == {native_id("1", number) for number in range(1, 51)}


def test_no_thread_of_the_replay_outlives_it():
    with Replay(Things(size=1)):
        assert threading.active_count() > 1
    assert not [one for one in threading.enumerate() if "run_forever" in one.name]
