"""What stands between every spider and the sites: addresses, refusals, failures."""

from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawlers import addresses, blocks
from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider


class _Middleware:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    @property
    def spider(self) -> PostSpider:
        spider = self.crawler.spider
        if not isinstance(spider, PostSpider):
            raise TypeError(f"{spider!r} is no PostSpider")
        return spider


class AddressGuard(_Middleware):
    """Lets no request reach a host inside the network that is not the source's own."""

    async def process_request(self, request: Request) -> None:
        """Ends the run when a redirect led inside; drops a mere link."""
        try:
            host, port = addresses.endpoint(request.url)
        except ValueError as exc:
            raise IgnoreRequest(str(exc)) from None
        if await addresses.may_connect(host, port, self.spider.own_endpoints):
            return
        if request.meta.get("redirect_urls"):
            self.spider.note_block(BlockReason.FORBIDDEN, f"被重定向到内网地址 {host}，没有访问")
        raise IgnoreRequest(f"{host} is inside the network")


class LoginRedirect(_Middleware):
    """Ends the run when a site answers with the way to its login page; it is not followed."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Looks at redirects before they are followed."""
        location = (response.headers.get("Location") or b"").decode("latin-1")
        of_robots = request.meta.get("dont_obey_robotstxt")
        if 300 <= response.status < 400 and location and not of_robots:
            target = response.urljoin(location)
            if blocks.is_login(target):
                self.spider.note_block(BlockReason.LOGIN, "被重定向到登录页")
                raise IgnoreRequest("redirected to a login page")
        return response


class Refusals(_Middleware):
    """Ends the run at the first response that is a refusal, before any callback sees it."""

    def process_spider_input(self, response: Response) -> None:
        """A request whose meta says `may_be_gone` may meet a deleted page: only it is dropped."""
        found = self.spider.refusal(response)
        if found is None:
            return
        reason, detail = found
        if reason is BlockReason.GONE and response.meta.get("may_be_gone"):
            raise IgnoreRequest(f"HTTP {response.status}")
        wait = blocks.retry_after(response, now=self.spider.clock())
        self.spider.block(reason, detail, retry_after=wait)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Every request gets the spider's errback, so that no failure goes unnoticed."""
        async for output in start:
            yield self._answered_for(output)

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Likewise for requests that callbacks make."""
        async for output in result:
            yield self._answered_for(output)

    def _answered_for(self, output: Any) -> Any:
        if isinstance(output, Request) and output.errback is None:
            return output.replace(errback=self.spider.failed)
        return output


class Gathered(_Middleware):
    """Sends the records of a page on together: one by one they cost more than all else of it."""

    MOST = 100

    async def process_spider_output(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Requests pass at once. What was yielded before a failure still goes on."""
        records: list[Any] = []
        try:
            async for output in result:
                if isinstance(output, Request):
                    yield output
                    continue
                records.append(output)
                if len(records) >= self.MOST:
                    yield records
                    records = []
        except Exception:
            if records:
                yield records
            raise
        if records:
            yield records
