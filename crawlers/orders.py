"""How many order lines of a product were paid on a day: what rates of return divide by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from crawlers.models import AfterSale, OrderCount, Source
from crawlers.observing import Observation, Stored

_MOST_HASHES = 500


@dataclass(frozen=True, slots=True)
class OrdersSeen(Observation):
    """A product's paid lines of one whole day of Asia/Shanghai, as counted in this reading.

    `refunded` are the fingerprints of those lines that have an after-sale case; of all lines where
    the platform's orders do not tell.
    """

    platform: str
    product_id: str
    day: date
    lines: int
    refunded: frozenset[str] = frozenset()

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store the counts; a day that is read again replaces its count.

        After-sale cases of these lines learn on which day their order was paid.
        """
        last = {(one.platform, one.product_id, one.day): one for one in observed}
        there = OrderCount.objects.filter(
            platform__in={one.platform for one in observed},
            product_id__in={one.product_id for one in observed},
            day__in={one.day for one in observed},
        )
        before = {
            (row.platform, row.product_id, row.day): row.lines for row in there.select_for_update()
        }
        changed = [one for key, one in sorted(last.items()) if before.get(key) != one.lines]
        OrderCount.objects.bulk_create(
            [
                OrderCount(
                    platform=one.platform,
                    product_id=one.product_id,
                    day=one.day,
                    lines=one.lines,
                    fetched_at=now,
                )
                for one in changed
            ],
            update_conflicts=True,
            unique_fields=["platform", "product_id", "day"],
            update_fields=["lines", "fetched_at"],
        )
        _date_cases(last.values())
        return Stored(len(changed), len(observed) - len(changed))

    def cells(self) -> dict[str, str]:
        """Return what a dry run shows of it."""
        return {
            "类型": "订单数",
            "编号": self.product_id,
            "时间": f"{self.day:%m-%d}",
            "正文": f"付款 {self.lines} 行，其中 {len(self.refunded)} 行与售后单核对",
        }


def _date_cases(counts: Iterable[OrdersSeen]) -> None:
    """Write the orders' days into the cases that lack them."""
    days = {(one.platform, mark): one.day for one in counts for mark in one.refunded}
    marks = sorted({mark for _, mark in days})
    for start in range(0, len(marks), _MOST_HASHES):
        lacking = AfterSale.objects.filter(
            ordered_on=None, order_hash__in=marks[start : start + _MOST_HASHES]
        )
        found = []
        for case in lacking.select_for_update().order_by("pk"):
            case.ordered_on = days.get((case.platform, case.order_hash))
            if case.ordered_on is not None:
                found.append(case)
        AfterSale.objects.bulk_update(found, ["ordered_on"])
