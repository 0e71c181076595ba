"""Prices of products, ours and others', as series that change only when a price does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from crawlers import series
from crawlers.cleaning import clean_line
from crawlers.models import Price, Source
from crawlers.money import yuan
from crawlers.observing import Observation, Stored
from crawlers.series import Sight


@dataclass(frozen=True, slots=True)
class PriceSeen(Observation):
    """A variant's price as it stood at a moment; amounts are in fen.

    `price_fen` is the price on the page, `list_fen` the one struck through, `final_fen` what
    remains when everybody's coupon is taken off, if the page says; `coupon` is the page's own text.
    """

    platform: str
    product_id: str
    seen_at: datetime
    variant: str = ""
    name: str = ""
    url: str = ""
    seller: str = ""
    subject: str = ""
    currency: str = "CNY"
    price_fen: int | None = None
    list_fen: int | None = None
    final_fen: int | None = None
    high_fen: int | None = None
    coupon: str = ""
    available: bool | None = None

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Lengthen or open the runs of each variant."""
        own = source.subject.slug if source is not None and source.subject is not None else ""
        return series.store(Price, [one._sight(source, own) for one in observed])

    def cells(self) -> dict[str, str]:
        """Return the row that a dry run shows."""
        sold = {True: "是", False: "否", None: ""}[self.available]
        amount = yuan(self.price_fen)
        return {
            "商品编号": self.product_id,
            "规格": self.variant,
            "商品": self.name,
            "划线价": yuan(self.list_fen),
            "页面价": f"{amount} 至 {yuan(self.high_fen)}" if self.high_fen else amount,
            "到手价": yuan(self.final_fen),
            "优惠": self.coupon,
            "币种": self.currency,
            "在售": sold,
        }

    def _sight(self, source: Source | None, own: str) -> Sight:
        key = {
            "platform": self.platform,
            "product_id": self.product_id[:64],
            "variant": clean_line(self.variant, limit=120),
        }
        values = {
            "currency": self.currency[:3],
            "list_fen": self.list_fen,
            "price_fen": self.price_fen,
            "final_fen": self.final_fen,
            "high_fen": self.high_fen,
            "coupon": clean_line(self.coupon, limit=200),
            "available": self.available,
        }
        about = {
            "source": source,
            "subject_slug": self.subject or own,
            "name": clean_line(self.name, limit=300),
            "url": self.url[:1000],
            "seller": clean_line(self.seller, limit=120),
        }
        return Sight(self.seen_at, key, values, about)


def history(
    platform: str,
    product_id: str,
    *,
    variant: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Price]:
    """Return the runs of a product's prices that touch the time asked for, oldest first.

    They are sorted by variant; without a `variant` all of them.
    """
    runs = Price.objects.filter(platform=platform, product_id=product_id)
    if variant is not None:
        runs = runs.filter(variant=variant)
    if since is not None:
        runs = runs.filter(last_at__gte=since)
    if until is not None:
        runs = runs.filter(first_at__lte=until)
    return list(runs.order_by("variant", "first_at"))
