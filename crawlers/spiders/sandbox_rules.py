"""The demo's rule centre: a platform's rules for its merchants."""

import re
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response

from crawlers.cleaning import clean_line, clean_text
from crawlers.spiders.listing import ListingSpider

_LINK = re.compile(r"/rules/([\w-]+)/?$")
_DAY = r"\s*([0-9]{4}[-年/.][0-9月/. -]{3,6}日?)"
_PUBLISHED = re.compile(rf"(?:发布|公布|更新)(?:时间|日期)?[:：]?{_DAY}")
_IN_FORCE = re.compile(rf"(?:自|生效(?:日期|时间)[:：]?){_DAY}")
_LEAST_TEXT = 20
"""A shorter text is the page's frame without its content."""


class SandboxRulesSpider(ListingSpider):
    """Parameters: `url` of the list, `max_pages` (20)."""

    name = "sandbox_rules"
    kind = "article"
    link = _LINK
    empty = "暂无公告"

    def parse_document(self, response: Response, native_id: str) -> Iterator[dict[str, Any]]:
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
            native_id=native_id,
            text=body if title in body else f"{title}\n{body}",
            url=response.url,
            published_at=when,
            published_estimated=when is None,
            extra={"title": title, "in_force": in_force[1].strip() if in_force else ""},
        )
