"""A platform's own sums of a product's reviews, as series that change only when a sum does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from crawlers import series
from crawlers.models import RatingSummary, Source
from crawlers.observing import Observation, Stored
from crawlers.series import Sight


@dataclass(frozen=True, slots=True)
class RatingSeen(Observation):
    """A product's sums as they stood at a moment. Rates are shares, 0 to 1.

    `rounded` sums are good for ratios, not for counting single reviews.
    """

    platform: str
    product_id: str
    seen_at: datetime
    total: int
    good: int = 0
    neutral: int = 0
    poor: int = 0
    good_rate: float | None = None
    poor_rate: float | None = None
    rounded: bool = False

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Lengthen or open the runs of each product."""
        own = source.subject.slug if source is not None and source.subject is not None else ""
        return series.store(RatingSummary, [one._sight(own) for one in observed])

    def cells(self) -> dict[str, str]:
        """Return the row that a dry run shows."""
        about = "约 " if self.rounded else ""
        return {
            "商品编号": self.product_id,
            "评价": f"{about}{self.total}",
            "好评": f"{about}{self.good}",
            "中评": f"{about}{self.neutral}",
            "差评": f"{about}{self.poor}",
            "好评率": _percent(self.good_rate),
            "差评率": _percent(self.poor_rate),
        }

    def _sight(self, own: str) -> Sight:
        key = {"platform": self.platform, "product_id": self.product_id[:64]}
        names = ("total", "good", "neutral", "poor", "good_rate", "poor_rate", "rounded")
        values = {name: getattr(self, name) for name in names}
        return Sight(self.seen_at, key, values, {"subject_slug": own})


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"
