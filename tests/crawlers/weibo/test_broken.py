"""Whatever an answer turns into: each row is a post or refused, or the run ends with a reason."""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, Rejected, clean
from crawlers.observing import Observation
from tests.crawlers.samples import NOW, outputs, response, spider
from tests.crawlers.weibo.cases import CASES, HTML, JSON

DEEP = [[[[[[[[[[[[["x"]]]]]]]]]]]]]
VALUES = [None, [], {}, "x", 3, -1, True, 1.5, 10**20, "", DEEP, [None], "\x00", "\ud800"]
CALLBACKS = [
    pytest.param(of, params, method, about, path, kind, id=f"{of.name}-{method}-{path.stem}")
    for of, params, callbacks in CASES
    for method, about, path, kind in callbacks
]
IN_JSON = [case for case in CALLBACKS if case.values[5] == JSON]
IN_HTML = [case for case in CALLBACKS if case.values[5] == HTML]


def survives(of, params, method, about, body, kind):
    """Feed a body to a callback; what it yields must be fit for what comes behind it."""
    one = spider(of, **params)
    page = response(body, "https://m.weibo.cn/x", Content_Type=kind)
    try:
        found = outputs(getattr(one, method)(page, **copy.deepcopy(about)))
    except CloseSpider:
        assert one.blocked is not None
        return
    for output in found:
        assert isinstance(output, dict | Refused | Observation | Request)
        if isinstance(output, dict):
            with suppress(Rejected):
                clean(output, now=NOW)
    json.dumps(one.checkpoint)


def places(value, path=()):
    """Yield the path to everything within."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


@pytest.mark.parametrize(("of", "params", "method", "about", "path", "kind"), IN_JSON)
def test_any_value_in_any_place(of, params, method, about, path, kind):
    sample = json.loads(path.read_text(encoding="utf-8"))
    for place in places(sample):
        for value in VALUES:
            changed = copy.deepcopy(sample)
            inner = changed
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = value
            survives(of, params, method, about, json.dumps(changed), kind)
        del inner[place[-1]]
        survives(of, params, method, about, json.dumps(changed), kind)


@pytest.mark.parametrize(("of", "params", "method", "about", "path", "kind"), CALLBACKS)
def test_an_answer_that_is_cut_or_is_something_else(of, params, method, about, path, kind):
    body = path.read_bytes()
    step = max(1, len(body) // 40)
    pieces = [body[:end] for end in range(0, len(body), step)]
    others = [
        b"",
        b"\xff\xfe\x00\x00",
        b"null",
        b"[" * 5000,
        b'{"a":' * 5000,
        b"<div>" * 3000,
        b"\x00" * 100,
        "验证".encode("gb18030"),
        body.decode().encode("gb18030"),
        b"\xef\xbb\xbf" + body,
        body.replace(b" ", b"") * 2,
        b"<html><body>" + b"a" * 1_000_000,
    ]
    for piece in pieces + others:
        survives(of, params, method, about, piece, kind)


@pytest.mark.parametrize(("of", "params", "method", "about", "path", "kind"), IN_HTML)
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_page_with_anything_taken_out_or_put_in(of, params, method, about, path, kind, data):
    body = path.read_text(encoding="utf-8")
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        end = min(len(body), start + data.draw(st.integers(0, 60)))
        put = data.draw(st.sampled_from(["", "<", ">", '"', "<p>", "</div>", "&#0;", "\x00", "９"]))
        body = body[:start] + put + body[end:]
    survives(of, params, method, about, body, kind)
