"""A Kuaishou shop's own reviews, by `open.comment.list.get`."""

from collections.abc import Iterator
from typing import Any

from scrapy import Request

from crawlers.gateways.signing import millis
from crawlers.spiders.shops.fields import flag, text
from crawlers.spiders.shops.kuaishou import DAY, REACH, KuaishouSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 20


class KuaishouReviewsSpider(KuaishouSpider):
    """The score of the goods is the rating; those of service and delivery stand in `extra`."""

    name = "kuaishou_reviews"

    def plan(self) -> list[Walk]:
        """One list, by the time of writing; pages are offsets."""
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=7 * DAY,
                reach=REACH,
                page_size=PAGE_SIZE,
                most_rows=100 * PAGE_SIZE,
                first_page=0,
            )
        ]

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of all reviews."""
        return self.call(
            "open.comment.list.get",
            {
                "offset": page * PAGE_SIZE,
                "limit": PAGE_SIZE,
                "createTimeFrom": millis(window.start),
                "createTimeTo": millis(window.end),
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        data = self.need(answer, "data")
        total = self.total(self.need(data, "total"))
        return Page(self.rows(data.get("rootComment"), "rootComment"), total)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a review. It names no buyer; the order's number is left out."""
        yield self.post(
            native_id=text(row["commentId"]),
            text=row.get("content"),
            rating=row.get("qualityScore"),
            author="匿名用户" if flag(row.get("anonymous")) else "",
            product_id=text(row.get("itemId")),
            published_at=row.get("createTime"),
            extra=_extra(row),
        )


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    extra = {
        "sku": text(row.get("itemSkuId")),
        "service_score": row.get("serviceScore"),
        "logistics_score": row.get("logisticsScore"),
        "pictures": len(row.get("imageUrl") or []),
        "reply": text(row.get("sellerReply"))[:2000],
    }
    return {name: value for name, value in extra.items() if value}
