"""A Pinduoduo shop's own after-sale cases, and on wish its paid orders to divide them by.

Cases come by `pdd.refund.list.increment.get`. Orders come by `pdd.order.basic.list.get`, which
lists them by when the deal was made and tells nothing of buyers. Its names are those of public
SDKs; how `confirm_time` is written, what a deposit order's is, and how far back the list goes
(taken to be three months, as for the other lists of orders) nobody here has seen.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from scrapy import Request

from config.clock import SHANGHAI
from crawlers.after_sales import order_hash, seen
from crawlers.gateways import pinduoduo
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import seconds
from crawlers.models import AfterSale
from crawlers.spiders.shops.fields import fen_of_yuan, only, text, whole
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.walking import WalkingSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 100
MOST_ROWS = 50 * PAGE_SIZE
ALL_TYPES = 1
STATES = {10: AfterSale.State.DONE, 11: AfterSale.State.CLOSED, 12: AfterSale.State.CLOSED}
"""Any other is open: also 6, a refusal that the buyer may still answer."""
TYPES = {2: AfterSale.Type.REFUND, 3: AfterSale.Type.RETURN, 4: AfterSale.Type.EXCHANGE}

_DATED = re.compile(r"(\d\d)(\d\d)(\d\d)-\d")

ORDERS_REACH = timedelta(days=89)
"""A walk by whole days begins up to a day before it."""
ALL_ORDERS = 5
BY_DEPOSIT = 1
PAID_IN_FULL = 2
ORDER_FIELDS = frozenset(
    {
        "order_sn",
        "confirm_time",
        "trade_type",
        "step_order_info",
        "step_trade_status",
        "item_list",
        "goods_id",
    }
)


class PddRefundsSpider(WalkingSpider):
    """Half an hour a call is all the platform gives: a first month takes many runs.

    Parameters: `app_key` (its client_id), `app_secret`, `access_token`; `orders` (counts paid
    order lines; needs that permission).
    """

    name = "pdd_refunds"
    gateway_url = pinduoduo.URL

    def plan(self) -> list[Walk]:
        """The cases by their last change; then the orders by the day their deal was made."""
        refunds = Walk(
            key="until",
            ask=self.ask,
            page=self.page,
            row=self.row,
            size=timedelta(minutes=30),
            reach=timedelta(days=90),
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
        )
        if not self.params.get("orders"):
            return [refunds]
        self.paid = PaidLines(self.job.platform, late=timedelta(0))
        orders = Walk(
            key="orders_until",
            ask=self.ask_orders,
            page=self.page_of_orders,
            row=self.order,
            size=timedelta(days=1),
            reach=ORDERS_REACH,
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
        )
        return [refunds, self.paid.walk(orders)]

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return pinduoduo.fault(answer)

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of all types and states."""
        return self.call(
            "pdd.refund.list.increment.get",
            {
                "start_updated_at": seconds(window.start),
                "end_updated_at": seconds(window.end),
                "after_sales_type": ALL_TYPES,
                "after_sales_status": ALL_TYPES,
                "page": page,
                "page_size": PAGE_SIZE,
            },
        )

    def call(self, method: str, business: Mapping[str, int]) -> Request:
        """Return a signed call."""
        form = pinduoduo.signed(
            method,
            {name: str(value) for name, value in business.items()},
            app_key=self.key("app_key"),
            app_secret=self.key("app_secret"),
            access_token=self.key("access_token"),
            now=self.clock(),
        )
        return self.form(form)

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        within = self.need(answer, "refund_increment_get_response")
        total = self.total(self.need(within, "total_count"))
        return Page(self.rows(within.get("refund_list"), "refund_list"), total)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a case. Amounts of this list are yuan."""
        state = STATES.get(whole(row["after_sales_status"]), AfterSale.State.OPEN)
        kind = TYPES.get(whole(row.get("after_sales_type"), 0), AfterSale.Type.OTHER)
        yield seen(
            platform=self.job.platform,
            native_id=text(row["id"]),
            product_id=text(row.get("goods_id")),
            product=text(row.get("goods_name")),
            sku=text(row.get("outer_id")) or text(row.get("sku_id")),
            order_hash=order_hash("pdd", text(row.get("order_sn"))),
            type=kind,
            state=state,
            goods_returned=kind == AfterSale.Type.RETURN and state == AfterSale.State.DONE,
            reason=text(row.get("after_sale_reason")),
            quantity=whole(row.get("goods_number"), 1),
            amount_fen=fen_of_yuan(row.get("refund_amount")),
            applied_at=row["created_time"],
            updated_at=row.get("updated_time") or row["created_time"],
            ordered_on=_order_day(text(row.get("order_sn")), self.clock()),
            now=self.clock(),
        )

    def ask_orders(self, window: Window, page: int) -> Request:
        """Ask for a page of the orders whose deal was made within the window."""
        return self.call(
            "pdd.order.basic.list.get",
            {
                "start_confirm_at": seconds(window.start),
                "end_confirm_at": seconds(window.end),
                "order_status": ALL_ORDERS,
                "refund_status": ALL_ORDERS,
                "page": page,
                "page_size": PAGE_SIZE,
            },
        )

    def page_of_orders(self, answer: Any, page: int) -> Page:
        """Read a page of orders, of each no more than counting takes."""
        within = self.need(answer, "order_basic_list_get_response")
        total = self.total(self.need(within, "total_count"))
        rows = self.rows(within.get("order_list"), "order_list")
        return Page([only(row, ORDER_FIELDS) for row in rows], total)

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Count an order's products, a line each; yields nothing."""
        for item in row["item_list"] if _paid(row) else []:
            self.paid.add(
                text(item["goods_id"]),
                order_hash("pdd", text(row["order_sn"])),
                row["confirm_time"],
                now=self.clock(),
            )
        self.rows_seen += 1
        yield from ()


def _order_day(order_sn: str, now: datetime) -> date | None:
    """Return the day on which an order was placed: its number begins with it, as 240115-…"""
    found = _DATED.match(order_sn)
    try:
        day = date(2000 + int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
    return day if day is not None and day <= now.astimezone(SHANGHAI).date() else None


def _paid(order: Mapping[str, Any]) -> bool:
    """Tell whether an order is paid: a deal is, unless it is one by deposit with a rest open."""
    if whole(order.get("trade_type"), 0) != BY_DEPOSIT:
        return True
    return whole(order["step_order_info"]["step_trade_status"]) == PAID_IN_FULL
