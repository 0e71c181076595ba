"""A Pinduoduo shop's own after-sale cases, by `pdd.refund.list.increment.get`."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from scrapy import Request

from crawlers.after_sales import order_hash, seen
from crawlers.gateways import pinduoduo
from crawlers.gateways.faults import Fault
from crawlers.gateways.signing import seconds
from crawlers.models import AfterSale
from crawlers.spiders.shops.fields import fen_of_yuan, text, whole
from crawlers.spiders.shops.walking import WalkingSpider
from crawlers.spiders.shops.windows import Page, Walk, Window

PAGE_SIZE = 100
ALL_TYPES = 1
STATES = {10: AfterSale.State.DONE, 11: AfterSale.State.CLOSED, 12: AfterSale.State.CLOSED}
"""Any other is open: also 6, a refusal that the buyer may still answer."""
TYPES = {2: AfterSale.Type.REFUND, 3: AfterSale.Type.RETURN, 4: AfterSale.Type.EXCHANGE}


class PddRefundsSpider(WalkingSpider):
    """Half an hour a call is all the platform gives: a first month takes many runs.

    Parameters: `app_key` (its client_id), `app_secret`, `access_token`.
    """

    name = "pdd_refunds"
    gateway_url = pinduoduo.URL

    def plan(self) -> list[Walk]:
        """One list, by the last change."""
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=timedelta(minutes=30),
                reach=timedelta(days=90),
                page_size=PAGE_SIZE,
                most_rows=50 * PAGE_SIZE,
            )
        ]

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """See `WalkingSpider.fault`."""
        return pinduoduo.fault(answer)

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of all types and states."""
        business = {
            "start_updated_at": seconds(window.start),
            "end_updated_at": seconds(window.end),
            "after_sales_type": ALL_TYPES,
            "after_sales_status": ALL_TYPES,
            "page": page,
            "page_size": PAGE_SIZE,
        }
        form = pinduoduo.signed(
            "pdd.refund.list.increment.get",
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
            now=self.clock(),
        )
