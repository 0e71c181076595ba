"""A Kuaishou shop's own refunds, by `open.seller.order.refund.pcursor.list`."""

from collections.abc import Iterator
from typing import Any

from scrapy import Request

from crawlers.after_sales import order_hash, seen
from crawlers.gateways.signing import millis
from crawlers.models import AfterSale, BlockReason
from crawlers.spiders.shops.fields import fen, first, text, whole
from crawlers.spiders.shops.kuaishou import DAY, REACH, KuaishouSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 100
END = "nomore"
ALL_REFUNDS = 9
BY_UPDATE = 2
OLDEST_FIRST = 2
STATES = {60: AfterSale.State.DONE, 70: AfterSale.State.CLOSED}
TYPES = {1: AfterSale.Type.RETURN, 3: AfterSale.Type.EXCHANGE, 10: AfterSale.Type.REFUND}


class KuaishouRefundsSpider(KuaishouSpider):
    """A return that is done counts as goods returned: the platform pays only when they are back."""

    name = "kuaishou_refunds"

    def plan(self) -> list[Walk]:
        """One list, by the last change; pages are cursors, from "" to "nomore"."""
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=DAY,
                reach=REACH,
                page_size=PAGE_SIZE,
                most_rows=50 * PAGE_SIZE,
                first_page="",
            )
        ]

    def ask(self, window: Window, page: str) -> Request:
        """Ask for what follows the cursor."""
        return self.call(
            "open.seller.order.refund.pcursor.list",
            {
                "beginTime": millis(window.start),
                "endTime": millis(window.end),
                "type": ALL_REFUNDS,
                "queryType": BY_UPDATE,
                "sort": OLDEST_FIRST,
                "currentPage": 1,
                "pageSize": PAGE_SIZE,
                "pcursor": page,
            },
        )

    def page(self, answer: Any, page: str) -> Page:
        """Read a page."""
        data = self.need(answer, "data")
        cursor = self.need(data, "pcursor")
        if not isinstance(cursor, str) or not cursor.isprintable():
            self.block(BlockReason.SHAPE, "pcursor 不是能用的文字")
        rows = data.get("refundOrderInfoList")
        following = None if cursor in {END, ""} else cursor
        return Page(self.rows(rows, "refundOrderInfoList"), following=following)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a refund."""
        state = STATES.get(whole(row["status"]), AfterSale.State.OPEN)
        kind = TYPES.get(whole(row.get("handlingWay"), 0), AfterSale.Type.OTHER)
        applied = first(row, ("submitTime", "createTime"))
        yield seen(
            platform=self.job.platform,
            native_id=text(row["refundId"]),
            product_id=text(first(row, ("itemId", "relItemId"))),
            sku=text(row.get("skuNick")),
            order_hash=order_hash("kuaishou", text(row.get("oid"))),
            type=kind,
            state=state,
            goods_returned=kind == AfterSale.Type.RETURN and state == AfterSale.State.DONE,
            reason=text(row.get("refundReasonDesc")),
            amount_fen=fen(row.get("refundFee")),
            applied_at=applied,
            updated_at=row.get("updateTime") or applied,
            now=self.clock(),
        )
