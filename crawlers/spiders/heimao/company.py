"""A company's own numbers at 黑猫投诉, as one article a day."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from config.clock import SHANGHAI
from crawlers.cleaning import clean_line
from crawlers.counts import parse_count
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.asked import words
from crawlers.spiders.heimao.site import SITE, HeimaoPages
from crawlers.spiders.rows import text_of

_SEARCH = "/api/company/main_search"
_UID = re.compile(r"[0-9A-Za-z_-]{1,40}")
_NUMBERS = {
    "valid30d": "近 30 天有效投诉",
    "valid_amt": "累计有效",
    "replied_amt": "已回复",
    "completed_amt": "已完成",
}


class HeimaoCompanySpider(HeimaoPages):
    """Parameters: `companies`, names as the site writes them; all that hold the name are kept."""

    name = "heimao_company"
    kind = "article"
    required_params = ("companies",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.companies = words(self.job, "companies")

    async def start(self) -> AsyncIterator[Request]:
        """Ask for each name once."""
        for name in self.companies:
            query = {"keyword": name, "page": 1, "page_size": 10}
            yield self.ask(_SEARCH, query, callback=self.parse, cb_kwargs={"company": name})

    def parse(self, response: Response, company: str) -> Iterator[dict[str, Any] | Refused]:
        """Yield the numbers of the companies so named; a name that nobody has is refused."""
        rows = self.rows(response)
        if rows is None:
            self.block(BlockReason.SHAPE, "企业搜索没有结果页")
        before = self.rows_seen
        yield from self.each(rows, lambda row: self._numbers(row, company))
        if self.rows_seen == before:
            self.rows_seen += 1
            yield Refused({"company": company}, f"黑猫上没有名称含“{company[:60]}”的企业")

    def _numbers(self, row: Any, company: str) -> Iterator[dict[str, Any]]:
        title = clean_line(text_of(row["title"]), limit=100)
        if company.casefold() not in title.casefold():
            return
        uid = str(row["uid"])
        if not _UID.fullmatch(uid):
            raise ValueError(f"uid“{uid[:40]}”不是企业编号")
        counts = {name: parse_count(row[name]) for name in _NUMBERS if row.get(name) is not None}
        if not counts:
            raise ValueError("没有一个数字")
        now = self.clock()
        told = "，".join(f"{_NUMBERS[name]} {count}" for name, count in counts.items())
        yield self.post(
            native_id=f"{uid}:{now.astimezone(SHANGHAI):%Y-%m-%d}",
            text=f"{title}：{told}",
            url=text_of(row.get("url")) or f"{SITE}/company/view/?couid={uid}",
            published_at=now,
            extra={"title": title, "company": title, "couid": uid, "numbers": counts},
        )
