"""A Xiaohongshu shop's own after-sale cases, and on wish its paid orders to divide them by.

The list of cases tells neither goods nor whether money went back; both stand in each case's own
details, of which little is documented: the names that are tried stand in `DETAIL`.

Orders come by `order.getOrderList`, which lists them by when they were placed or changed, never by
when they were paid; their goods stand in `order.getOrderDetail`, one call for each order. The
names and bounds are those of public SDKs. By these a case knows its goods by `skuId` alone, so
that is what lines are counted by. Nobody here has seen when an order by deposit gets its
`paidTime`, nor what it is before payment (taken to be 0 or absent).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.after_sales import order_hash, seen
from crawlers.gateways import xiaohongshu
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import millis, seconds
from crawlers.models import AfterSale, BlockReason
from crawlers.spiders.shops.fields import fen_of_yuan, first, only, text, whole
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.walking import Later, WalkingSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 50
BY_UPDATE = 2
PAID_BACK = 2
STATES = {
    4: AfterSale.State.DONE,
    5: AfterSale.State.CLOSED,
    6: AfterSale.State.CLOSED,
    9: AfterSale.State.CLOSED,
}
TYPES = {
    1: AfterSale.Type.RETURN,
    2: AfterSale.Type.EXCHANGE,
    3: AfterSale.Type.REFUND,
    4: AfterSale.Type.REFUND,
    5: AfterSale.Type.REFUND,
}
DETAIL: Mapping[str, tuple[str, ...]] = {
    "product_id": ("skus.itemId", "skus.skuId", "skus.id"),
    "product": ("skus.skuName", "skus.itemName", "skus.name"),
    "quantity": ("skus.appliedCount", "skus.returnCount", "skus.quantity", "skus.skuQuantity"),
    "refund_status": ("refundStatus",),
    "amount": ("refundAmountYuan", "expectedRefundAmountYuan"),
    "reason": ("reasonNameZh",),
    "updated_at": ("updatedAt",),
}

ORDERS_PAGE_SIZE = 100
BY_PLACING = 1
EXCHANGED = 5
"""Type of the order that sends the goods of an exchange: nobody pays for it."""
GIFT = 1
ORDER_FIELDS = frozenset({"orderId", "orderType", "paidTime"})
GOODS_FIELDS = frozenset({"skuList", "skuId", "skuTag"})


class XiaohongshuRefundsSpider(WalkingSpider):
    """One more call for each case and each order that is counted: a window holds at most as many
    as one run can ask for.

    Parameters: `app_key` (its appId), `app_secret`, `access_token`; `orders` (counts paid order
    lines; needs that permission).
    """

    name = "xiaohongshu_refunds"
    gateway_url = xiaohongshu.URL

    def plan(self) -> list[Walk]:
        """The cases by their last change, half an hour a call; then the orders by the day they
        were placed.
        """
        cases = Walk(
            key="until",
            ask=self.ask,
            page=self.page,
            row=self.row,
            size=timedelta(minutes=30),
            reach=timedelta(days=90),
            page_size=PAGE_SIZE,
            most_rows=PAGE_SIZE,
        )
        if not self.params.get("orders"):
            return [cases]
        self.paid = PaidLines(self.job.platform)
        orders = Walk(
            key="orders_until",
            ask=self.ask_orders,
            page=self.page_of_orders,
            row=self.order,
            size=timedelta(days=1),
            reach=timedelta(days=90),
            page_size=ORDERS_PAGE_SIZE,
            most_rows=ORDERS_PAGE_SIZE,
        )
        return [cases, self.paid.walk(orders)]

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return xiaohongshu.fault(answer)

    def call(self, method: str, business: Mapping[str, Any]) -> Request:
        """Return a signed call."""
        return self.body(
            xiaohongshu.signed(
                method,
                business,
                app_key=self.key("app_key"),
                app_secret=self.key("app_secret"),
                access_token=self.key("access_token"),
                now=self.clock(),
            )
        )

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of the list."""
        return self.call(
            "afterSale.listAfterSaleInfos",
            {
                "startTime": millis(window.start),
                "endTime": millis(window.end),
                "timeType": BY_UPDATE,
                "pageNo": page,
                "pageSize": PAGE_SIZE,
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page of the list."""
        data = self.need(answer, "data")
        total = self.total(self.need(data, "totalCount"))
        return Page(self.rows(data.get("afterSaleBasicInfos"), "afterSaleBasicInfos"), total)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Ask for a case's details."""
        returns_id = _number(row["returnsId"], "售后编号")
        yield Later(lambda: self._detail(returns_id, row))

    def parse_case(self, response: Response, basic: dict[str, Any]) -> Iterator[Any]:
        """Yield a case; where its details are refused, what the list told of it."""
        data = self._details(response)
        info = data.get("afterSaleInfo", data) if isinstance(data, dict) else None
        yield from self.found([info], lambda found: self._case(basic, found))
        yield from self.go_on()

    def ask_orders(self, window: Window, page: int) -> Request:
        """Ask for a page of the orders placed within the window."""
        return self.call(
            "order.getOrderList",
            {
                "startTime": seconds(window.start),
                "endTime": seconds(window.end),
                "timeType": BY_PLACING,
                "pageNo": page,
                "pageSize": ORDERS_PAGE_SIZE,
            },
        )

    def page_of_orders(self, answer: Any, page: int) -> Page:
        """Read a page of orders, of each no more than counting takes."""
        data = self.need(answer, "data")
        total = self.total(self.need(data, "total"))
        rows = self.rows(data.get("orderList"), "orderList")
        return Page([only(row, ORDER_FIELDS) for row in rows], total)

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Ask for the goods of a paid order whose day this reading will tell of."""
        paid_at = whole(row.get("paidTime"), 0)
        if paid_at and whole(row.get("orderType"), 0) != EXCHANGED:
            order_id = _number(row["orderId"], "订单编号")
            if self.paid.tells_of(paid_at, now=self.clock()):
                yield Later(lambda: self._goods(order_id, paid_at))
        self.rows_seen += 1

    def parse_order(self, response: Response, order_id: str, paid_at: int) -> Iterator[Any]:
        """Count an order's lines; where its details are refused, it is said and not counted."""
        info = only(self._details(response), GOODS_FIELDS)
        yield from self.found([info], lambda found: self._count(order_id, paid_at, found))
        yield from self.go_on()

    def _goods(self, order_id: str, paid_at: int) -> Request:
        call = self.call("order.getOrderDetail", {"orderId": order_id})
        kwargs = {"order_id": order_id, "paid_at": paid_at}
        return call.replace(callback=self.parse_order, cb_kwargs=kwargs)

    def _count(self, order_id: str, paid_at: int, info: dict[str, Any]) -> Iterator[Any]:
        for sku in info["skuList"]:
            if whole(sku.get("skuTag"), 0) != GIFT:
                self.paid.add(
                    text(sku["skuId"]),
                    order_hash("xiaohongshu", order_id),
                    paid_at,
                    now=self.clock(),
                )
        yield from ()

    def _details(self, response: Response) -> Any:
        """Return what details hold; nothing where the platform refuses these alone."""
        answer = self.json(response)
        fault = self.fault(answer) if isinstance(answer, dict) else None
        if fault is not None and fault.reason is BlockReason.SHAPE:
            return {}
        return self.need(self.checked(answer), "data")

    def _detail(self, returns_id: str, row: dict[str, Any]) -> Request:
        call = self.call("afterSale.getAfterSaleInfo", {"returnsId": returns_id})
        return call.replace(callback=self.parse_case, cb_kwargs={"basic": row})

    def _case(self, basic: dict[str, Any], info: dict[str, Any]) -> Iterator[Any]:
        found = {name: first({**basic, **info}, paths) for name, paths in DETAIL.items()}
        kind = TYPES.get(whole(basic.get("returnType"), 0), AfterSale.Type.OTHER)
        state = STATES.get(whole(basic["status"]), AfterSale.State.OPEN)
        if whole(found["refund_status"], 0) == PAID_BACK:
            state = AfterSale.State.DONE
        yield seen(
            platform=self.job.platform,
            native_id=text(basic["returnsId"]),
            product_id=text(found["product_id"]),
            product=text(found["product"]),
            order_hash=order_hash("xiaohongshu", text(basic.get("orderId"))),
            type=kind,
            state=state,
            goods_returned=kind == AfterSale.Type.RETURN and state == AfterSale.State.DONE,
            reason=text(found["reason"]),
            quantity=whole(found["quantity"], 1),
            amount_fen=fen_of_yuan(found["amount"]),
            applied_at=basic["applyTime"],
            updated_at=found["updated_at"] or basic["applyTime"],
            now=self.clock(),
        )


def _number(value: Any, name: str) -> str:
    number = text(value)
    if not number or not number.isprintable():
        raise ValueError(f"没有能用的{name}")
    return number
