"""What the spiders of JD's open platform share."""

from collections.abc import Collection, Mapping
from typing import Any

from scrapy import Request

from crawlers.gateways import jd
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import compact
from crawlers.models import BlockReason
from crawlers.spiders.shops.walking import WalkingSpider

PAGE_SIZE = 50
_WRAPPERS = 4


class JdSpider(WalkingSpider):
    """Parameters: `app_key`, `app_secret`, `access_token`, `style`.

    `style` is `classic` (api.jd.com/routerjson) or `header` (api-cn.jd.com, signed headers).
    """

    gateway_url = jd.URL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.style = self.choice("style", jd.STYLES, "classic")
        if self.style == "header" and not self.params.get("gateway"):
            self.gateway = jd.HEADER_URL

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return jd.fault(answer)

    def call(self, method: str, business: Mapping[str, Any]) -> Request:
        """Return a signed call."""
        keys = {name: self.key(name) for name in ("app_key", "app_secret", "access_token")}
        if self.style == "classic":
            return self.form(jd.signed(method, business, **keys, now=self.clock()))
        fields = {"method": method, "v": "2.0", "360buy_param_json": compact(business)}
        return self.form(fields, **jd.signed_headers(fields, **keys, now=self.clock()))

    def holder(self, answer: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """Return the object that has one of these keys, however many wrappers lie around it.

        A key that holds an object is itself a wrapper.
        """
        found = _holder(jd.content(answer), names)
        if found is None:
            self.block(BlockReason.SHAPE, f"没有预期的 {'、'.join(names)}")
        return found


def _holder(within: Any, names: Collection[str]) -> dict[str, Any] | None:
    level = [within]
    for _ in range(_WRAPPERS):
        objects = [here for here in level if isinstance(here, dict)]
        for here in objects:
            if any(name in here and not isinstance(here[name], dict) for name in names):
                return here
        level = [value for here in objects for value in here.values()]
    return None
