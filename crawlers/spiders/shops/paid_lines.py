"""Counting paid order lines per product and day, while a shop's orders are read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from config.clock import SHANGHAI
from crawlers.orders import OrdersSeen
from crawlers.spiders.shops.windows import OVERLAP, Walk
from crawlers.times import parse_time

LATE = timedelta(days=3)
"""An order is paid at most so long after it was placed: then the platforms close it."""
_DAY = timedelta(days=1)


class PaidLines:
    """What was counted so far. A line that is read twice counts once.

    `late` is how long after the time by which the orders are listed they may still be paid:
    LATE where they are listed by when they were placed, nothing where by when they were paid.
    """

    def __init__(self, platform: str, late: timedelta = LATE) -> None:
        self.platform = platform
        self.late = late
        self._lines: dict[tuple[str, date], set[str]] = {}
        self._refunded: dict[tuple[str, date], set[str]] = {}

    def walk(self, orders: Walk) -> Walk:
        """Return a walk over orders as one by whole days that ends in the counts."""
        overlap = max(self.late, OVERLAP)
        return replace(orders, overlap=overlap, whole_days=True, ended=self.counted)

    def add(
        self, product_id: str, line: str, paid_at: Any, *, refunded: bool, now: datetime
    ) -> None:
        """Count a line by its fingerprint. Raises ValueError for a bad time or nothing to count."""
        if not product_id or len(product_id) > 64 or not line:
            raise ValueError("订单行没有商品编号或订单编号")
        day = parse_time(paid_at, now=now).astimezone(SHANGHAI).date()
        self._lines.setdefault((product_id, day), set()).add(line)
        if refunded:
            self._refunded.setdefault((product_id, day), set()).add(line)

    def counted(self, began: datetime, reached: datetime) -> Iterator[OrdersSeen]:
        """Yield the days that are whole when orders listed within this span were read.

        A day needs the orders of `late` before it, and has to be over.
        """
        first = began.astimezone(SHANGHAI).date() + self.late
        last = reached.astimezone(SHANGHAI).date() - _DAY
        for (product_id, day), lines in sorted(self._lines.items()):
            if first <= day <= last:
                marks = frozenset(self._refunded.get((product_id, day), ()))
                yield OrdersSeen(self.platform, product_id, day, len(lines), marks)
