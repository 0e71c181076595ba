"""How many order lines of a product were paid on a day: what rates of return divide by.

The lines themselves are remembered by their fingerprints (`OrderLine`), so that a case that is
applied for much later still counts on the day its order was paid.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self

from django.db.models import OuterRef, Subquery

from config.clock import SHANGHAI
from crawlers.models import AfterSale, OrderCount, OrderLine, Source
from crawlers.observing import Observation, Stored

Line = tuple[str, str]
"""A platform, and the fingerprint of an order line there."""
_ROWS = 2_000
"""Written by one statement."""
_BEFORE = timedelta(days=7)
"""A case is applied for at most so long before its order's payment: cash on delivery."""


@dataclass(frozen=True, slots=True)
class OrdersSeen(Observation):
    """A product's paid lines of one whole day of Asia/Shanghai, as counted in this reading.

    `marks` are the fingerprints of these lines, where the reading tells them; a count from a file
    has none.
    """

    platform: str
    product_id: str
    day: date
    lines: int
    marks: frozenset[str] = frozenset()

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store the counts; a day that is read again replaces its count.

        The lines of the counts that are news are stored with their day, and after-sale cases that
        wait for the day of their order learn it.
        """
        last = {(one.platform, one.product_id, one.day): one for one in observed}
        news = _news([last[key] for key in sorted(last)])
        OrderCount.objects.bulk_create(
            [
                OrderCount(
                    platform=one.platform,
                    product_id=one.product_id,
                    day=one.day,
                    lines=one.lines,
                    fetched_at=now,
                )
                for one in news
            ],
            update_conflicts=True,
            unique_fields=["platform", "product_id", "day"],
            update_fields=["lines", "fetched_at"],
        )
        told = [one for one in news if one.marks]
        if told:
            _store_lines(told)
            _date_cases(told)
        return Stored(len(news), len(observed) - len(news))

    def cells(self) -> dict[str, str]:
        """Return what a dry run shows of it."""
        return {
            "类型": "订单数",
            "编号": self.product_id,
            "时间": f"{self.day:%m-%d}",
            "正文": f"付款 {self.lines} 行",
        }


def paid_days(lines: Collection[Line]) -> dict[Line, date]:
    """Return on which days those of the lines were paid that are stored; one query, or none."""
    if not lines:
        return {}
    there = OrderLine.objects.filter(
        platform__in={platform for platform, _ in lines}, order_hash__in={mark for _, mark in lines}
    )
    return {(line.platform, line.order_hash): line.day for line in there}


def _news(counts: Sequence[OrdersSeen]) -> list[OrdersSeen]:
    """Return the counts that differ from what is stored, and those whose lines are not stored.

    A file may have brought the same number before. The lines of a count are stored together, so
    looking for one of them is enough.
    """
    there = OrderCount.objects.filter(
        platform__in={one.platform for one in counts},
        product_id__in={one.product_id for one in counts},
        day__in={one.day for one in counts},
    ).order_by("platform", "product_id", "day")
    before = {
        (row.platform, row.product_id, row.day): row.lines for row in there.select_for_update()
    }
    known = paid_days([_first_line(one) for one in counts if one.marks])
    return [
        one
        for one in counts
        if before.get((one.platform, one.product_id, one.day)) != one.lines
        or (one.marks and _first_line(one) not in known)
    ]


def _first_line(count: OrdersSeen) -> Line:
    return count.platform, min(count.marks)


def _store_lines(counts: Sequence[OrdersSeen]) -> None:
    """Store the lines that are not there yet; a line keeps the day that it has."""
    days: dict[Line, date] = {}
    for one in counts:
        for mark in one.marks:
            days.setdefault((one.platform, mark), one.day)
    OrderLine.objects.bulk_create(
        [
            OrderLine(platform=platform, order_hash=mark, day=days[platform, mark])
            for platform, mark in sorted(days)
        ],
        batch_size=_ROWS,
        ignore_conflicts=True,
    )


def _date_cases(counts: Sequence[OrdersSeen]) -> None:
    """Write the day of its line into every case since then that lacks it."""
    first = min(one.day for one in counts)
    line = OrderLine.objects.filter(
        platform=OuterRef("platform"), order_hash=OuterRef("order_hash")
    )
    lacking = AfterSale.objects.filter(
        platform__in={one.platform for one in counts},
        ordered_on=None,
        applied_at__gte=datetime.combine(first, time(), SHANGHAI) - _BEFORE,
    ).annotate(paid_on=Subquery(line.values("day")))
    found = list(
        lacking.exclude(paid_on=None).select_for_update().order_by("platform", "native_id")
    )
    for case in found:
        case.ordered_on = case.paid_on
    AfterSale.objects.bulk_update(found, ["ordered_on"], batch_size=_ROWS)
