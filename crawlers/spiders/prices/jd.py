"""Prices by JD's public price interface, where it still answers."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.money import parse_fen, yuan
from crawlers.prices import PriceSeen
from crawlers.spiders.jd.answers import JdSpider, batches

ADDRESS = "https://p.3.cn/prices/mgets"
AT_ONCE = 50
_OFF_SHELF = "-1"


class JdPricesSpider(JdSpider):
    """Parameter: `skus`. A product that JD leaves out of its answer is refused."""

    name = "jd_prices"
    kind = "article"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for many products at once."""
        for skus in batches(self.skus, AT_ONCE):
            ids = ",".join(f"J_{sku}" for sku in skus)
            yield Request(
                self.at(f"{ADDRESS}?{urlencode({'skuIds': ids, 'type': 1}, safe=',')}"),
                headers=self.cookie(),
                callback=self.parse,
                cb_kwargs={"skus": skus},
                dont_filter=True,
            )

    def parse(self, response: Response, skus: list[str]) -> Iterator[Any]:
        """Yield the price of each product."""
        data = self.answer(response)
        if isinstance(data, dict) and data.get("error"):
            self.block(BlockReason.SHAPE, f"接口答“{str(data['error'])[:60]}”")
        missing = dict.fromkeys(skus)

        def build(row: Any) -> Iterator[Any]:
            seen = self._price(row)
            missing.pop(seen.product_id, None)
            self.rows_seen += 1
            yield seen

        yield from self.each(self.rows(data), build)
        for sku in missing:
            yield Refused({"sku": sku}, "京东没有给出这个商品的价格")

    def _price(self, row: dict[str, Any]) -> PriceSeen:
        sku = str(row["id"]).removeprefix("J_")
        if not sku.isdigit():
            raise ValueError(f"id“{sku[:40]}”不是商品编号")
        now = parse_fen(row.get("p"))
        off_shelf = str(row.get("p")).startswith(_OFF_SHELF)
        if now is None and not off_shelf:
            raise ValueError("没有价格")
        member, before = parse_fen(row.get("tpp")), parse_fen(row.get("op"))
        notes = [
            f"打折前 {yuan(before)}" if before and before != now else "",
            f"PLUS 会员 {yuan(member)}" if member and member != now else "",
        ]
        return PriceSeen(
            platform=self.job.platform,
            product_id=sku,
            seen_at=self.clock(),
            url=f"https://item.jd.com/{sku}.html",
            list_fen=parse_fen(row.get("m")),
            price_fen=now,
            coupon="" if off_shelf else "；".join(filter(None, notes)),
            available=not off_shelf,
        )
