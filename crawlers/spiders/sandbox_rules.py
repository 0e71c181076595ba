"""The demo's rule centre: a platform's rules for its merchants."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.cleaning import clean_line, clean_text
from crawlers.spiders.base import PostSpider

EMPTY = "暂无公告"
MOST_PAGES = 20
_LINK = re.compile(r"/rules/([\w-]+)/?$")
_DAY = r"\s*([0-9]{4}[-年/.][0-9月/. -]{3,6}日?)"
_PUBLISHED = re.compile(rf"(?:发布|公布|更新)(?:时间|日期)?[:：]?{_DAY}")
_IN_FORCE = re.compile(rf"(?:自|生效(?:日期|时间)[:：]?){_DAY}")
_LEAST_TEXT = 20
"""A shorter text is the page's frame without its content."""


class SandboxRulesSpider(PostSpider):
    """Parameters: `url` of the list, `max_pages` (20)."""

    name = "sandbox_rules"
    kind = "article"

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page."""
        yield self._page(1)

    def _page(self, page: int) -> Request:
        url = f"{self.params['url']}?{urlencode({'page': page})}"
        return Request(url, callback=self.parse, cb_kwargs={"page": page}, dont_filter=True)

    async def parse(self, response: Response, page: int) -> AsyncIterator[Request]:
        """Follow the rules that are new, and the next page while there are any."""
        listing = self.html(response)
        links = {
            match[1]: href
            for href in listing.css("a::attr(href)").getall()
            if (match := _LINK.search(href.partition("?")[0]))
        }
        self.rows_seen += len(links)
        if EMPTY in listing.text or (page > 1 and not links):
            self.nothing_new = True
        stored = await self.stored(links)
        for rule_id, href in links.items():
            if rule_id not in stored:
                yield listing.follow(
                    href,
                    callback=self.parse_rule,
                    cb_kwargs={"rule_id": rule_id},
                    meta={"may_be_gone": True},
                )
        more = await self.known(links) < set(links)
        if more and page < int(self.params.get("max_pages") or MOST_PAGES):
            yield self._page(page + 1)

    def parse_rule(self, response: Response, rule_id: str) -> Iterator[dict[str, Any]]:
        """Yield one rule as an article."""
        page = self.html(response)
        title = clean_line(page.css("h1").get(default=""), limit=300)
        body = clean_text(
            next(filter(None, (page.css(css).get() for css in ("article", "main", "body"))), "")
        )
        if not title or len(body) < _LEAST_TEXT:
            self.need({}, "规则正文")
        stamp = page.css("time::attr(datetime)").get() or page.css("time::text").get()
        published = _PUBLISHED.search(body)
        in_force = _IN_FORCE.search(body)
        when = stamp or (published[1].strip() if published else None)
        yield self.post(
            native_id=rule_id,
            text=body if title in body else f"{title}\n{body}",
            url=response.url,
            published_at=when,
            published_estimated=when is None,
            extra={"title": title, "in_force": in_force[1].strip() if in_force else ""},
        )
