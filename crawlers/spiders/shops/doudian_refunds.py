"""A 抖店 shop's own after-sale cases, and on wish its paid orders to divide them by.

Cases come by `/afterSale/List`, orders by `/order/searchList`, which lists by when they were
placed or changed, never by when they were paid. Its names and bounds are those of public SDKs;
that a line's `order_id` is the `sku_order_id` of a case, and when orders by deposit and those that
are used before they are paid get their `pay_time`, nobody here has seen.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request

from config.clock import SHANGHAI
from crawlers.after_sales import order_hash, seen
from crawlers.gateways import doudian
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import seconds
from crawlers.models import AfterSale, BlockReason
from crawlers.spiders.shops.fields import fen, first, only, text, whole
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.walking import WalkingSpider
from crawlers.spiders.shops.windows import Page, Walk, Window
from crawlers.times import parse_time

PATH = "afterSale/List"
ORDERS_PATH = "order/searchList"
PAGE_SIZE = 100
MOST_ROWS = 5_000
"""The platform gives 50,000 of either list, but a window has to fit into one run."""
ORDERS_REACH = timedelta(days=89)
"""90 days are told; a walk by whole days begins up to a day before it."""
ORDER_FIELDS = frozenset(
    {
        "order_id",
        "pay_time",
        "sku_order_list",
        "product_id",
    }
)
PAID_BACK = 3
STATES = {
    12: AfterSale.State.DONE,
    14: AfterSale.State.DONE,
    28: AfterSale.State.CLOSED,
}
"""Any other is open: also a refusal (27, 29), which the buyer may still answer."""
TYPES = {
    0: AfterSale.Type.RETURN,
    1: AfterSale.Type.REFUND,
    2: AfterSale.Type.REFUND,
    3: AfterSale.Type.EXCHANGE,
}
_LINE = "order_info.related_order_info"


class DoudianRefundsSpider(WalkingSpider):
    """Parameters beside the keys: `orders` (counts paid order lines; needs that permission)."""

    name = "doudian_refunds"
    gateway_url = doudian.URL

    def plan(self) -> list[Walk]:
        """The cases by their last change; then the orders by the day they were placed."""
        refunds = Walk(
            key="until",
            ask=self.ask,
            page=self.page,
            row=self.row,
            size=timedelta(days=1),
            reach=timedelta(days=180),
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
            first_page=0,
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
            reach=ORDERS_REACH,
            page_size=PAGE_SIZE,
            most_rows=MOST_ROWS,
            first_page=0,
        )
        return [refunds, self.paid.walk(orders)]

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return doudian.fault(answer)

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page, oldest first; pages count from 0."""
        return self.call(
            PATH,
            {
                "update_start_time": seconds(window.start),
                "update_end_time": seconds(window.end),
                "order_by": ["update_time asc"],
                "page": page,
                "size": PAGE_SIZE,
            },
        )

    def call(self, path: str, business: Mapping[str, Any]) -> Request:
        """Return a signed call."""
        query, body = doudian.signed(
            path,
            business,
            app_key=self.key("app_key"),
            app_secret=self.key("app_secret"),
            access_token=self.key("access_token"),
            now=self.clock(),
        )
        return self.body(body, f"{self.gateway}/{path}?{query}")

    def data(self, answer: Any) -> dict[str, Any]:
        """Return what an answer holds."""
        data = self.need(answer, "data")
        if not isinstance(data, dict):
            self.block(BlockReason.SHAPE, "data 不是对象")
        return data

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        data = self.data(answer)
        rows = self.rows(data.get("items"), "items")
        if data.get("total") is not None:
            return Page(rows, total=self.total(data["total"]))
        return Page(rows, following=page + 1 if self.need(data, "has_more") is True else None)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a case. The goods stand with the order's lines, which may be absent."""
        case = row["aftersale_info"]
        paid_back = whole(case.get("refund_status"), 0) == PAID_BACK
        state = STATES.get(whole(case["aftersale_status"]), AfterSale.State.OPEN)
        kind = TYPES.get(whole(case.get("aftersale_type"), -1), AfterSale.Type.OTHER)
        order = first(row, (f"{_LINE}.sku_order_id", "order_info.shop_order_id"))
        done = state == AfterSale.State.DONE or paid_back
        yield seen(
            platform=self.job.platform,
            native_id=text(case["aftersale_id"]),
            product_id=text(first(row, (f"{_LINE}.product_id",))),
            product=text(first(row, (f"{_LINE}.product_name",))),
            sku=text(first(row, (f"{_LINE}.shop_sku_code",))),
            order_hash=order_hash("doudian", text(order)),
            type=kind,
            state=AfterSale.State.DONE if done else state,
            goods_returned=kind == AfterSale.Type.RETURN and done,
            reason=text(case.get("reason")),
            quantity=whole(case.get("aftersale_num"), 1),
            amount_fen=fen(case.get("refund_amount")),
            applied_at=case["apply_time"],
            updated_at=case.get("update_time") or case["apply_time"],
            ordered_on=self._day(first(row, (f"{_LINE}.create_time",))),
            now=self.clock(),
        )

    def _day(self, placed_at: Any) -> Any:
        if not placed_at:
            return None
        return parse_time(placed_at, now=self.clock()).astimezone(SHANGHAI).date()

    def ask_orders(self, window: Window, page: int) -> Request:
        """Ask for a page of the orders placed within the window, oldest first."""
        return self.call(
            ORDERS_PATH,
            {
                "create_time_start": seconds(window.start),
                "create_time_end": seconds(window.end),
                "order_by": "create_time",
                "order_asc": True,
                "page": page,
                "size": PAGE_SIZE,
            },
        )

    def page_of_orders(self, answer: Any, page: int) -> Page:
        """Read a page of orders, of each no more than counting takes."""
        data = self.data(answer)
        rows = self.rows(data.get("shop_order_list"), "shop_order_list")
        total = self.total(self.need(data, "total"))
        return Page([only(row, ORDER_FIELDS) for row in rows], total)

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Count an order's paid lines; yields nothing. `pay_time` is 0 while nothing is paid."""
        for line in row["sku_order_list"]:
            paid_at = whole(line.get("pay_time") or row.get("pay_time"), 0)
            if not paid_at:
                continue
            self.paid.add(
                text(line["product_id"]),
                order_hash("doudian", text(line["order_id"])),
                paid_at,
                now=self.clock(),
            )
        self.rows_seen += 1
        yield from ()
