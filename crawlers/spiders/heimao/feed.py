"""The newest complaints of 黑猫投诉, matched here; with proof that none was missed."""

import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from config.clock import SHANGHAI
from crawlers.cleaning import clean_line
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.asked import number, words
from crawlers.spiders.heimao.site import MOST_PAGES, PAGE_SIZE, HeimaoPages
from crawlers.times import parse_time

_FEED = "/api/index/feed"
_AHEAD = timedelta(minutes=5)


class HeimaoSpider(HeimaoPages):
    """Parameters: `keywords` (looked for in title, summary and company), `max_pages` (50).

    The feed is a window of the newest 500. A run walks it back to the newest complaint that the
    last good run saw; when the window ends before, `gap` says which time is missing.
    """

    name = "heimao"
    required_params = ("keywords",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keywords = [_folded(word) for word in words(self.job, "keywords")]
        self.max_pages = number(self.job, "max_pages", default=MOST_PAGES, most=MOST_PAGES)
        self._last = self._checkpointed()
        self._newest = self._last
        self._oldest: datetime | None = None
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page."""
        yield self._page(1)

    def _page(self, page: int) -> Request:
        query = {"type": 1, "page_size": PAGE_SIZE, "page": page}
        return self.ask(_FEED, query, callback=self.parse, cb_kwargs={"page": page})

    async def parse(self, response: Response, page: int) -> AsyncIterator[Refused | Request]:
        """Follow the page's new hits, and the next page until the last run's newest is met."""
        rows = self.rows(response)
        if not rows:
            if page == 1:
                self.block(BlockReason.SHAPE, "最新投诉一条也没有")
            self._window_ends()
            return
        self.rows_seen += len(rows)
        hits: dict[str, dict[str, Any]] = {}
        for found in self.each(rows, self._matching):
            if isinstance(found, Refused):
                yield found
            elif found["native_id"] not in self._asked:
                hits[found["native_id"]] = found
        stored = await self.stored(list(hits))
        for sn, record in hits.items():
            self._asked.add(sn)
            if sn not in stored:
                yield self.detail(record)
        if self._reached(rows):
            return
        if page < self.max_pages:
            yield self._page(page + 1)
        else:
            self._window_ends()

    def _matching(self, row: Any) -> Iterator[dict[str, Any]]:
        main = row["main"]
        told = [main.get(name) for name in ("title", "summary", "cotitle")]
        text = _folded(
            " ".join(clean_line(one, limit=5000) for one in told if isinstance(one, str))
        )
        if any(word in text for word in self.keywords):
            yield self.of_row(row)

    def _reached(self, rows: list[Any]) -> bool:
        """Note the page's times; tell whether it reaches what an earlier run has seen.

        The last row decides: an old complaint pinned on top proves nothing. A time in the future
        is wrong, and as the newest one it would end every later run at once.
        """
        now = self.clock()
        times = [time for row in rows if (time := self._time(row)) and time <= now + _AHEAD]
        if not times:
            return False
        newest = min(max(times), now)
        self._newest = max(self._newest or newest, newest)
        self._oldest = min(self._oldest or times[-1], times[-1])
        self.checkpoint["newest"] = self._newest.isoformat()
        target = self._target()
        return target is not None and times[-1] <= target

    def _target(self) -> datetime | None:
        """Return how far back the run has to go; None on the first: the whole window."""
        wanted = [time for time in (self._last, self.job.since) if time is not None]
        return min(wanted, default=None)

    def _window_ends(self) -> None:
        target = self._target()
        if target is None:
            return
        reached = _shown(self._oldest) if self._oldest else "（时间看不懂）"
        if target == self._last:
            self.gap = f"只翻到 {reached} 的投诉，上次最新到 {_shown(target)}，其间的可能漏了"
        else:
            self.gap = f"只翻到 {reached} 的投诉，要求从 {_shown(target)} 起，其间的取不到"

    def _checkpointed(self) -> datetime | None:
        """Return the last run's newest; one that lies in the future would prove anything."""
        try:
            last = parse_time(str(self.checkpoint.get("newest") or ""), now=self.clock())
        except ValueError:
            return None
        return last if last <= self.clock() + _AHEAD else None

    def _time(self, row: Any) -> datetime | None:
        try:
            return parse_time(row["main"]["timestamp"], now=self.clock())
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
