"""Keyword search of 黑猫投诉, with the operator's own cookie."""

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.spiders.asked import number, words
from crawlers.spiders.heimao.site import MOST_PAGES, PAGE_SIZE, HeimaoPages
from crawlers.spiders.walks import Walks

_SEARCH = "/api/index/s"


class HeimaoSearchSpider(HeimaoPages):
    """Parameters: `keywords`, `cookie` (of the operator's own account), `max_pages` (10)."""

    name = "heimao_search"
    required_params = ("keywords", "cookie")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keywords = words(self.job, "keywords")
        self.max_pages = number(self.job, "max_pages", default=10, most=MOST_PAGES)
        self._walks = Walks(self, self.kind)
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each keyword."""
        for keyword in self.keywords:
            yield self._page(keyword, 1)

    def _page(self, keyword: str, page: int) -> Request:
        query = {"keywords": keyword, "page_size": PAGE_SIZE, "page": page}
        about = {"keyword": keyword, "page": page}
        return self.ask(_SEARCH, query, callback=self.parse, cb_kwargs=about)

    async def parse(
        self, response: Response, keyword: str, page: int
    ) -> AsyncIterator[Refused | Request]:
        """Follow the page's new complaints, and the next page while there are any."""
        rows = self.rows(response)
        if not rows:
            self.nothing_new = True
            return
        found: dict[str, dict[str, Any]] = {}
        for one in self.each(rows, lambda row: iter([self.of_row(row)])):
            if isinstance(one, Refused):
                yield one
            else:
                found[one["native_id"]] = one
        walk = await self._walks.page(keyword, set(found))
        stored = await self.stored([sn for sn in found if sn not in self._asked])
        for sn, record in found.items():
            if sn not in self._asked and sn not in stored:
                self._asked.add(sn)
                yield self.detail(record)
        times = [record["published_at"] for record in found.values()]
        more = walk.unknown and not self.all_before_since(times)
        if more and page < self.max_pages:
            yield self._page(keyword, page + 1)
