"""RSS, Atom and JSON Feed: news, blogs, and whatever an RSSHub makes a feed of."""

import calendar
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import feedparser
from scrapy import Request
from scrapy.http import Response

from crawlers import blocks, native_ids
from crawlers.cleaning import clean_line, clean_text
from crawlers.drafts import Refused
from crawlers.models import BlockReason, Post
from crawlers.spiders.base import BadParams, PostSpider, body_text
from crawlers.times import parse_time

Record = dict[str, Any]


class FeedSpider(PostSpider):
    """Parameters: `url` (or a list of them), `kind` (article)."""

    name = "feed"
    kind = "article"
    same_host = False  # feeds move: to another domain, to a CDN

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry_kind = str(self.params.get("kind") or self.kind)
        if self.entry_kind not in Post.Kind.values:
            raise BadParams(f"信源 {self.job.slug} 的参数 kind：没有类型“{self.entry_kind}”")

    async def start(self) -> AsyncIterator[Request]:
        """Ask only for what is newer than the last run that finished."""
        urls = self.params["url"]
        for url in [urls] if isinstance(urls, str) else urls:
            seen = {} if self.resuming else self.checkpoint.get(url, {})
            headers = {"If-None-Match": seen.get("etag"), "If-Modified-Since": seen.get("modified")}
            yield Request(
                url,
                headers={name: value for name, value in headers.items() if value},
                cb_kwargs={"feed": url},
                dont_filter=True,
            )

    def parse(self, response: Response, feed: str) -> Iterator[Record | Refused]:
        """Yield the feed's entries; 304 is a success without any."""
        if response.status == 304:
            self.nothing_new = True
            return
        entries = self._entries(response)
        if not entries:
            self.nothing_new = True  # a well-formed feed that holds nothing yet
        yield from self.each(entries, self._post)
        validators = {"etag": "ETag", "modified": "Last-Modified"}
        self.checkpoint[feed] = {
            key: value.decode("latin-1")
            for key, name in validators.items()
            if (value := response.headers.get(name))
        }

    def _entries(self, response: Response) -> list[Record]:
        text = body_text(response).lstrip("\ufeff \r\n\t")
        if text.startswith("{"):
            return [_of_json(item) for item in self.need(_loads(text), "items")]
        # A stream, not the text: feedparser would open a text that looks like a path or address.
        parsed = feedparser.parse(
            io.BytesIO(response.body),
            response_headers={
                "content-type": (response.headers.get("Content-Type") or b"").decode("latin-1"),
                "content-location": response.url,
            },
        )
        if not parsed.version and not parsed.entries:
            reason, detail = blocks.in_title(text) or (
                BlockReason.SHAPE,
                "不是 RSS、Atom 或 JSON Feed",
            )
            self.block(reason, detail)
        return [_of_xml(entry) for entry in parsed.entries]

    def _post(self, entry: Record) -> Iterator[Record]:
        title = clean_line(entry["title"], limit=300)
        body = clean_text(entry["content"])
        text = body if title and body.startswith(title.rstrip("….")) else f"{title}\n{body}"
        published = self._published(entry)
        yield self.post(
            kind=self.entry_kind,
            native_id=native_ids.of_entry(entry["link"], entry["id"]),
            text=text,
            url=entry["link"],
            author=entry["author"],
            published_at=published,
            published_estimated=published is None,
            extra={"title": title, "tags": entry["tags"][:20]},
        )

    def _published(self, entry: Record) -> datetime | None:
        for text in entry["dates"]:
            try:
                return parse_time(text, now=self.clock())
            except ValueError:
                continue
        parsed = entry["parsed"]
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None


def _loads(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_xml(entry: Any) -> Record:
    dates = ("published", "updated")
    content = entry.get("content") or [{"value": entry.get("summary", "")}]
    return {
        "id": str(entry.get("id") or ""),
        "link": str(entry.get("link") or ""),
        "title": str(entry.get("title") or ""),
        "content": str(content[0].get("value") or entry.get("summary") or ""),
        "author": str(entry.get("author") or ""),
        # Asked of the dict itself: an entry without `updated` would warn and lend `published`.
        "dates": [text for name in dates if (text := dict.get(entry, name))],
        "parsed": next(filter(None, (dict.get(entry, f"{name}_parsed") for name in dates)), None),
        "tags": [str(tag.get("term") or "")[:60] for tag in entry.get("tags") or []],
    }


def _of_json(item: Any) -> Record:
    """Read a JSON Feed item; one that is no object becomes an entry without id, to be refused."""
    item = item if isinstance(item, dict) else {}
    authors = item.get("authors") or [item.get("author") or {}]
    author = authors[0] if isinstance(authors, list) and isinstance(authors[0], dict) else {}
    tags = item.get("tags")
    return {
        "id": str(item.get("id") or ""),
        "link": str(item.get("url") or item.get("external_url") or ""),
        "title": str(item.get("title") or ""),
        "content": str(
            item.get("content_html") or item.get("content_text") or item.get("summary") or ""
        ),
        "author": str(author.get("name") or ""),
        "dates": [
            item[name]
            for name in ("date_published", "date_modified")
            if isinstance(item.get(name), str)
        ],
        "parsed": None,
        "tags": [str(tag)[:60] for tag in tags] if isinstance(tags, list) else [],
    }
