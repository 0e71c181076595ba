"""JD's own sums of the reviews of many products."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.counts import parse_count
from crawlers.drafts import Refused
from crawlers.ratings_seen import RatingSeen
from crawlers.spiders.jd.answers import JdSpider, batches

ADDRESS = "https://club.jd.com/comment/productCommentSummaries.action"
AT_ONCE = 50


class JdSummariesSpider(JdSpider):
    """Parameter: `skus`. A product that JD leaves out of its answer is refused."""

    name = "jd_summaries"
    kind = "review"

    async def start(self) -> AsyncIterator[Request]:
        """Ask for many products at once."""
        for skus in batches(self.skus, AT_ONCE):
            query = urlencode({"referenceIds": ",".join(skus)}, safe=",")
            yield Request(
                self.at(f"{ADDRESS}?{query}"),
                headers={"Referer": f"https://item.jd.com/{skus[0]}.html", **self.cookie()},
                callback=self.parse,
                cb_kwargs={"skus": skus},
                dont_filter=True,
            )

    def parse(self, response: Response, skus: list[str]) -> Iterator[Any]:
        """Yield the sums of each product."""
        missing = dict.fromkeys(skus)

        def build(row: Any) -> Iterator[Any]:
            seen = self._sums(row)
            missing.pop(seen.product_id, None)
            self.rows_seen += 1
            yield seen

        yield from self.each(self.rows(self.answer(response), "CommentsCount"), build)
        for sku in missing:
            yield Refused({"sku": sku}, "京东没有给出这个商品的评价汇总")

    def _sums(self, row: dict[str, Any]) -> RatingSeen:
        product_id = str(row.get("SkuId") or row["ProductId"])
        if not product_id.isdigit():
            raise ValueError(f"SkuId“{product_id[:40]}”不是商品编号")
        total, rounded = _count(row, "CommentCount")
        if total is None:
            raise ValueError("没有 CommentCount")
        parts = [_count(row, name) for name in ("GoodCount", "GeneralCount", "PoorCount")]
        good, neutral, poor = (count or 0 for count, _ in parts)
        return RatingSeen(
            platform=self.job.platform,
            product_id=product_id,
            seen_at=self.clock(),
            total=total,
            good=good,
            neutral=neutral,
            poor=poor,
            good_rate=_share(row, "GoodRate"),
            poor_rate=_share(row, "PoorRate"),
            rounded=rounded or any(part_rounded for _, part_rounded in parts),
        )


def _count(row: dict[str, Any], name: str) -> tuple[int | None, bool]:
    """Return a count, and whether it is rounded: its text says `2.3万+`."""
    said, text = row.get(name), row.get(f"{name}Str")
    rounded = isinstance(text, str) and any(mark in text for mark in "+万亿")
    value = said if said is not None else text
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None, rounded
    return parse_count(value), rounded


def _share(row: dict[str, Any], name: str) -> float | None:
    """Return a rate as a share, from `GoodRate` 0.97 or `GoodRateShow` 97."""
    for key, whole in ((name, 1), (f"{name}Show", 100)):
        value = row.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= whole:
            return value / whole
    return None
