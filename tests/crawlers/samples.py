"""Values that several test modules share."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse

from crawlers.spiders.base import Job, Lookup, PostSpider

PAGES = Path(__file__).parent / "pages"
NOW = datetime(2024, 1, 20, 4, 30, tzinfo=UTC)  # 12:30 in Shanghai, a Saturday


def post_record(**changes: Any) -> dict[str, Any]:
    """Return a valid record of a review."""
    return {
        "platform": "jd",
        "kind": "review",
        "native_id": "1",
        "text": "烧水很快，声音不大",
        "published_at": "2024-01-15 12:30:05",
    } | changes


def spider(
    of: type[PostSpider], *, stored: Iterable[str] = (), checkpoint: Any = None, **params: Any
) -> PostSpider:
    """Return a spider whose site is www.example and whose database holds the ids `stored`."""
    there = set(stored)
    return of(
        job=Job("s", "shop", {"url": "https://www.example/list"} | params, checkpoint or {}),
        clock=lambda: NOW,
        lookup=lambda platform, kind, ids, before: there & set(ids),
    )


def saved_meanwhile(ids: Iterable[str]) -> Lookup:
    """Return a lookup for which the ids are stored, but were not when the run began."""
    there = set(ids)
    return lambda platform, kind, ids, before: set() if before else there & set(ids)


def response(
    body: bytes | str, url: str = "https://www.example/list", *, status: int = 200, **headers: str
) -> Response:
    """Return a response as Scrapy would make it."""
    content = body.encode() if isinstance(body, str) else body
    kind = headers.get("Content_Type", "text/html; charset=utf-8")
    of = HtmlResponse if "html" in kind else TextResponse
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return of(
        url,
        status=status,
        headers={"Content-Type": kind} | names,
        body=content,
        request=Request(url),
    )


def outputs(found: Any) -> list[Any]:
    """Return everything that a callback yields."""
    if not isinstance(found, AsyncIterator):
        return list(found)

    async def collect() -> list[Any]:
        return [output async for output in found]

    return asyncio.run(collect())
