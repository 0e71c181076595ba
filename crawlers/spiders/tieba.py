"""Search of Baidu Tieba: the classic page, and the cards of 2026."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.cleaning import clean_line, clean_text
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.native_ids import hashed
from crawlers.spiders.asked import number, words
from crawlers.spiders.base import PostSpider, body_text
from crawlers.spiders.walks import Walks

SITE = "https://tieba.baidu.com"
_CHECK_HOST = "wappass.baidu.com"
_CHECK_TITLE = "百度安全验证"
_EMPTY = re.compile(r"没有找到|未找到相关|暂无相关|搜索结果为空")
_THREAD = re.compile(r"/p/([0-9]{1,20})")
_REPLY = re.compile(r"[?&]pid=([0-9]{1,20})")
_ANSWER_TITLE = re.compile(r"\s*回复\s*[:：]")
_PUBLISHED = re.compile(r"发布于\s*([0-9][^<\n]{3,30})")
_PER_PAGE = 10


class TiebaSearchSpider(PostSpider):
    """Parameters: `keywords`, `max_pages` (5), `cookie` (strangers are seldom answered)."""

    name = "tieba_search"
    kind = "social"
    required_params = ("keywords",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keywords = words(self.job, "keywords")
        self.max_pages = number(self.job, "max_pages", default=5, most=50)
        self._walks = Walks(self, self.kind)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each keyword."""
        for keyword in self.keywords:
            yield self._page(keyword, 1)

    def _page(self, keyword: str, page: int) -> Request:
        query = {"ie": "utf-8", "qw": keyword, "rn": _PER_PAGE, "pn": page, "sm": 1}
        return Request(
            self.at(f"{SITE}/f/search/res?{urlencode(query)}"),
            headers={"Referer": f"{SITE}/"} | self.cookie(),
            callback=self.parse,
            cb_kwargs={"keyword": keyword, "page": page},
            dont_filter=True,
        )

    async def parse(
        self, response: Response, keyword: str, page: int
    ) -> AsyncIterator[dict[str, Any] | Refused | Request]:
        """Yield a page's posts and the next page, unless all of them are known."""
        text = body_text(self.html(response))
        listing = Selector(text=text, type="html")
        found = [
            *self.each(listing.css("div.s_post"), self._classic),
            *self.each(listing.css(".threadcardclass"), self._card),
        ]
        if not found:
            self._nothing(text, page)
            return
        posts = [one for one in found if not isinstance(one, Refused)]
        news = [
            (await self._walks.page((keyword, kind), ids, kind=kind)).unknown
            for kind in ("social", "comment")
            if (ids := {post["native_id"] for post in posts if post["kind"] == kind})
        ]
        for one in found:
            yield one
        if any(news) and page < self.max_pages and not self._before_since(posts):
            yield self._page(keyword, page + 1)

    def _before_since(self, posts: list[dict[str, Any]]) -> bool:
        return self.all_before_since(post["published_at"] for post in posts)

    def _nothing(self, text: str, page: int) -> None:
        """Blocks the run, unless the site itself says that there is nothing, or nothing more."""
        if _CHECK_TITLE in text or _CHECK_HOST in text:
            self.block(BlockReason.CAPTCHA, "百度要求安全验证")
        if page == 1 and not _EMPTY.search(text):
            self.block(BlockReason.SHAPE, "没有 .s_post，也没有 .threadcardclass")
        self.nothing_new = True

    def failed(self, failure: Failure) -> None:
        """Ends the run; a redirect to Baidu's check is what it is, not just another host."""
        request: Request | None = getattr(failure, "request", None)
        if request is not None and urlsplit(request.url).hostname == _CHECK_HOST:
            self.block(BlockReason.CAPTCHA, "被重定向到百度安全验证")
        super().failed(failure)

    def _classic(self, row: Selector) -> Iterator[dict[str, Any]]:
        """Read a hit of the classic page: a thread, or one answer in a thread."""
        link = row.css(".p_title a::attr(href)").get(default="")
        tid = row.css(".p_title a::attr(data-tid)").get(default="")
        thread = _digits(tid) or _first(_THREAD, link)
        title = clean_line(row.css(".p_title a").get(default=""), limit=300)
        if not thread:
            raise ValueError("没有 data-tid")
        answer = _first(_REPLY, link) if _ANSWER_TITLE.match(title) else ""
        content = clean_text(row.css(".p_content").get(default=""))
        url = f"{SITE}/p/{thread}"
        author = row.css('a[href*="/home/main"]')
        yield self.post(
            kind="comment" if answer else self.kind,
            native_id=answer or thread,
            text=content if answer and content else "\n".join(filter(None, [title, content])),
            url=f"{url}?pid={answer}#{answer}" if answer else url,
            author=clean_line(author[:1].get(default=""), limit=80),
            published_at=row.css(".p_date::text").get(default=""),
            extra=_extra(title, row.css("a.p_forum").get(default=""), thread if answer else ""),
        )

    def _card(self, row: Selector) -> Iterator[dict[str, Any]]:
        """Read a card of 2026. Where it carries no link, its words are its identity."""
        title = clean_line(row.css(".title-wrap").get(default=""), limit=300)
        content = clean_text(row.css(".abstract-wrap").get(default=""))
        if not title and not content:
            raise ValueError("卡片里没有标题和正文")
        links = [*row.css("a::attr(href)").getall(), row.attrib.get("href", "")]
        thread = next(filter(None, (_first(_THREAD, link) for link in links)), "")
        thread = thread or _digits(row.attrib.get("data-tid", ""))
        forum = row.css(".forum-name-text").get(default="")
        top = clean_line(row.css(".top-title").get(default=""), limit=200)
        yield self.post(
            native_id=thread or hashed("tieba", clean_line(forum, limit=60), title, content),
            text="\n".join(filter(None, [title, content])),
            url=urljoin(SITE, f"/p/{thread}") if thread else "",
            author="",
            published_at=_first(_PUBLISHED, top) or top,
            extra=_extra(title, forum, ""),
        )


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() else ""


def _extra(title: str, forum: str, answer_to: str) -> dict[str, str]:
    extra = {"title": title, "forum": clean_line(forum, limit=60), "post": answer_to}
    return {name: value for name, value in extra.items() if value}
