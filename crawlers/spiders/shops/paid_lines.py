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
        self._walk: Walk | None = None
        self._lines: dict[tuple[str, date], set[str]] = {}

    def walk(self, orders: Walk) -> Walk:
        """Return a walk over orders as one by whole days that ends in the counts."""
        overlap = max(self.late, OVERLAP)
        self._walk = replace(orders, overlap=overlap, whole_days=True, ended=self.counted)
        return self._walk

    def tells_of(self, paid_at: Any, *, now: datetime) -> bool:
        """Return whether this reading can end in a count of the day of this payment.

        It spares the calls for orders of all other days. Raises ValueError for a bad time.
        """
        began = self._walk.began if self._walk is not None else None
        day = _day(paid_at, now)
        return day < _date(now) and (began is None or self._first(began) <= day)

    def add(self, product_id: str, line: str, paid_at: Any, *, now: datetime) -> None:
        """Count a line by its fingerprint. Raises ValueError for a bad time or nothing to count."""
        if not product_id.isprintable() or not 0 < len(product_id) <= 64 or not line:
            raise ValueError("订单行没有能用的商品编号或订单编号")
        self._lines.setdefault((product_id, _day(paid_at, now)), set()).add(line)

    def counted(self, began: datetime, reached: datetime) -> Iterator[OrdersSeen]:
        """Yield the days that are whole when orders listed within this span were read.

        A day needs the orders of `late` before it, and has to be over.
        """
        first, last = self._first(began), _date(reached) - _DAY
        for (product_id, day), lines in sorted(self._lines.items()):
            if first <= day <= last:
                yield OrdersSeen(self.platform, product_id, day, len(lines), frozenset(lines))

    def _first(self, began: datetime) -> date:
        """Return the first day whose orders were all listed since then."""
        return _date(began) + self.late


def _day(paid_at: Any, now: datetime) -> date:
    return _date(parse_time(paid_at, now=now))


def _date(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
