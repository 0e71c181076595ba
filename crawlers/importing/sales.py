"""Rows of a shop's own trade: after-sale cases, and how many orders a product had on a day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from config.clock import SHANGHAI
from crawlers import after_sales
from crawlers.counts import parse_count
from crawlers.drafts import Refused
from crawlers.importing import cells
from crawlers.importing.rows import Defaults
from crawlers.models import AfterSale, Source
from crawlers.observing import Observation
from crawlers.orders import OrdersSeen
from crawlers.platforms import code
from crawlers.times import parse_time

# What shops call a case's state; the first that fits holds.
_STATES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words, re.IGNORECASE), str(state))
    for words, state in (
        ("关闭|撤销|撤回|取消|失败|作废|逾期|closed|cancel", AfterSale.State.CLOSED),
        ("待|中$|处理中|审核|协商|仲裁|介入|^(?:商家|已|卖家)?同意|wait", AfterSale.State.OPEN),
        ("成功|完成|完结|结束|已退款|已换货|已补寄|已打款|success", AfterSale.State.DONE),
        ("拒绝|驳回|refuse", AfterSale.State.CLOSED),
        ("申请|已提交|退货|寄回", AfterSale.State.OPEN),
    )
)
_TYPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(words), str(kind))
    for words, kind in (
        ("无需退货|不退货|仅退款|只退款|未发货", AfterSale.Type.REFUND),
        ("换货|换新", AfterSale.Type.EXCHANGE),
        ("补寄|补发|维修|返修|补差|赔", AfterSale.Type.OTHER),
        ("退货", AfterSale.Type.RETURN),
        ("退款", AfterSale.Type.REFUND),
    )
)
_RETURNED = re.compile(
    "已退货|已退回|已寄回|退货(?:成功|完成)|确认收到退货|returned_goods", re.IGNORECASE
)
_NOT_RETURNED = re.compile(r"未|无需|不|否|待")
_RANGE = re.compile(
    r"(?P<first>[0-9/.年月日-]{8,11})\s*(?:~|至|—|到)\s*(?P<last>[0-9/.年月日-]{8,11})"
)
_AFTER = timedelta(seconds=1)
_ORDERS_OF = {"tmall": "taobao", "douyin": "doudian"}
"""Whose orders a platform's are, as the shops' own interfaces count them."""


@dataclass(frozen=True, slots=True)
class ImportedCase(after_sales.AfterSaleSeen):
    """A case from a file, which no source stands behind: it brings its subject itself."""

    subject: str = ""

    def columns(self, now: datetime, source: Source | None) -> dict[str, Any]:
        """Return the row that this case is."""
        columns = after_sales.AfterSaleSeen.columns(self, now, source)
        return columns | {"subject_slug": columns.pop("subject")}


def case(values: Mapping[str, Any], defaults: Defaults, *, now: datetime) -> Observation | Refused:
    """Return the after-sale case that a row holds, its values named by field."""
    try:
        return _case(values, defaults, now)
    except (ValueError, TypeError) as exc:
        return _refused(values, exc)


def _case(values: Mapping[str, Any], defaults: Defaults, now: datetime) -> ImportedCase:
    platform = code(cells.plain(values.get("platform"))) or defaults.platform
    state = _state(cells.plain(values.get("state")))
    goods = cells.plain(values.get("goods"))
    kind = _type(cells.plain(values.get("type")), goods)
    order = cells.identifier(values.get("order"))
    updated_at = cells.moment(values.get("updated_at"))
    applied_at = cells.moment(values.get("applied_at")) or updated_at
    seen = after_sales.seen(
        platform=platform,
        native_id=cells.identifier(values.get("native_id")),
        type=kind,
        state=state,
        applied_at=applied_at,
        updated_at=updated_at or applied_at,
        now=now,
        product_id=cells.identifier(values.get("product_id")),
        product=cells.plain(values.get("product")),
        sku=cells.plain(values.get("sku")),
        order_hash=after_sales.order_hash(_ORDERS_OF.get(platform, platform), order),
        goods_returned=_is_returned(goods, kind, state),
        reason=cells.plain(values.get("reason")),
        quantity=parse_count(cells.plain(values.get("quantity"))) or 1,
        amount_fen=_fen(values.get("amount")),
        ordered_on=_day(values.get("ordered_at"), now),
    )
    told = {field.name: getattr(seen, field.name) for field in fields(seen)}
    if updated_at is None and state != AfterSale.State.OPEN:
        # The file does not say when: an end must still prevail over a beginning read before.
        told["updated_at"] = seen.applied_at + _AFTER
    return ImportedCase(**told, subject=defaults.subject)


class OrderRows:
    """The rows of one file of order counts: a product has one count a day."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, date], int] = {}

    def count(
        self, values: Mapping[str, Any], defaults: Defaults, *, now: datetime
    ) -> Observation | Refused:
        """Return the count that a row holds, its values named by field."""
        try:
            return self._count(values, defaults, now)
        except (ValueError, TypeError) as exc:
            return _refused(values, exc)

    def _count(self, values: Mapping[str, Any], defaults: Defaults, now: datetime) -> OrdersSeen:
        product_id = cells.identifier(values.get("product_id"))
        day = _day(values.get("day"), now)
        lines = cells.plain(values.get("lines"))
        if not product_id or day is None or not lines:
            raise ValueError("商品编号、日期、订单数三样要齐全")
        if len(product_id) > 64:
            raise ValueError(f"商品编号“{product_id[:40]}”太长")
        platform = code(cells.plain(values.get("platform"))) or defaults.platform
        found = OrdersSeen(platform, product_id, day, parse_count(lines))
        before = self._counts.setdefault((platform, product_id, day), found.lines)
        if before != found.lines:
            raise ValueError(
                f"商品 {product_id} 在 {day} 有两行（{before} 和 {found.lines}）："
                "请先按商品汇总再导入"
            )
        return found


def _state(text: str) -> str:
    for pattern, state in _STATES:
        if text and pattern.search(text):
            return state
    raise ValueError(f"看不懂的售后状态“{text[:40]}”" if text else "售后状态是空的")


def _type(text: str, goods: str) -> str:
    for pattern, kind in _TYPES:
        if pattern.search(text):
            return kind
    if text:
        return str(AfterSale.Type.OTHER)
    returned = bool(_RETURNED.search(goods)) or goods == "是"
    return str(AfterSale.Type.RETURN if returned else AfterSale.Type.REFUND)


def _is_returned(goods: str, kind: str, state: str) -> bool:
    if goods and goods != "是" and _NOT_RETURNED.search(goods):
        return False
    if _RETURNED.search(goods):
        return True
    return kind == AfterSale.Type.RETURN and state == AfterSale.State.DONE


def _fen(value: Any) -> int:
    text = cells.plain(value)
    amount = cells.money(text)
    if amount is None and text:
        raise ValueError(f"“{text[:40]}”不是金额")
    return int((Decimal(str(abs(amount or 0))) * 100).to_integral_value())


def _day(value: Any, now: datetime) -> date | None:
    """Return the day in Asia/Shanghai; None when there is none. Raises ValueError."""
    found = cells.moment(value)
    if isinstance(found, str) and (both := _RANGE.fullmatch(found)):
        if both["first"] != both["last"]:
            raise ValueError(f"“{found}”是一段日子，不是一天")
        found = cells.moment(both["first"])
    if found is None:
        return None
    day = parse_time(found, now=now).astimezone(SHANGHAI).date()
    if not date(1998, 1, 1) <= day <= now.astimezone(SHANGHAI).date() + timedelta(days=1):
        raise ValueError(f"日期 {day} 不可能是真的")
    return day


def _refused(values: Mapping[str, Any], error: Exception) -> Refused:
    shown = {name: cells.plain(value)[:500] for name, value in values.items()}
    return Refused(shown, str(error)[:300])
