"""What the spiders of Taobao's open platform share."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.gateways import taobao
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import local
from crawlers.models import BlockReason
from crawlers.spiders.shops.walking import WalkingSpider
from crawlers.spiders.shops.windows import Page, Window

MOST_ROWS = 1500
PAGE_SIZE = 100
WEEK = timedelta(days=7)


class TaobaoSpider(WalkingSpider):
    """Parameters: `app_key`, `app_secret`, `session` (the shop's authorisation), `sign_method`."""

    required_params = ("app_key", "app_secret", "session")
    gateway_url = taobao.URL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sign_method = self.choice("sign_method", taobao.SIGN_METHODS, "hmac-sha256")

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return taobao.fault(answer)

    def call(self, method: str, business: Mapping[str, Any]) -> Request:
        """Return a signed call."""
        form = taobao.signed(
            method,
            {name: str(value) for name, value in business.items()},
            app_key=self.key("app_key"),
            app_secret=self.key("app_secret"),
            session=self.key("session"),
            now=self.clock(),
            sign_method=self.sign_method,
        )
        return self.form(form)

    def listed(
        self, answer: Mapping[str, Any], page: int, wrapper: str, outer: str, inner: str
    ) -> Page:
        """Return a page out of `{wrapper: {total_results | has_next, outer: {inner: […]}}}`.

        An empty page lacks the list.
        """
        within = self.need(answer, wrapper)
        if not isinstance(within, dict):
            self.block(BlockReason.SHAPE, f"{wrapper} 不是对象")
        holder = within.get(outer)
        if holder is not None and not isinstance(holder, dict):
            self.block(BlockReason.SHAPE, f"{outer} 不是对象")
        rows = self.rows((holder or {}).get(inner), inner)
        if within.get("total_results") is not None:
            return Page(rows, total=self.total(within["total_results"]))
        more = self.need(within, "has_next") in (True, "true")
        return Page(rows, following=page + 1 if more else None)


def span(window: Window, start: str, end: str) -> dict[str, str]:
    """Return a window as two parameters of these names."""
    return {start: local(window.start), end: local(window.end)}
