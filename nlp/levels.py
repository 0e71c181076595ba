"""The three levels of trouble, and their order."""

from collections.abc import Iterable
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: severe 严重, normal 普通, watch 关注."""

    SEVERE = "severe"
    NORMAL = "normal"
    WATCH = "watch"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def rank(self) -> int:
        """3 for severe, 2 for normal, 1 for watch: a higher rank is worse."""
        return _RANKS[self]

    @classmethod
    def highest(cls, levels: Iterable["Level"]) -> "Level | None":
        """Return the worst of `levels`, or None when there is none."""
        return max(levels, key=lambda level: level.rank, default=None)


_LABELS = {Level.SEVERE: "严重", Level.NORMAL: "普通", Level.WATCH: "关注"}
_RANKS = {Level.SEVERE: 3, Level.NORMAL: 2, Level.WATCH: 1}
