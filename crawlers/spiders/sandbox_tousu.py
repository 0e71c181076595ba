"""Complaints of the demo's complaint platform: a list of links, and pages of HTML."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.cleaning import clean_line, clean_text
from crawlers.spiders.base import PostSpider

EMPTY = "暂无投诉"
GONE = "页面不存在"
MOST_PAGES = 50
_LINK = re.compile(r"/tousu/view/(\w+)")
_BY_CONSUMER = frozenset({"发起投诉", "补充投诉"})


class SandboxTousuSpider(PostSpider):
    """Parameters: `url` of the list, `max_pages` (50)."""

    name = "sandbox_tousu"
    kind = "complaint"

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page."""
        yield self._page(1)

    def _page(self, page: int) -> Request:
        url = f"{self.params['url']}?{urlencode({'page': page})}"
        return Request(url, callback=self.parse, cb_kwargs={"page": page}, dont_filter=True)

    async def parse(self, response: Response, page: int) -> AsyncIterator[Request]:
        """Follow the complaints that are new, and the next page while there are any."""
        listing = self.html(response)
        links = {
            match[1]: href
            for href in listing.css("a::attr(href)").getall()
            if (match := _LINK.search(href))
        }
        self.rows_seen += len(links)
        if EMPTY in listing.text or (page > 1 and not links):
            self.nothing_new = True
        stored = await self.stored(links)
        for sn, href in links.items():
            if sn not in stored:
                yield listing.follow(
                    href,
                    callback=self.parse_complaint,
                    cb_kwargs={"sn": sn},
                    meta={"may_be_gone": True},
                )
        more = await self.known(links) < set(links)
        if more and page < int(self.params.get("max_pages") or MOST_PAGES):
            yield self._page(page + 1)

    def parse_complaint(self, response: Response, sn: str) -> Iterator[dict[str, Any]]:
        """Yield one complaint; a deleted one yields nothing."""
        page = self.html(response)
        question = page.css(".ts-d-question")
        if not question:
            if GONE not in page.text:
                self.need({}, ".ts-d-question")
            return
        title = clean_line(question.css("h1").get(default=""), limit=300)
        facts = _facts(question)
        steps = [_step(item) for item in page.css(".ts-d-steplist .ts-d-item")]
        own = [step["text"] for step in steps if step["status"] in _BY_CONSUMER]
        # Not 投诉对象 and so on: every text would hold a word that a rule looks for.
        said = [
            f"{name}：{facts[f'投诉{name}']}"
            for name in ("对象", "问题", "要求")
            if f"投诉{name}" in facts
        ]
        yield self.post(
            native_id=sn,
            text="\n".join(filter(None, [title, *own, "；".join(said)])),
            url=response.url,
            author=question.css(".u-name::text").get(default=""),
            published_at=question.css(".u-date::text").get(default=""),
            extra={
                "title": title,
                "facts": facts,
                "replies": [step for step in steps if step["status"] not in _BY_CONSUMER][:10],
            },
        )


def _facts(question: Any) -> dict[str, str]:
    """Return the complaint's table. Its `li` are never closed, so the labels divide it."""
    html = question.css("ul.ts-q-list").get(default="")
    facts = {}
    for part in re.split(r"<label[^>]*>", html)[1:]:
        name, _, value = part.partition("</label>")
        facts[clean_line(name, limit=20).strip("：: ")] = clean_line(value, limit=200)
    return facts


def _step(item: Any) -> dict[str, str]:
    return {
        "status": clean_line(item.css(".u-status").get(default=""), limit=20),
        "at": clean_line(item.css(".u-date").get(default=""), limit=40),
        "text": clean_text(item.css(".ts-d-cont").get(default=""))[:5000],
    }
