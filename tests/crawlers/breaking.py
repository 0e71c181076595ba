"""Broken variants of sample answers: what sites really send when something is wrong."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, Rejected, clean
from crawlers.observing import Observation
from crawlers.spiders.base import Job, PostSpider
from tests.crawlers.samples import NOW

ODD = (
    None,
    [],
    {},
    "x",
    3,
    -1,
    1e308,
    True,
    [[[{}]]],
    {"a": {"b": [None]}},
    "\x00\ud800",
    "9" * 50,
)


def replaced(value: Any) -> Iterator[Any]:
    """Yield the JSON with each of its values in turn replaced by each odd one."""
    yield from ODD
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: one for name, one in value.items() if name != key}
            for broken in replaced(inner):
                yield value | {key: broken}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for broken in replaced(inner):
                yield [*value[:index], broken, *value[index + 1 :]]


def broken_json(sample: bytes, encoding: str = "utf-8") -> Iterator[bytes]:
    """Yield broken variants of a JSON answer."""
    for value in replaced(json.loads(sample.decode(encoding))):
        yield json.dumps(value).encode()
    yield from broken_bytes(sample)
    yield b"[" * 20_000
    yield b'{"a":' * 20_000


def broken_bytes(sample: bytes) -> Iterator[bytes]:
    """Yield cut, mixed-up and foreign variants of any answer."""
    for part in range(1, 24):
        yield sample[: len(sample) * part // 24]
    yield sample.decode("utf-8", "replace").encode("utf-16")
    yield sample[::-1]
    yield b"\xff\xfe" + sample
    yield b"<div>" * 20_000
    yield b"<html><title>x</title><body>\x00\x01</body></html>"
    yield b"x" * 300_000
    yield b"null"


def made(of: type[PostSpider], params: dict[str, Any], **options: Any) -> PostSpider:
    """Return a spider with exactly these parameters."""
    return of(job=Job("s", "shop", params), clock=lambda: NOW, lookup=lambda *_: set(), **options)


def survives(call: Callable[[], list[Any]]) -> list[Any]:
    """Return what a callback yields, which is what the pipelines take; [] when it ended the run."""
    try:
        found = call()
    except CloseSpider:
        return []
    for one in found:
        if isinstance(one, Observation):
            one.cells()
        elif not isinstance(one, Refused | Request):
            with suppress(Rejected):
                clean(one, now=NOW)
    return found
