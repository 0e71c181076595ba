"""Spans of time as open platforms want to be asked: cut, halved, and walked from old to new."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request

from config.clock import SHANGHAI

NARROWEST = timedelta(minutes=1)
OVERLAP = timedelta(minutes=10)
"""What a platform writes down late is found by looking back so far; rows seen twice do no harm."""


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends in whole seconds."""

    start: datetime
    end: datetime

    def halves(self) -> "tuple[Window, Window] | None":
        """Return the two halves; None when it is too narrow for that."""
        if self.end - self.start <= NARROWEST:
            return None
        middle = (self.start + (self.end - self.start) / 2).replace(microsecond=0)
        return Window(self.start, middle), Window(middle, self.end)


def cut(start: datetime, end: datetime, size: timedelta) -> list[Window]:
    """Return windows of at most this size that cover the span, oldest first, touching."""
    windows = []
    while start < end:
        until = min(start + size, end)
        windows.append(Window(start, until))
        start = until
    return windows


def midnight(moment: datetime) -> datetime:
    """Return the beginning of a moment's day in Shanghai."""
    return moment.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its rows, and how many there are or what to ask for next."""

    rows: list[Any]
    total: int | None = None
    """How many rows the whole window has, where the platform says so."""
    following: Any = None
    """The next page or cursor, where it says only that; None at the end."""


@dataclass(slots=True)
class Walk:
    """One list of a platform that is read window by window."""

    key: str
    """Where the checkpoint keeps how far it was read."""
    ask: Callable[[Window, Any], Request]
    page: Callable[[Any, Any], Page]
    """From an answer, and the page that was asked for."""
    row: Callable[[Any], Iterable[Any]]
    size: timedelta
    reach: timedelta
    """The platform tells nothing older."""
    page_size: int
    most_rows: int
    """A window with more is halved: the platform would not show them all."""
    first_page: Any = 1
    overlap: timedelta = OVERLAP
    whole_days: bool = False
    """Begins at midnight in Shanghai."""
    ended: Callable[[datetime, datetime], Iterable[Any]] | None = None
    """Called with the span that was read, when the walk ends or the run's time is up."""
    windows: deque[Window] = field(default_factory=deque)
    began: datetime | None = None
    reached: datetime | None = None
    ahead: datetime | None = None
    """How far an earlier run came."""

    def lay(self, start: datetime, now: datetime) -> None:
        """Plan the way from `start` (not beyond reach) to now."""
        start = max(start, now - self.reach)
        if self.whole_days:
            start = midnight(start)
        self.began = start.replace(microsecond=0)
        self.windows = deque(cut(self.began, now.replace(microsecond=0), self.size))

    def rest(self, total: int) -> list[Any]:
        """Return the pages to read after the first: from the last back to the first.

        A row that changes while we read leaves its window, and those behind it move up by one:
        read backwards they move onto pages that are still to come, so none is missed.
        """
        pages = -(-min(total, self.most_rows) // self.page_size)
        return (
            list(range(self.first_page + pages - 1, self.first_page - 1, -1)) if pages > 1 else []
        )
