"""What a run remembers does not grow with what it collects."""

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
