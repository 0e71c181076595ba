"""What a run remembers does not grow with what it collects."""

import subprocess
import sys
import tracemalloc
from itertools import count, islice

from crawlers.spiders.base import RECENT
from crawlers.spiders.sandbox_shop import SandboxShopSpider
from tests.crawlers.samples import spider


def test_a_run_remembers_only_the_ids_it_met_last():
    one = spider(SandboxShopSpider, products=["1"])
    for number in range(RECENT + 500):
        one.post(native_id=number, text="x")
    assert len(one._emitted) == RECENT
    assert ("review", "499") not in one._emitted
    assert ("review", str(RECENT)) in one._emitted


def test_a_spider_holds_on_to_nothing_of_the_posts_that_it_gave_away():
    one = spider(SandboxShopSpider, products=["1"])
    row = {"creationTime": "2024-01-15 12:30:05", "score": 1}
    numbers = count(10_000_000)

    def collect(times: int) -> int:
        for number in islice(numbers, times):
            list(one._review(row | {"id": number, "content": f"{number}" * 300}, "1"))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        collect(RECENT)
        first, second = collect(5_000), collect(10_000)
    finally:
        tracemalloc.stop()
    assert second - first < 500_000


def test_a_spider_of_a_large_process_is_not_taken_for_large_itself(world, site):
    """Linux hands the most that was ever held on to a child, through exec."""
    site.json("/api?productId=1&page=0&sortType=6", {"maxPage": 0, "comments": []})
    world.source("s", "sandbox_shop", {"url": f"{site.url}/api", "products": ["1"]})
    program = (
        "import runpy, sys; held = b'x' * 1_200_000_000;"
        "sys.argv = ['django', 'crawl', 's']; runpy.run_module('django', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=world.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "完成" in done.stdout, done.stdout + done.stderr
