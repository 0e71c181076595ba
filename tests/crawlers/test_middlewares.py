"""What leaves a callback, and in what company."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from crawlers.middlewares import Gathered
from tests.crawlers.samples import response


def gathered(*yielded: Any) -> list[Any]:
    """Return what goes on when a callback yields this; an exception among it is raised."""
    went_on: list[Any] = []

    async def callback() -> Any:
        for output in yielded:
            if isinstance(output, Exception):
                raise output
            yield output

    async def go() -> None:
        gathering = Gathered(cast(Crawler, SimpleNamespace()))
        async for output in gathering.process_spider_output(response(""), callback()):
            went_on.append(output)  # noqa: PERF401 (what came before a failure counts)

    try:
        async_to_sync(go)()
    except CloseSpider as exc:
        went_on.append(exc)
    return went_on


def test_the_records_of_a_page_go_on_together_and_requests_at_once():
    asked = Request("https://www.example/2")
    assert gathered({"a": 1}, asked, {"b": 2}) == [asked, [{"a": 1}, {"b": 2}]]


def test_a_page_without_records_sends_nothing_on():
    assert gathered() == []


def test_what_was_yielded_before_the_run_is_ended_still_goes_on():
    end = CloseSpider("blocked")
    assert gathered({"a": 1}, end) == [[{"a": 1}], end]


@pytest.mark.parametrize(("rows", "groups"), [(100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_a_very_long_page_goes_on_in_parts(rows: int, groups: list[int]):
    assert [len(group) for group in gathered(*[{"n": n} for n in range(rows)])] == groups
