"""Weibo's list of hot searches: which words were on it on which day."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from scrapy import Request
from scrapy.http import Response

from config.clock import SHANGHAI
from crawlers import native_ids
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider
from crawlers.spiders.rows import id_of, text_of
from crawlers.spiders.weibo import answers
from crawlers.times import parse_time

HOT = "https://weibo.com/ajax/side/hotSearch"


class WeiboHotSpider(PostSpider):
    """No parameters. A word is one article a day, told of as it first stood on the list."""

    name = "weibo_hot"
    kind = "article"
    required_params = ()

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the list: it has one page."""
        headers = {"Referer": "https://weibo.com/", "X-Requested-With": "XMLHttpRequest"}
        yield Request(self.at(HOT), headers=headers, dont_filter=True)

    def parse(self, response: Response) -> Iterator[dict[str, Any] | Refused]:
        """Yield the words of the list, without those that somebody paid for."""
        answer = self.json(response)
        answers.is_good(self, answer)
        rows = self.need(answer, "data", "realtime")
        if not isinstance(rows, list) or not rows:
            self.block(BlockReason.SHAPE, "热搜榜是空的")
        yield from self.each(enumerate(rows, start=1), self._word)

    def _word(self, placed: tuple[int, Any]) -> Iterator[dict[str, Any]]:
        place, row = placed
        word, note = id_of(row["word"]).strip(), text_of(row.get("note")).strip()
        if not word:
            raise ValueError("word（热搜词）是空的")
        if row.get("is_ad"):
            return
        day = self.clock().astimezone(SHANGHAI)
        since, estimated = self._on_board(row.get("onboard_time"), day)
        extra = {
            "rank": row.get("realpos") if _is_count(row.get("realpos")) else place,
            "heat": row.get("num") if _is_count(row.get("num")) else 0,
            "label": text_of(row.get("label_name"))[:10],
        }
        yield self.post(
            native_id=native_ids.hashed("weibo hot", f"{day:%Y-%m-%d}", word.strip("#")),
            text=f"{word}（{note}）" if note and note != word else word,
            url=f"https://s.weibo.com/weibo?q={quote(word)}",
            published_at=since,
            published_estimated=estimated,
            extra={name: value for name, value in extra.items() if value},
        )

    def _on_board(self, value: Any, day: datetime) -> tuple[datetime, bool]:
        """Return since when the word is on the list of that day, and whether that is a guess."""
        midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            since = parse_time(value, now=day)
        except (ValueError, TypeError, AttributeError):
            return day, True
        return max(min(since, day), midnight), since < midnight


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12
