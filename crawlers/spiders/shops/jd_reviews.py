"""A JD shop's own reviews, by `getVenderCommentsForJos`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.gateways.signing import local
from crawlers.spiders.shops.fields import text
from crawlers.spiders.shops.jd import PAGE_SIZE, JdSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

METHOD = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"


class JdShopReviewsSpider(JdSpider):
    """Reads reviews by the time they were written."""

    name = "jd_shop_reviews"

    def plan(self) -> list[Walk]:
        """One list. The platform does not say how far back it goes; nor how many it shows."""
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=timedelta(days=7),
                reach=timedelta(days=180),
                page_size=PAGE_SIZE,
                most_rows=100 * PAGE_SIZE,
            )
        ]

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of all scores."""
        return self.call(
            METHOD,
            {
                "beginTime": local(window.start),
                "endTime": local(window.end),
                "score": 0,
                "page": page,
                "pageSize": PAGE_SIZE,
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page; there may be one wrapper more than documented."""
        holder = self.holder(answer, "comments", "totalItem")
        rows = self.rows(holder.get("comments"), "comments")
        if holder.get("totalItem") is not None:
            return Page(rows, total=self.total(holder["totalItem"]))
        return Page(rows, following=page + 1 if len(rows) == PAGE_SIZE else None)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a review. The order's number is left out; the buyer's id is hashed later."""
        sku = text(row.get("skuid"))
        yield self.post(
            native_id=text(row["commentId"]),
            text=row.get("content"),
            rating=row.get("score"),
            author=row.get("nickName"),
            author_id=text(row.get("openIdBuyer")),
            product_id=sku,
            url=f"https://item.jd.com/{sku}.html" if sku else "",
            comments=row.get("replyCount"),
            published_at=row.get("creationTime"),
            extra=_extra(row),
        )


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    replies = [text(reply.get("content")) for reply in row.get("replies") or []]
    extra = {
        "product": text(row.get("skuName"))[:200],
        "pictures": len(row.get("images") or []),
        "reply": next(filter(None, replies), "")[:2000],
    }
    return {name: value for name, value in extra.items() if value}
