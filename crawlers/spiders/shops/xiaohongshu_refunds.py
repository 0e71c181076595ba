"""A Xiaohongshu shop's own after-sale cases: a list, and each case's own page.

The list tells neither goods nor whether money went back; both stand in the details, of which
little is documented: the names that are tried stand in `DETAIL`.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.after_sales import order_hash, seen
from crawlers.gateways import xiaohongshu
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import millis
from crawlers.models import AfterSale, BlockReason
from crawlers.spiders.shops.fields import fen_of_yuan, first, text, whole
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
    "quantity": ("skus.returnCount", "skus.quantity", "skus.skuQuantity"),
    "refund_status": ("refundStatus",),
    "amount": ("refundAmountYuan", "expectedRefundAmountYuan"),
    "reason": ("reasonNameZh",),
    "updated_at": ("updatedAt",),
}


class XiaohongshuRefundsSpider(WalkingSpider):
    """One more call for each case: a window holds at most as many as one run can ask for.

    Parameters: `app_key` (its appId), `app_secret`, `access_token`.
    """

    name = "xiaohongshu_refunds"
    gateway_url = xiaohongshu.URL

    def plan(self) -> list[Walk]:
        """One list, by the last change; half an hour a call."""
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=timedelta(minutes=30),
                reach=timedelta(days=90),
                page_size=PAGE_SIZE,
                most_rows=PAGE_SIZE,
            )
        ]

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
        returns_id = text(row["returnsId"])
        if not returns_id or not returns_id.isprintable():
            raise ValueError("没有能用的售后编号")
        yield Later(lambda: self._detail(returns_id, row))

    def parse_case(self, response: Response, basic: dict[str, Any]) -> Iterator[Any]:
        """Yield a case; where its details are refused, what the list told of it."""
        answer = self.json(response)
        fault = self.fault(answer) if isinstance(answer, dict) else None
        info: Any = {}
        if fault is None or fault.reason is not BlockReason.SHAPE:
            data = self.need(self.checked(answer), "data")
            info = data.get("afterSaleInfo", data) if isinstance(data, dict) else None
        yield from self.found([info], lambda found: self._case(basic, found))
        yield from self.go_on()

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
