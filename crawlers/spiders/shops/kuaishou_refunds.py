"""A Kuaishou shop's own refunds, and on wish its paid orders to divide them by.

Refunds come by `open.seller.order.refund.pcursor.list`, orders by `open.order.cursor.list`, which
lists them by when they were placed or changed, never by when they were paid. An order holds one
item. Its names and bounds are those of public SDKs; that a refund's `oid` is that of the order's
`orderBaseInfo`, and what `payTime` is before payment (taken to be 0 or absent), nobody here has
seen.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.after_sales import order_hash, seen
from crawlers.gateways.signing import millis
from crawlers.models import AfterSale, BlockReason
from crawlers.spiders.shops.fields import fen, first, only, text, whole
from crawlers.spiders.shops.kuaishou import DAY, REACH, KuaishouSpider
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 100
END = "nomore"
ALL_REFUNDS = 9
BY_UPDATE = 2
OLDEST_FIRST = 2
STATES = {60: AfterSale.State.DONE, 70: AfterSale.State.CLOSED}
TYPES = {1: AfterSale.Type.RETURN, 3: AfterSale.Type.EXCHANGE, 10: AfterSale.Type.REFUND}

ORDERS_PAGE_SIZE = 50
ORDERS_REACH = REACH - timedelta(days=1)
"""A walk by whole days begins up to a day before it."""
ALL_ORDERS = 1
ALL_CHANNELS = 0
"""Of `cpsType`: sold by the shop itself or by others for it."""
BY_PLACING = 1
ORDER_FIELDS = frozenset(
    {
        "orderBaseInfo",
        "oid",
        "payTime",
        "orderItemInfo",
        "itemId",
        "relItemId",
    }
)


class KuaishouRefundsSpider(KuaishouSpider):
    """A return that is done counts as goods returned: the platform pays only when they are back.

    Parameters beside the keys: `orders` (counts paid order lines; needs that permission).
    """

    name = "kuaishou_refunds"

    def plan(self) -> list[Walk]:
        """The refunds by their last change; then the orders by the day they were placed.

        Pages of both are cursors, from "" to "nomore".
        """
        refunds = Walk(
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
        if not self.params.get("orders"):
            return [refunds]
        self.paid = PaidLines(self.job.platform)
        orders = Walk(
            key="orders_until",
            ask=self.ask_orders,
            page=self.page_of_orders,
            row=self.order,
            size=DAY,
            reach=ORDERS_REACH,
            page_size=ORDERS_PAGE_SIZE,
            most_rows=100 * ORDERS_PAGE_SIZE,
            first_page="",
        )
        return [refunds, self.paid.walk(orders)]

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
        return self._listed(answer, "refundOrderInfoList", "pcursor")

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

    def ask_orders(self, window: Window, page: str) -> Request:
        """Ask for the orders placed within the window, what follows the cursor."""
        return self.call(
            "open.order.cursor.list",
            {
                "orderViewStatus": ALL_ORDERS,
                "cpsType": ALL_CHANNELS,
                "queryType": BY_PLACING,
                "beginTime": millis(window.start),
                "endTime": millis(window.end),
                "sort": OLDEST_FIRST,
                "pageSize": ORDERS_PAGE_SIZE,
                "cursor": page,
            },
        )

    def page_of_orders(self, answer: Any, page: str) -> Page:
        """Read a page of orders, of each no more than counting takes."""
        found = self._listed(answer, "orderList", "cursor")
        return Page([only(row, ORDER_FIELDS) for row in found.rows], following=found.following)

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Count a paid order's one line; yields nothing."""
        order = row["orderBaseInfo"]
        paid_at = whole(order.get("payTime"), 0)
        if paid_at:
            self.paid.add(
                text(first(row, ("orderItemInfo.itemId", "orderItemInfo.relItemId"))),
                order_hash("kuaishou", text(order["oid"])),
                paid_at,
                now=self.clock(),
            )
        self.rows_seen += 1
        yield from ()

    def _listed(self, answer: Any, rows: str, cursor: str) -> Page:
        data = self.need(answer, "data")
        following = self.need(data, cursor)
        if not isinstance(following, str) or not following.isprintable():
            self.block(BlockReason.SHAPE, f"{cursor} 不是能用的文字")
        return Page(
            self.rows(data.get(rows), rows),
            following=None if following in {END, ""} else following,
        )
