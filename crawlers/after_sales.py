"""Refunds, returns and exchanges as shops' own APIs tell of them, into `AfterSale` rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from crawlers import authors
from crawlers.cleaning import clean_line
from crawlers.models import AfterSale, Source
from crawlers.observing import Observation, Stored
from crawlers.orders import Line, paid_days
from crawlers.times import parse_time

_ID = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,128}")
_LONGEST_PRODUCT_ID = 64
_MOST_PIECES = 1_000_000
_EARLIEST = datetime(1998, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_UPDATED = (
    "source",
    "subject_slug",
    "product_id",
    "product",
    "sku",
    "order_hash",
    "type",
    "state",
    "goods_returned",
    "reason",
    "quantity",
    "amount_fen",
    "applied_at",
    "ordered_on",
    "updated_at",
    "fetched_at",
)


@dataclass(frozen=True, slots=True)
class AfterSaleSeen(Observation):
    """One case as it stood when the platform last changed it. Made by `seen`, which checks it."""

    platform: str
    native_id: str
    type: str
    state: str
    applied_at: datetime
    updated_at: datetime
    product_id: str = ""
    product: str = ""
    sku: str = ""
    order_hash: str = ""
    goods_returned: bool = False
    reason: str = ""
    quantity: int = 1
    amount_fen: int = 0
    ordered_on: date | None = None

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store each case as its newest version tells it; an older or equal one is a duplicate.

        An order day once known stays known. A case that brings none takes that of its order's line
        where that was read (`crawlers.orders`).
        """
        newest = _newest(observed)
        paid = paid_days(
            {case.line for case in newest.values() if case.order_hash and not case.ordered_on}
        )
        platforms = {platform for platform, _ in newest}
        ids = {native_id for _, native_id in newest}
        of_batch = AfterSale.objects.filter(platform__in=platforms, native_id__in=ids)
        before = set(of_batch.values_list("platform", "native_id"))
        fresh = [
            case.dated(paid.get(case.line))
            for identity, case in newest.items()
            if identity not in before
        ]
        AfterSale.objects.bulk_create(
            [AfterSale(**case.columns(now, source)) for case in fresh], ignore_conflicts=True
        )
        changed = []
        for row in of_batch.select_for_update().order_by("platform", "native_id"):
            case = newest.get((row.platform, row.native_id))
            if case is None or case.updated_at <= row.updated_at:
                continue
            case = case.dated(row.ordered_on or paid.get(case.line))
            for name, value in case.columns(now, source).items():
                setattr(row, name, value)
            changed.append(row)
        AfterSale.objects.bulk_update(changed, _UPDATED)
        accepted = len(fresh) + len(changed)
        return Stored(accepted, len(observed) - accepted)

    @property
    def line(self) -> Line:
        """Return what its order line is known by."""
        return self.platform, self.order_hash

    def dated(self, day: date | None) -> Self:
        """Return the case with this order day, unless it brings its own."""
        return self if self.ordered_on or day is None else replace(self, ordered_on=day)

    def columns(self, now: datetime, source: Source | None) -> dict[str, Any]:
        """Return the row that this case is."""
        subject = source.subject if source is not None else None
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "source": source,
            "subject_slug": subject.slug if subject is not None else "",
            "fetched_at": now,
        }

    def cells(self) -> dict[str, str]:
        """Return what a dry run shows of it."""
        return {
            "类型": str(AfterSale.Type(self.type).label),
            "编号": self.native_id,
            "状态": str(AfterSale.State(self.state).label),
            "商品": self.product or self.product_id,
            "金额": f"{self.amount_fen / 100:.2f}",
            "货已退回": "是" if self.goods_returned else "",
            "原因": self.reason,
        }


def seen(
    *,
    platform: str,
    native_id: str,
    applied_at: Any,
    updated_at: Any,
    now: datetime,
    product_id: str = "",
    product: str = "",
    sku: str = "",
    reason: str = "",
    quantity: int = 1,
    **fields: Any,
) -> AfterSaleSeen:
    """Return a case whose texts fit and whose times are read. Raises ValueError."""
    if not _ID.fullmatch(native_id):
        raise ValueError(f"售后编号“{native_id[:40]}”是空的，或含有不能用的字符")
    if product_id and (len(product_id) > _LONGEST_PRODUCT_ID or not _ID.fullmatch(product_id)):
        raise ValueError(f"商品编号“{product_id[:40]}”含有不能用的字符，或太长")
    if not 0 <= quantity <= _MOST_PIECES:
        raise ValueError(f"件数 {quantity} 不可能")
    return AfterSaleSeen(
        platform=platform,
        native_id=native_id,
        product_id=product_id,
        product=clean_line(product, limit=200),
        sku=clean_line(sku, limit=200),
        reason=clean_line(reason, limit=200),
        quantity=quantity,
        applied_at=_moment(applied_at, now, "申请时间"),
        updated_at=_moment(updated_at, now, "更新时间"),
        **fields,
    )


def order_hash(platform: str, order_id: str) -> str:
    """Return what tells one order line from another; "" for none. The number is never stored."""
    return authors.fingerprint(platform, f"order:{order_id}", "") if order_id else ""


def _moment(value: Any, now: datetime, name: str) -> datetime:
    if value is None or value == "":
        raise ValueError(f"{name}是空的")
    moment = parse_time(value, now=now)
    if not _EARLIEST <= moment <= now + _AHEAD:
        raise ValueError(f"{name} {moment:%Y-%m-%d} 不可能是真的")
    return moment


def _newest(observed: Sequence[AfterSaleSeen]) -> dict[tuple[str, str], AfterSaleSeen]:
    newest: dict[tuple[str, str], AfterSaleSeen] = {}
    for case in sorted(observed, key=lambda case: (case.platform, case.native_id)):
        identity = (case.platform, case.native_id)
        if identity not in newest or newest[identity].updated_at < case.updated_at:
            newest[identity] = case
    return newest
