"""RSS, Atom and JSON Feed: news, blogs, and whatever an RSSHub makes a feed of."""

import calendar
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax import SAXException

import feedparser
from scrapy import Request
from scrapy.http import Response

from crawlers import blocks, native_ids
from crawlers.cleaning import clean_line, clean_text
from crawlers.drafts import Refused
from crawlers.models import BlockReason, Post
from crawlers.spiders.asked import words
from crawlers.spiders.base import BadParams, PostSpider, body_text
from crawlers.times import parse_time

Record = dict[str, Any]
_EARLIEST = datetime(1998, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_NO_YEAR = re.compile(r"\b000[01]\b")  # what programs write for no time: mail's rules make it 2001
_GUESSED = frozenset({"windows-1252", "iso-8859-2"})
_WESTERN = re.compile(r"1252|8859|latin", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: where it is fetched, and what its validators are remembered by."""

    name: str
    url: str
    meta: dict[str, Any] = field(default_factory=dict)


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
        self._feeds = self.feeds()

    async def start(self) -> AsyncIterator[Request]:
        """Ask only for what is newer than the last run that finished."""
        for feed in self._feeds:
            seen = {} if self.resuming or self.job.since else self.checkpoint.get(feed.name, {})
            headers = {"If-None-Match": seen.get("etag"), "If-Modified-Since": seen.get("modified")}
            yield Request(
                self.at(feed.url),
                headers={name: value for name, value in headers.items() if value},
                cb_kwargs={"feed": feed.name},
                meta=feed.meta,
                dont_filter=True,
            )

    def feeds(self) -> list[Feed]:
        """Return what is to be fetched."""
        return [Feed(url, url) for url in words(self.job, "url")]

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
            items = self.need(_loads(text), "items")
            if not isinstance(items, list):
                self.block(BlockReason.SHAPE, "JSON Feed 的 items 不是列表")
            return [_of_json(item) for item in items]
        parsed = _parsed(response, response.body)
        if str(parsed.get("encoding")).lower() in _GUESSED and not _WESTERN.search(text[:200]):
            # Chinese that calls itself UTF-8 and is none: feedparser takes it for Western.
            parsed = _parsed(response, text.encode(errors="replace"), charset="utf-8")
        torn = isinstance(parsed.get("bozo_exception"), SAXException)
        if not parsed.entries and (torn or not parsed.get("version")):
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
            native_id=self.native_id(entry),
            text=text,
            url=entry["link"],
            author=entry["author"],
            published_at=published,
            published_estimated=published is None,
            extra={"title": title, "tags": entry["tags"][:20]},
        )

    def native_id(self, entry: Record) -> str:
        """Return an entry's identity: where its link has the platform's id, that."""
        return native_ids.of_entry(entry["link"], entry["id"])

    def _published(self, entry: Record) -> datetime | None:
        """Return the first of an entry's dates that can be true; None when none can.

        A year zero or the next century is a mistake of whoever made the feed.
        """
        now = self.clock()
        texts = [text for text in entry["dates"] if not _NO_YEAR.search(text)]
        for text in texts:
            with suppress(ValueError):
                if _possible(moment := parse_time(text, now=now), now):
                    return moment
        if entry["parsed"] and texts:
            with suppress(ValueError, OverflowError, OSError, TypeError):
                moment = datetime.fromtimestamp(calendar.timegm(entry["parsed"]), UTC)
                if _possible(moment, now):
                    return moment
        return None


def _possible(moment: datetime, now: datetime) -> bool:
    return _EARLIEST <= moment <= now + _AHEAD


def _parsed(response: Response, body: bytes, *, charset: str = "") -> Any:
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    headers = {
        "content-type": f"application/xml; charset={charset}" if charset else kind,
        "content-location": response.url,
    }
    # A stream, not the text: feedparser would open a text that looks like a path or address.
    return feedparser.parse(io.BytesIO(body), response_headers=headers)


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
