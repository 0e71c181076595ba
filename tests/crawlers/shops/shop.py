"""Values that the tests of official shop APIs share."""

import json
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from scrapy import Request

from crawlers.after_sales import order_hash
from crawlers.spiders.base import Job
from crawlers.spiders.shops.walking import WalkingSpider
from crawlers.spiders.shops.windows import Window
from tests.crawlers.samples import NOW, PAGES, outputs, response

JSON = "application/json;charset=utf-8"
KEYS = {
    "app_key": 12345678,
    "app_secret": "app-secret",
    "session": "shop-session",
    "access_token": "shop-token",
    "sign_secret": "sign-secret",
}
WINDOW = Window(NOW - timedelta(days=1), NOW)


def shop(
    of: type[WalkingSpider],
    *,
    checkpoint: Any = None,
    since: Any = None,
    clock: Any = None,
    **params: Any,
) -> Any:
    """Return a spider with all keys."""
    return of(
        job=Job("s", "shop", KEYS | params, checkpoint or {}, since=since),
        clock=clock or (lambda: NOW),
        lookup=lambda platform, kind, ids, before: set(),
    )


def sample(name: str) -> Any:
    """Return a saved answer."""
    return json.loads((PAGES / "shops" / f"{name}.json").read_text(encoding="utf-8"))


def parsed(of: Any, answer: Any, *, page: Any = 1, walk: str = "until", **more: Any) -> list[Any]:
    """Return what a spider makes of an answer to the page of WINDOW."""
    body = answer if isinstance(answer, str | bytes) else json.dumps(answer)
    asked = {"walk": walk, "window": WINDOW, "page": page} | more
    return outputs(of.parse(response(body, Content_Type=JSON), **asked))


def first_calls(of: Any) -> list[Request]:
    """Return what a spider asks for at first."""
    return outputs(of.start())


def walked(of: Any, answer: Callable[[Request], Any]) -> list[Any]:
    """Answer a spider's calls to the last; return what it made of the answers beside calls."""
    calls, found = deque(first_calls(of)), []
    while calls:
        call = calls.popleft()
        body = response(json.dumps(answer(call)), Content_Type=JSON)
        for made in outputs(call.callback(body, **call.cb_kwargs)):
            (calls if isinstance(made, Request) else found).append(made)
    return found


def marks(platform: str, *orders: str) -> frozenset[str]:
    """Return the fingerprints of these order lines."""
    return frozenset(order_hash(platform, order) for order in orders)


def form(call: Request) -> dict[str, str]:
    """Return the form, or the query, that a call sends."""
    text = call.body.decode() if call.method == "POST" else urlsplit(call.url).query
    return {name: value for name, (value,) in parse_qs(text).items()}


def window(call: Request) -> Window:
    """Return the window that a call is for."""
    found: Window = call.cb_kwargs["window"]
    return found
