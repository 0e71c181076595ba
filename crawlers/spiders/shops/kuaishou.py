"""What the spiders of Kuaishou's shop platform share."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.gateways import kuaishou
from crawlers.gateways.faults import Fault
from crawlers.spiders.shops.walking import WalkingSpider

REACH = timedelta(days=90)
DAY = timedelta(days=1)


class KuaishouSpider(WalkingSpider):
    """Parameters: `app_key`, `sign_secret` (not the app secret), `access_token`, `sign_method`."""

    required_params = ("app_key", "sign_secret", "access_token")
    gateway_url = kuaishou.URL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sign_method = self.choice("sign_method", kuaishou.SIGN_METHODS, "HMAC_SHA256")

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return kuaishou.fault(answer)

    def call(self, method: str, business: Mapping[str, Any]) -> Request:
        """Return a signed call."""
        path = kuaishou.signed(
            method,
            business,
            app_key=self.key("app_key"),
            sign_secret=self.key("sign_secret"),
            access_token=self.key("access_token"),
            now=self.clock(),
            sign_method=self.sign_method,
        )
        return Request(self.at(self.gateway + path), dont_filter=True, meta={"dont_redirect": True})
