"""What a spider may find beside posts: prices, after-sale cases, pages, threads.

Each kind is a frozen dataclass that can `store` a list of itself. A spider yields them like posts;
`saving.save_batch` stores them in the batch's own transaction.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple, Self

from crawlers.models import Source


class Stored(NamedTuple):
    """How many observations were news, and how many were known already."""

    accepted: int
    duplicates: int


class Observation(ABC):
    """Base of all kinds."""

    __slots__ = ()

    bookkeeping: ClassVar[bool] = False
    """It is no find of its own: `--limit` does not count it, and a dry run does not show it."""

    @classmethod
    @abstractmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store what is new, in sets, within the caller's transaction.

        Twice the same, in one call or in two, is stored once.
        """

    def cells(self) -> dict[str, str]:
        """Return what a dry run shows of it: heading to text."""
        return {
            name: str(value)
            for name in getattr(self, "__dataclass_fields__", {})
            if (value := getattr(self, name)) not in (None, "", {}, ())
        }
