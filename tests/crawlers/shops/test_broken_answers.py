"""Answers with any one value replaced by nonsense: refused or blocked, never an exception."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, Rejected, clean
from crawlers.observing import Observation
from tests.crawlers.samples import NOW, outputs, response
from tests.crawlers.shops.cases import CASES
from tests.crawlers.shops.shop import JSON, shop

DEEP: Any = {}
for _ in range(60):
    DEEP = {"a": [DEEP]}
NONSENSE = [None, [], {}, "x", 3, -1, 1e300, True, "1e999", "\ud800", [[None]], [{}], 10**30, DEEP]
CALLBACKS = [
    pytest.param(spider, params, *callback, id=f"{spider.name}-{callback[2].stem}")
    for spider, params, callbacks in CASES
    for callback in callbacks
]


def broken(value: Any) -> Iterator[Any]:
    """Yield copies of the JSON with one value replaced, and with one key gone."""
    for path in _paths(value):
        for nonsense in NONSENSE:
            yield _with(value, path, nonsense)
        yield _with(value, path, None, gone=True)


def _paths(value: Any) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, within in inside:
        yield (key,)
        if isinstance(within, dict | list):
            for path in _paths(within):
                yield (key, *path)


def _with(value: Any, path: tuple[Any, ...], nonsense: Any, *, gone: bool = False) -> Any:
    changed = copy.deepcopy(value)
    here = changed
    for step in path[:-1]:
        here = here[step]
    if gone:
        del here[path[-1]]
    else:
        here[path[-1]] = nonsense
    return changed


@pytest.mark.parametrize(("spider", "params", "method", "kwargs", "path", "kind"), CALLBACKS)
def test_no_nonsense_in_an_answer_is_an_exception(spider, params, method, kwargs, path, kind):
    whole = json.loads(path.read_text(encoding="utf-8"))
    for answer in broken(whole):
        one = shop(spider, **params)
        body = json.dumps(answer)
        try:
            found = outputs(getattr(one, method)(response(body, Content_Type=JSON), **kwargs))
        except CloseSpider:
            assert one.blocked is not None
            continue
        for record in found:
            if isinstance(record, dict):
                try:
                    clean(record, now=NOW)
                except Rejected:
                    continue
            elif isinstance(record, Observation):
                assert record.cells()
            elif isinstance(record, Refused):
                assert record.reason


@pytest.mark.parametrize(("spider", "params", "method", "kwargs", "path", "kind"), CALLBACKS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_an_answer_that_is_cut_off_blocks(spider, params, method, kwargs, path, kind, share):
    text = path.read_text(encoding="utf-8")
    one = shop(spider, **params)
    cut = response(text[: int(len(text) * share)], Content_Type=JSON)
    with pytest.raises(CloseSpider):
        outputs(getattr(one, method)(cut, **kwargs))
    assert one.blocked.reason == "not_json"


@pytest.mark.parametrize(("spider", "params", "method", "kwargs", "path", "kind"), CALLBACKS)
def test_gbk_reads_like_utf8(spider, params, method, kwargs, path, kind):
    text = path.read_text(encoding="utf-8")

    def read(body):
        one = shop(spider, **params)
        found = outputs(getattr(one, method)(response(body, Content_Type=JSON), **kwargs))
        return [record for record in found if isinstance(record, dict | Observation)]

    assert read(text.encode("gb18030")) == read(text)
