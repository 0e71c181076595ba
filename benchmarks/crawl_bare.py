"""What the crawl is measured against: a spider with Scrapy's own settings and no pipeline.

`python -m benchmarks.crawl_bare URL PRODUCT...` walks each product's reviews from page to page.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import TextResponse


class BareSpider(Spider):
    """Parses the JSON and yields the rows as they are."""

    name = "bare"

    def __init__(self, url: str, products: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url, self.products = url, products

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each product."""
        for product in self.products:
            yield self._page(product, 0)

    def _page(self, product: str, page: int) -> Request:
        return Request(
            f"{self.url}?productId={product}&page={page}&sortType=6",
            cb_kwargs={"product": product, "page": page},
            dont_filter=True,
        )

    def parse(
        self, response: TextResponse, product: str, page: int
    ) -> Iterator[dict[str, Any] | Request]:
        """Yield a page's rows and the next page, while there is one."""
        data = response.json()
        yield from data["comments"]
        if page + 1 < data["maxPage"]:
            yield self._page(product, page + 1)


def main() -> None:
    """Crawl what the command line names."""
    url, *products = sys.argv[1:]
    process = AsyncCrawlerProcess({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False})
    process.crawl(BareSpider, url=url, products=products)
    process.start()


if __name__ == "__main__":
    main()
