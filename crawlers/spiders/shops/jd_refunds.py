"""A JD shop's own after-sale service bills and their refunds; on wish its paid orders as well.

What JD documents of service bills is thin, and nobody here has seen one of a real shop: so all
names stand in `ASK` and `FIELDS`, and a source's `request` and `fields` may replace them.

Orders come by `jingdong.pop.order.search`, which lists them by when they were placed or changed,
never by when they were paid. Its names and bounds are those of public SDKs; nobody here has seen
whether the `wareId` of a service bill is that of an order's item or its `skuId`.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.after_sales import order_hash, seen
from crawlers.gateways.faults import by_words, told
from crawlers.gateways.signing import local
from crawlers.models import AfterSale
from crawlers.spiders.base import BadParams
from crawlers.spiders.shops.fields import fen_of_yuan, first, only, text, whole
from crawlers.spiders.shops.jd import PAGE_SIZE, JdSpider
from crawlers.spiders.shops.paid_lines import PaidLines
from crawlers.spiders.shops.windows import Page, Walk, Window

METHODS = (
    "jingdong.asc.serviceAndRefund.view",
    "jingdong.b2c.shop.aftersales.refund.get",
    "jingdong.afsservice.alltask.get",
)
ASK = {"start": "applyTimeBegin", "end": "applyTimeEnd", "page": "pageNumber", "size": "pageSize"}
_BILL = "sameOrderServiceBill"
FIELDS: Mapping[str, tuple[str, ...]] = {
    "native_id": (f"{_BILL}.serviceId", "afsServiceId", "serviceId", "afsRefundId"),
    "order": (f"{_BILL}.orderId", "orderId"),
    "product_id": (f"{_BILL}.wareId", "wareId", "skuId"),
    "product": (f"{_BILL}.wareName", "wareName", "skuName"),
    "reason": (f"{_BILL}.applyReason", "applyReason"),
    "status": ("status",),
    "expect": (f"{_BILL}.customerExpect", "customerExpect"),
    "quantity": (f"{_BILL}.wareNum", "wareNum"),
    "amount": ("refoundAmount", "actualRefundAmount"),
    "applied_at": (f"{_BILL}.afsApplyTime", "afsApplyTime", "applyTime"),
    "updated_at": ("completeTime", f"{_BILL}.approveDate", f"{_BILL}.approvedDate", "approvedDate"),
}
LISTS = ("data", "result", "list")
COUNTS = ("totalCount", "total")
STATES = {13: AfterSale.State.DONE, 14: AfterSale.State.CLOSED}
EXPECTED = {10: AfterSale.Type.RETURN, 20: AfterSale.Type.EXCHANGE, 30: AfterSale.Type.OTHER}
"""What the buyer wants, where told; a service bill without it is a return."""
LOOK_BACK = timedelta(days=15)
REACH = timedelta(days=90)

BY_PLACING = 1
OLDEST_FIRST = 0
ORDER_STATES = (
    "WAIT_SELLER_STOCK_OUT,WAIT_SELLER_DELIVERY,WAIT_GOODS_RECEIVE_CONFIRM,FINISHED_L,"
    "TRADE_CANCELED,LOCKED,PAUSE,POP_ORDER_PAUSE"
)
"""All: also a cancelled order may have been paid before."""
ORDER_FIELDS = ("orderId", "paymentConfirmTime", "itemInfoList")
PRODUCTS = ("wareId", "skuId")
UNPAID = "0001-01-01"


class JdRefundsSpider(JdSpider):
    """Service bills are listed only by when they were applied for: so each run reads the last
    fifteen days of them again, and sees a change that comes later than that no more.

    Parameters beside the keys: `method`, `request`, `fields`; `orders` (counts paid order lines;
    needs that permission), `order_product` (which number of an item is that of the bills).
    """

    name = "jd_refunds"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method = self.choice("method", METHODS, METHODS[0])
        self.asked = {**ASK, **self._names("request", ASK)}
        self.fields = {**FIELDS, **self._names("fields", FIELDS)}
        self.order_product = self.choice("order_product", PRODUCTS, PRODUCTS[0])

    def _names(self, name: str, known: Mapping[str, Any]) -> dict[str, Any]:
        given = self.params.get(name) or {}
        if not isinstance(given, dict) or not set(given) <= set(known):
            raise BadParams(
                f"信源 {self.job.slug} 的参数 {name} 应是对照表，左边只能是 {'、'.join(known)}"
            )
        if name == "request":
            return {key: str(value) for key, value in given.items()}
        return {
            key: tuple(map(str, value)) if isinstance(value, list) else (str(value),)
            for key, value in given.items()
        }

    def plan(self) -> list[Walk]:
        """The bills by the time of application; then the orders by the day they were placed."""
        bills = Walk(
            key="until",
            ask=self.ask,
            page=self.page,
            row=self.row,
            size=timedelta(days=7),
            reach=REACH,
            page_size=PAGE_SIZE,
            most_rows=100 * PAGE_SIZE,
            overlap=LOOK_BACK,
        )
        if not self.params.get("orders"):
            return [bills]
        self.paid = PaidLines(self.job.platform)
        orders = Walk(
            key="orders_until",
            ask=self.ask_orders,
            page=self.page_of_orders,
            row=self.order,
            size=timedelta(days=1),
            reach=REACH,
            page_size=PAGE_SIZE,
            most_rows=100 * PAGE_SIZE,
        )
        return [bills, self.paid.walk(orders)]

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of what was applied for within the window."""
        names = self.asked
        return self.call(
            self.method,
            {
                names["start"]: local(window.start),
                names["end"]: local(window.end),
                names["page"]: page,
                names["size"]: PAGE_SIZE,
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        holder = self.holder(answer, *LISTS, *COUNTS)
        if holder.get("success") is False:
            words = told(holder, "code", "msg", "message")
            self.block(by_words(words), f"京东开放平台：{words}")
        rows = self.rows(next((holder[name] for name in LISTS if name in holder), None), LISTS[0])
        count = next((holder[name] for name in COUNTS if name in holder), None)
        if count is not None:
            return Page(rows, total=self.total(count))
        return Page(rows, following=page + 1 if len(rows) == PAGE_SIZE else None)

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield a case; all but its number and its time may be absent."""
        found = {name: first(row, paths) for name, paths in self.fields.items()}
        state = STATES.get(whole(found["status"], 0), AfterSale.State.OPEN)
        kind = EXPECTED.get(whole(found["expect"], 10), AfterSale.Type.OTHER)
        yield seen(
            platform=self.job.platform,
            native_id=text(found["native_id"]),
            product_id=text(found["product_id"]),
            product=text(found["product"]),
            order_hash=order_hash("jd", text(found["order"])),
            type=kind,
            state=state,
            goods_returned=kind == AfterSale.Type.RETURN and state == AfterSale.State.DONE,
            reason=text(found["reason"]),
            quantity=whole(found["quantity"], 1),
            amount_fen=fen_of_yuan(found["amount"]),
            applied_at=found["applied_at"],
            updated_at=found["updated_at"] or found["applied_at"],
            now=self.clock(),
        )

    def ask_orders(self, window: Window, page: int) -> Request:
        """Ask for a page of the orders placed within the window."""
        return self.call(
            "jingdong.pop.order.search",
            {
                "start_date": local(window.start),
                "end_date": local(window.end),
                "order_state": ORDER_STATES,
                "optional_fields": ",".join(ORDER_FIELDS),
                "dateType": BY_PLACING,
                "sortType": OLDEST_FIRST,
                "page": str(page),
                "page_size": str(PAGE_SIZE),
            },
        )

    def page_of_orders(self, answer: Any, page: int) -> Page:
        """Read a page of orders, of each no more than counting takes."""
        holder = self.holder(answer, "orderInfoList", "orderTotal")
        result = holder.get("apiResult")
        if isinstance(result, dict) and str(result.get("success")).lower() == "false":
            words = told(result, "numberErrCode", "chineseErrCode", "englishErrCode")
            self.block(by_words(words), f"京东开放平台：{words}")
        rows = self.rows(holder.get("orderInfoList"), "orderInfoList")
        total = self.total(self.need(holder, "orderTotal"))
        return Page([only(row, {*ORDER_FIELDS, *PRODUCTS}) for row in rows], total)

    def order(self, row: dict[str, Any]) -> Iterator[Any]:
        """Count a paid order's products, a line each; yields nothing."""
        paid_at = text(row.get("paymentConfirmTime"))
        for item in row["itemInfoList"] if paid_at and not paid_at.startswith(UNPAID) else []:
            self.paid.add(
                text(item[self.order_product]),
                order_hash("jd", text(row["orderId"])),
                paid_at,
                now=self.clock(),
            )
        self.rows_seen += 1
        yield from ()
