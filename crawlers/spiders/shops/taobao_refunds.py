"""A Taobao or Tmall shop's own refunds, and on wish its paid orders to divide them by."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.after_sales import order_hash, seen
from crawlers.models import AfterSale
from crawlers.spiders.shops.fields import fen_of_yuan, flag, text, whole
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.taobao import MOST_ROWS, PAGE_SIZE, WEEK, TaobaoSpider, span
from crawlers.spiders.shops.windows import Page, Walk, Window

REACH = timedelta(days=90)
FIELDS = (
    "refund_id,tid,oid,title,num,num_iid,sku,refund_fee,reason,status,good_status,"
    "has_good_return,created,modified"
)
ORDER_FIELDS = "tid,pay_time,orders.oid,orders.num_iid"
STATES = {"SUCCESS": AfterSale.State.DONE, "CLOSED": AfterSale.State.CLOSED}
"""Any other is open: also SELLER_REFUSE_BUYER, which a buyer may still answer."""


class TaobaoRefundsSpider(TaobaoSpider):
    """Parameters beside the keys: `orders` (counts paid order lines; needs that permission)."""

    name = "taobao_refunds"

    def plan(self) -> list[Walk]:
        """The refunds by their last change; then the orders by the day they were placed."""
        refunds = Walk(
            key="until",
            ask=self.ask,
            page=self.page,
            row=self.row,
            size=WEEK,
            reach=REACH,
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
        )
        if not self.params.get("orders"):
            return [refunds]
        self.paid = PaidLines(self.job.platform)
        orders = Walk(
            key="orders_until",
            ask=self.ask_orders,
            page=self.page_of_orders,
            row=self.order,
            size=timedelta(days=1),
            reach=REACH,
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
        )
        return [refunds, self.paid.walk(orders)]

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of the refunds that changed within the window."""
        return self.call(
            "taobao.refunds.receive.get",
            {
                "fields": FIELDS,
                "page_no": page,
                "page_size": PAGE_SIZE,
                **span(window, "start_modified", "end_modified"),
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        return self.listed(answer, page, "refunds_receive_get_response", "refunds", "refund")

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a refund."""
        returns = flag(row.get("has_good_return"))
        state = STATES.get(text(row["status"]), AfterSale.State.OPEN)
        back = text(row.get("good_status")) == "BUYER_RETURNED_GOODS"
        yield seen(
            platform=self.job.platform,
            native_id=text(row["refund_id"]),
            product_id=text(row.get("num_iid")),
            product=text(row.get("title")),
            sku=text(row.get("sku")).partition("|")[2],
            order_hash=order_hash("taobao", text(row.get("oid"))),
            type=AfterSale.Type.RETURN if returns else AfterSale.Type.REFUND,
            state=state,
            goods_returned=returns and (back or state == AfterSale.State.DONE),
            reason=text(row.get("reason")),
            quantity=whole(row.get("num"), 1),
            amount_fen=fen_of_yuan(row.get("refund_fee")),
            applied_at=row["created"],
            updated_at=row.get("modified") or row["created"],
            now=self.clock(),
        )

    def ask_orders(self, window: Window, page: int) -> Request:
        """Ask for a page of the orders placed within the window."""
        return self.call(
            "taobao.trades.sold.get",
            {
                "fields": ORDER_FIELDS,
                "page_no": page,
                "page_size": PAGE_SIZE,
                **span(window, "start_created", "end_created"),
            },
        )

    def page_of_orders(self, answer: Any, page: int) -> Page:
        """Read a page of orders."""
        return self.listed(answer, page, "trades_sold_get_response", "trades", "trade")

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Count an order's lines; yields nothing."""
        self.rows_seen += 1
        lines = (row.get("orders") or {}).get("order") or []
        for line in lines if row.get("pay_time") else []:
            self.paid.add(
                text(line["num_iid"]),
                order_hash("taobao", text(line["oid"])),
                row["pay_time"],
                now=self.clock(),
            )
        yield from ()
