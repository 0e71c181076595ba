"""Weibo's desktop search, window by window, with the operator's own cookie."""

from collections import deque
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawlers import blocks, threads
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders import asked
from crawlers.spiders.base import BadParams, PostSpider, body_text
from crawlers.spiders.weibo import card
from crawlers.spiders.weibo.windows import Agenda, Window
from crawlers.threads import ThreadSeen

Record = dict[str, Any]
SEARCH = "https://s.weibo.com/weibo"
WALL = 50
_PAGES_OF_A_RUN = 30
_DAYS_BACK = 1
_ITEM = "//*[@action-type='feed_list_item']"
_CARD = f"//*[{card.with_class('card-wrap')}]"
_EMPTY = f"//*[{card.with_class('card-no-result')}]"
_NEXT = f"//a[{card.with_class('next')}]"
_PAGE_LIST = f"//ul[{card.with_class('s-scroll')}]/li"
_LOGIN = ("passport.weibo.com", "login.sina.com.cn", '"ok":-100')


class WeiboDesktopSpider(PostSpider):
    """Parameters: `keywords`, `cookie`, `days` that the first run goes back (1), `max_pages` after
    which a run begins no further window (30), `by_province` (true).

    A window is read to its last page, known posts or not: that the last run came to its end is
    what tells that nothing before is missing. With `since` a run walks from there to now once,
    and leaves the plan as it was.
    """

    name = "weibo_desktop"
    kind = "social"
    required_params = ("keywords", "cookie")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        keywords = asked.words(self.job, "keywords")
        self.max_pages = asked.number(self.job, "max_pages", default=_PAGES_OF_A_RUN, most=1000)
        self.by_province = self.params.get("by_province", True)
        if not isinstance(self.by_province, bool):
            raise BadParams(f"信源 {self.job.slug} 的参数 by_province 应是 true 或 false")
        back = timedelta(days=asked.number(self.job, "days", default=_DAYS_BACK, most=90))
        self.pages = 0
        left = self.checkpoint.get("keywords", {})
        self.agendas = {
            keyword: self._agenda(left.get(keyword, {}), back=back) for keyword in keywords
        }
        self.turns = deque(keywords)
        if self.checkpoint.get("turn") in self.agendas:
            self.turns.rotate(-keywords.index(self.checkpoint["turn"]))

    def _agenda(self, left: Record, *, back: timedelta) -> Agenda:
        if self.job.since is None:
            return Agenda.plan(left, now=self.clock(), back=back)
        once = Agenda([], self.clock())
        once.add(self.job.since, self.clock())
        return once

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the oldest window; every other follows from the one before."""
        for request in self._go_on():
            yield request

    def _go_on(self) -> Iterator[Request]:
        """Note what is left, and yield the first page of the next window, keyword by keyword.

        Nothing when all are read, or when the run has read enough.
        """
        if self.job.since is None:
            left = {keyword: agenda.left() for keyword, agenda in self.agendas.items()}
            self.checkpoint = {"keywords": left, "turn": self.turns[0]}
            if self.pages >= self.max_pages:
                return
        for _ in range(len(self.turns)):
            keyword = self.turns[0]
            self.turns.rotate(-1)
            if pending := self.agendas[keyword].pending:
                yield self._page(keyword, pending[0], 1, [])
                return

    def _page(self, keyword: str, window: Window, page: int, before: list[str]) -> Request:
        query = {"q": keyword, "typeall": 1, "suball": 1, **window.query(), "page": page}
        return Request(
            self.at(f"{SEARCH}?{urlencode(query)}"),
            headers=self.cookie(),
            cb_kwargs={"keyword": keyword, "window": window, "page": page, "before": before},
            dont_filter=True,
        )

    def parse(
        self, response: Response, keyword: str, window: Window, page: int, before: list[str]
    ) -> Iterator[Record | Refused | ThreadSeen | Request]:
        """Yield a page's posts and what follows it: its window's next page, or another window.

        `before` are the ids of the page before: a site that shows one page for ever is left.
        """
        self.pages += 1
        text = body_text(response)
        found = Selector(text=text, type="html")
        cards = [] if found.xpath(_EMPTY) else list(found.xpath(_ITEM))
        if not cards:
            self._look_for_marker(found, text, page)
        for record in self.each(cards, self._record):
            yield record
            if not isinstance(record, Refused):
                seen = threads.seen_in(record, now=self.clock())
                yield from [seen] if seen is not None else []
        ids = [one.xpath("@mid").get(default="") for one in cards]
        parts = window.split(by_province=self.by_province) if _is_full(found, ids, page) else []
        if not parts and ids != before and page < WALL and found.xpath(_NEXT):
            yield self._page(keyword, window, page + 1, ids)
            return
        if ids and not parts and (page >= WALL or ids == before):
            self.gap = f"“{keyword}”在 {window} 的微博只看得到前 {page} 页"
        self.agendas[keyword].done(window, parts=parts)
        yield from self._go_on()

    def _record(self, one: Selector) -> Iterator[Record]:
        yield self.post(**card.fields(one))

    def _look_for_marker(self, found: Selector, text: str, page: int) -> None:
        """Return when a page without posts is the end of a window; else the run is blocked."""
        if found.xpath(_EMPTY):
            self.nothing_new = True
            return
        if refusal := blocks.in_title(text):
            self.block(*refusal)
        if any(mark in text for mark in _LOGIN):
            self.block(BlockReason.LOGIN, "返回了登录页，Cookie 可能已失效")
        if page == 1 or not found.xpath(_CARD):
            self.block(BlockReason.SHAPE, "页面上没有微博，也没有“没有结果”的提示")


def _is_full(found: Selector, ids: list[str], page: int) -> bool:
    """Tell whether a window may hold more than its pages show.

    The first page lists all pages, where it lists them; else the last one that may be tells.
    """
    if page == 1 and len(found.xpath(_PAGE_LIST)) >= WALL:
        return True
    return page >= WALL and bool(ids)
