"""How JD's public interfaces answer, and how they refuse."""

import re
from collections.abc import Iterator
from typing import Any

from scrapy.http import Response

from crawlers import blocks
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams, PostSpider, body_text

_VERIFY_HEADER = "x-rp-content"
_BUSY = re.compile(r"系统繁忙|访问(?:过于)?频繁|操作太频繁|稍后再试|活动太火爆")
_SHORT = 2_000
"""A longer body is an answer, in which customers may well write 系统繁忙."""
_SKU = re.compile(r"[0-9]{1,20}")


class JdSpider(PostSpider):
    """Base of them. Parameter: `skus`, the numbers of the products."""

    required_params = ("skus",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.params["skus"]
        skus = [str(sku).strip() for sku in (given if isinstance(given, list) else [given])]
        wrong = next((sku for sku in skus if not _SKU.fullmatch(sku)), None)
        if wrong is not None:
            raise BadParams(
                f"信源 {self.job.slug} 的参数 skus：“{wrong[:40]}”不是商品编号（应全是数字）"
            )
        self.skus = list(dict.fromkeys(skus))

    def refusal(self, response: Response) -> blocks.Found | None:
        """JD's own verification stands in a header, whatever the status."""
        if response.headers.get(_VERIFY_HEADER):
            return BlockReason.CAPTCHA, "京东验证（x-rp-content）"
        return super().refusal(response)

    def answer(self, response: Response) -> Any:
        """Return the JSON; a refusal in place of it, or in it, ends the run."""
        found = self.refusal(response)  # also where no middleware has looked before
        if found is not None:
            self.block(*found)
        text = body_text(response)
        if len(text) < _SHORT:
            self._refused(text)
        return self.json(response)

    def _refused(self, text: str) -> None:
        if "pdos_captcha" in text:
            self.block(BlockReason.CAPTCHA, "接口答 pdos_captcha")
        if "passport.jd.com" in text:
            self.block(BlockReason.LOGIN, "接口答登录页的地址")
        if "comments" not in text.lower() and (busy := _BUSY.search(text)):
            self.block(BlockReason.RATE, f"接口答“{busy[0]}”")

    def rows(self, data: Any, *path: str) -> list[Any]:
        """Return the list at a path; anything else there means that the interface has changed."""
        found = self.need(data, *path)
        if not isinstance(found, list):
            self.block(BlockReason.SHAPE, f"{'.'.join(path) or '回答'} 不是列表")
        return found


def batches(skus: list[str], size: int) -> Iterator[list[str]]:
    """Yield the numbers in groups for one request each."""
    for start in range(0, len(skus), size):
        yield skus[start : start + size]
