"""Sites that list links, newest first, to pages with one document each."""

from collections.abc import AsyncIterator, Iterator
from re import Pattern
from typing import Any, ClassVar
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.spiders.base import PostSpider
from crawlers.spiders.walks import Walks


class ListingSpider(PostSpider):
    """Follows the links that are new, page by page, while there are any.

    A spider of this kind names its `link` (the first group is the native id), what the site says on
    an `empty` list, and how one page is read. Parameters: `url` of the list, `max_pages`.
    """

    link: ClassVar[Pattern[str]]
    empty: ClassVar[str]
    most_pages: ClassVar[int] = 20

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._walks = Walks(self, self.kind)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page."""
        yield self._list(1)

    def _list(self, page: int) -> Request:
        url = f"{self.params['url']}?{urlencode({'page': page})}"
        return Request(url, callback=self.parse, cb_kwargs={"page": page}, dont_filter=True)

    async def parse(self, response: Response, page: int) -> AsyncIterator[Request]:
        """Follow what is new, and the next page while there are any."""
        listing = self.html(response)
        links = {
            match[1]: href
            for href in listing.css("a::attr(href)").getall()
            if (match := self.link.search(href.partition("?")[0]))
        }
        self.rows_seen += len(links)
        if self.empty in listing.text or (page > 1 and not links):
            self.nothing_new = True
        stored = await self.stored(links)
        for native_id, href in links.items():
            if native_id not in stored:
                yield listing.follow(
                    href,
                    callback=self.parse_document,
                    cb_kwargs={"native_id": native_id},
                    meta={"may_be_gone": True},
                )
        more = (await self._walks.page("", set(links))).unknown
        if more and page < int(self.params.get("max_pages") or self.most_pages):
            yield self._list(page + 1)

    def parse_document(self, response: Response, native_id: str) -> Iterator[dict[str, Any]]:
        """Yield the document of one page as a post; nothing when it was deleted."""
        raise NotImplementedError(f"{type(self).__name__}.parse_document")
