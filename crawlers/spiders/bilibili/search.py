"""Bilibili's newest videos on a keyword."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers import threads
from crawlers.bilibili_ids import aid, bvid
from crawlers.cleaning import clean_line
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.asked import number, words
from crawlers.spiders.bilibili.site import BilibiliPages
from crawlers.spiders.rows import list_of, object_of, text_of
from crawlers.spiders.walks import Walks

_SEARCH = "/x/web-interface/search/type"
_MOST_PAGES = 50
_BVID = re.compile(r"BV[0-9A-Za-z]{8,20}")


class BilibiliSearchSpider(BilibiliPages):
    """Parameters: `keywords`, `max_pages` (5). Videos with comments become threads to visit."""

    name = "bilibili_search"
    kind = "social"
    required_params = ("keywords",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keywords = words(self.job, "keywords")
        self.max_pages = number(self.job, "max_pages", default=5, most=_MOST_PAGES)
        self._walks = Walks(self, self.kind)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the front page, then the newest page of each keyword."""
        yield self.home(self._page(keyword, 1) for keyword in self.keywords)

    def _page(self, keyword: str, page: int) -> Request:
        query = {"search_type": "video", "keyword": keyword, "order": "pubdate", "page": page}
        about = {"keyword": keyword, "page": page}
        return self.ask(_SEARCH, query, callback=self.parse, cb_kwargs=about)

    async def parse(
        self, response: Response, keyword: str, page: int
    ) -> AsyncIterator[dict[str, Any] | threads.ThreadSeen | Refused | Request]:
        """Yield a page's videos and their threads, and the next page while there is news."""
        data = self.data(response)
        rows = self._rows(data, page)
        ids = {native_id for row in rows if (native_id := _native_id(row))}
        walk = await self._walks.page(keyword, ids)
        times = []
        for found in self.each(rows, self._video):
            yield found
            if isinstance(found, Refused):
                continue
            times.append(found["published_at"])
            if (seen := self._thread(found)) is not None:
                yield seen
        more = walk.unknown and not self.all_before_since(times)
        if more and page < min(self.max_pages, _pages(data)):
            yield self._page(keyword, page + 1)

    def _thread(self, record: dict[str, Any]) -> threads.ThreadSeen | None:
        """Return the video's comments as a thread; None without a number to ask for them by."""
        number = record["extra"].get("aid")
        with suppress(ValueError):
            address = {"aid": number or aid(record["native_id"])}
            return threads.seen_in(record, now=self.clock(), address=address)
        return None

    def _rows(self, data: Any, page: int) -> list[Any]:
        """Return a page's videos; none only when the site says that there are none."""
        count = self.need(data, "numResults")
        if rows := list_of(data.get("result")):
            return [row for row in rows if not isinstance(row, dict) or _is_video(row)]
        if page == 1 and count != 0:
            self.block(BlockReason.SHAPE, "没有预期的 data.result")
        self.nothing_new = True
        return []

    def _video(self, row: Any) -> Iterator[dict[str, Any]]:
        native_id = _native_id(row)
        if not native_id:
            raise ValueError("没有 bvid 或 aid")
        title = clean_line(text_of(row["title"]), limit=300)
        tags, description = text_of(row.get("tag")), text_of(row.get("description"))
        told = [title, "" if description == "-" else description, tags and f"标签：{tags}"]
        yield self.post(
            native_id=native_id,
            text="\n".join(filter(None, told)),
            url=f"https://www.bilibili.com/video/{native_id}",
            author=row.get("author"),
            author_id=row.get("mid"),
            likes=row.get("like"),
            comments=row.get("review"),
            published_at=row.get("pubdate"),
            extra=_extra(row, title),
        )


def _is_video(row: dict[str, Any]) -> bool:
    """Tell a video from the courses and live rooms that may stand between."""
    return row.get("type") in (None, "video")


def _native_id(row: Any) -> str:
    """Return the video's BV name, also where a row has only its number; "" when it has none."""
    row = object_of(row)
    name = text_of(row.get("bvid"))
    if _BVID.fullmatch(name):
        return name
    number = row.get("aid")
    with suppress(ValueError, TypeError):
        return bvid(number) if isinstance(number, int) else ""
    return ""


def _extra(row: dict[str, Any], title: str) -> dict[str, Any]:
    names = {"aid": "aid", "plays": "play", "danmaku": "video_review", "duration": "duration"}
    extra = {"title": title} | {name: row.get(key) for name, key in names.items()}
    return {
        name: value
        for name, value in extra.items()
        if isinstance(value, str | int) and value not in ("", 0)
    }


def _pages(data: Any) -> int:
    count = data.get("numPages") if isinstance(data, dict) else None
    return count if isinstance(count, int) else _MOST_PAGES
