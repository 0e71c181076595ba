"""How many of the lines that were paid came back, per product and day.

A case counts on the day its order was placed or paid where that is known (`AfterSale.ordered_on`),
else on the day it was applied for. A line counts once, however many cases it has.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, DateField, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from config.clock import SHANGHAI
from crawlers.models import AfterSale, OrderCount


@dataclass(frozen=True, slots=True)
class DayReturns:
    """One product's day."""

    day: date
    lines: int | None
    """Order lines paid that day; None when the platform's orders of that day were not read."""
    returned: int = 0
    """Lines whose goods came back."""
    refunds: int = 0
    """Lines for which money went back, with or without the goods."""
    by_order_day: int = 0
    """So many of `refunds` count on the day of their order; the others on that of the claim."""

    @property
    def rate(self) -> float | None:
        """Returned lines by paid ones; None when nobody knows of any paid."""
        return self.returned / self.lines if self.lines else None


@dataclass(frozen=True, slots=True)
class ProductReturns:
    """One product over the whole span; its days, oldest first."""

    platform: str
    product_id: str
    product: str
    days: tuple[DayReturns, ...]

    @property
    def lines(self) -> int | None:
        """Order lines paid on the days that were read; None when none was."""
        known = [day.lines for day in self.days if day.lines is not None]
        return sum(known) if known else None

    @property
    def returned(self) -> int:
        """Lines whose goods came back."""
        return sum(day.returned for day in self.days)

    @property
    def refunds(self) -> int:
        """Lines for which money went back."""
        return sum(day.refunds for day in self.days)

    @property
    def by_order_day(self) -> int:
        """So many of `refunds` count on the day of their order."""
        return sum(day.by_order_day for day in self.days)

    @property
    def rate(self) -> float | None:
        """Returned lines by paid ones, over those days alone whose orders were read."""
        lines = self.lines
        if not lines:
            return None
        return sum(day.returned for day in self.days if day.lines is not None) / lines


def return_rates(
    *, since: date, until: date, platform: str | None = None, product_id: str | None = None
) -> list[ProductReturns]:
    """Return the products with paid lines or finished cases from `since` to before `until`.

    Days are those of Asia/Shanghai. A day of a platform whose orders were read at all has 0 lines
    for a product that sold none. Three queries, however many products there are.
    """
    orders = OrderCount.objects.filter(day__gte=since, day__lt=until)
    if platform is not None:
        orders = orders.filter(platform=platform)
    read = set(orders.order_by().values_list("platform", "day").distinct())
    cases = _cases(since, until)
    if platform is not None:
        cases = cases.filter(platform=platform)
    if product_id is not None:
        orders = orders.filter(product_id=product_id)
        cases = cases.filter(product_id=product_id)
    lines = {
        (row.platform, row.product_id, row.day): row.lines
        for row in orders.only("platform", "product_id", "day", "lines")
    }
    return _products(read, lines, _counted(cases))


def _cases(since: date, until: date) -> QuerySet[AfterSale]:
    """Return the cases whose day lies within the span, with money back."""
    start, end = (datetime.combine(day, time(), SHANGHAI) for day in (since, until))
    claimed = Q(ordered_on=None, applied_at__gte=start, applied_at__lt=end)
    ordered = Q(ordered_on__gte=since, ordered_on__lt=until)
    refunded = AfterSale.objects.filter(state=AfterSale.State.DONE).exclude(product_id="")
    return refunded.exclude(type=AfterSale.Type.EXCHANGE).filter(claimed | ordered)


_Key = tuple[str, str, date]


def _counted(cases: QuerySet[AfterSale]) -> dict[_Key, tuple[str, DayReturns]]:
    """Return each product's days with the product's name, counted in the database."""
    back = Q(goods_returned=True)
    nameless = Q(order_hash="")
    rows = (
        cases.annotate(
            day=Coalesce(
                F("ordered_on"),
                TruncDate("applied_at", tzinfo=SHANGHAI),
                output_field=DateField(),
            )
        )
        .order_by()
        .values("platform", "product_id", "day")
        .annotate(
            name=Max("product"),
            lines=Count("order_hash", distinct=True, filter=~nameless),
            unnamed=Count("pk", filter=nameless),
            lines_back=Count("order_hash", distinct=True, filter=back & ~nameless),
            unnamed_back=Count("pk", filter=back & nameless),
            lines_dated=Count(
                "order_hash", distinct=True, filter=~nameless & Q(ordered_on__isnull=False)
            ),
            unnamed_dated=Count("pk", filter=nameless & Q(ordered_on__isnull=False)),
        )
    )
    return {
        (row["platform"], row["product_id"], row["day"]): (
            row["name"],
            DayReturns(
                day=row["day"],
                lines=None,
                returned=row["lines_back"] + row["unnamed_back"],
                refunds=row["lines"] + row["unnamed"],
                by_order_day=row["lines_dated"] + row["unnamed_dated"],
            ),
        )
        for row in rows
    }


def _products(
    read: Iterable[tuple[str, date]],
    lines: Mapping[_Key, int],
    counted: Mapping[_Key, tuple[str, DayReturns]],
) -> list[ProductReturns]:
    known = set(read)
    names: dict[tuple[str, str], str] = {}
    days: dict[tuple[str, str], list[DayReturns]] = {}
    for key in sorted({*lines, *counted}):
        platform, product_id, day = key
        name, returns = counted.get(key, ("", DayReturns(day, None)))
        paid = lines.get(key, 0) if (platform, day) in known else None
        product = (platform, product_id)
        names[product] = name or names.get(product, "")
        days.setdefault(product, []).append(
            DayReturns(day, paid, returns.returned, returns.refunds, returns.by_order_day)
        )
    return [
        ProductReturns(*product, names[product], tuple(days[product])) for product in sorted(days)
    ]
