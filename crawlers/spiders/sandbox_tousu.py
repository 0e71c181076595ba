"""Complaints of the demo's complaint platform: a list of links, and pages of HTML."""

import re
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response

from crawlers.cleaning import clean_line, clean_text
from crawlers.spiders.listing import ListingSpider

GONE = "页面不存在"
_LINK = re.compile(r"/tousu/view/(\w+)")
_BY_CONSUMER = frozenset({"发起投诉", "补充投诉"})


class SandboxTousuSpider(ListingSpider):
    """Parameters: `url` of the list, `max_pages` (50)."""

    name = "sandbox_tousu"
    kind = "complaint"
    link = _LINK
    empty = "暂无投诉"
    most_pages = 50

    def parse_document(self, response: Response, native_id: str) -> Iterator[dict[str, Any]]:
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
            native_id=native_id,
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
