"""Whatever stands in whichever place of an answer: no callback of these spiders breaks on it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, Rejected, clean
from crawlers.observing import Observation
from tests.crawlers.bilibili.cases import CASES as BILIBILI
from tests.crawlers.douyin.cases import CASES as DOUYIN
from tests.crawlers.heimao.cases import CASES as HEIMAO
from tests.crawlers.rsshub.cases import CASES as FEEDS
from tests.crawlers.samples import NOW, outputs, response, spider
from tests.crawlers.tieba.cases import CASES as TIEBA

DEEP: Any = "x"
for _ in range(60):
    DEEP = [DEEP]
ODD = [None, [], {}, "x", "", 3, -1, 1e300, True, [None], [3], {"a": 1}, "\ud800\x00", DEEP]
STEPS = [
    pytest.param(of, params, *call, id=f"{of.name}-{call[0]}-{call[2].name}")
    for of, params, calls in [*HEIMAO, *BILIBILI, *TIEBA, *DOUYIN, *FEEDS]
    for call in calls
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def variants(data: Any) -> Iterator[str]:
    for path in places(data):
        for odd in ODD:
            changed = copy.deepcopy(data)
            here = changed
            for step in path[:-1]:
                here = here[step]
            here[path[-1]] = odd
            yield json.dumps(changed)


def broken(sample: bytes) -> Iterator[bytes]:
    """Yield the sample cut short, doubled, in other encodings, and as something else."""
    for part in (0.05, 0.3, 0.7, 0.95):
        yield sample[: int(len(sample) * part)]
    yield sample * 2
    yield sample.decode().encode("gb18030", "replace")
    yield sample.decode().encode("utf-16")
    yield sample.replace(b":", b"\xff")
    yield from (b"null", b"0", b'"x"', b"[]", b"{}", b"[" * 3000, b"<" * 3000, b"\x00\xff\xfe")
    yield b"<html><title>502</title></html>"


def survives(of, params, method, about, body, kind):
    one = spider(of, **params)
    try:
        found = outputs(getattr(one, method)(response(body, Content_Type=kind), **about))
    except CloseSpider:
        assert one.blocked is not None
        return
    for output in found:
        assert isinstance(output, dict | Refused | Request | Observation)
        if isinstance(output, dict):
            try:
                clean(output, now=NOW)
            except Rejected:
                continue


@pytest.mark.parametrize(("of", "params", "method", "about", "sample", "kind"), STEPS)
def test_no_answer_breaks_a_callback(of, params, method, about, sample, kind):
    whole = sample.read_bytes()
    bodies: list[bytes | str] = list(broken(whole))
    if "json" in kind:
        bodies += variants(json.loads(whole))
    for body in bodies:
        survives(of, params, method, copy.deepcopy(about), body, kind)
