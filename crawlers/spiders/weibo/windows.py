"""Windows of time that Weibo's desktop search is asked for, and what is left of them.

The search shows 50 pages of a window and nothing behind them. So a window that is too full is
split: by day, then by hour, then by province. Windows that were not read to their end wait in the
checkpoint for the next run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from config.clock import SHANGHAI

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
INDEXED_LATE = timedelta(minutes=15)
"""A post may show in the search so long after it was written."""
PROVINCES = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46),
    *(50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 100, 400),  # 100 other, 400 abroad
)


@dataclass(frozen=True, slots=True)
class Window:
    """From one full hour to another, in one province or (0) everywhere."""

    start: datetime
    end: datetime
    province: int = 0

    def split(self, *, by_province: bool) -> list[Self]:
        """Return the parts that together are this window, the oldest first; none when it is the
        smallest there is.
        """
        if self.province:
            return []
        if self.end - self.start > HOUR:
            return self._cut(DAY if self.end - self.start > DAY else HOUR)
        return [replace(self, province=code) for code in PROVINCES] if by_province else []

    def _cut(self, step: timedelta) -> list[Self]:
        parts, start = [], self.start
        while start < self.end:
            local = start.astimezone(SHANGHAI)
            midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
            following = midnight + DAY if step == DAY else local + HOUR
            end = min(following.astimezone(UTC), self.end)
            parts.append(replace(self, start=start, end=end))
            start = end
        return parts

    def query(self) -> dict[str, str]:
        """Return the search's own parameters for this window."""
        asked = {"timescope": f"custom:{_named(self.start)}:{_named(self.end)}"}
        return asked | ({"region": f"custom:{self.province}:1000"} if self.province else {})

    def __str__(self) -> str:
        start, end = (at.astimezone(SHANGHAI) for at in (self.start, self.end))
        place = f"（地区 {self.province}）" if self.province else ""
        return f"{start:%m-%d %H:%M} 至 {end:%m-%d %H:%M}{place}"

    def stored(self) -> list[Any]:
        """Return the window as JSON."""
        return [self.start.isoformat(), self.end.isoformat(), self.province]

    @classmethod
    def of_stored(cls, value: list[Any]) -> Self:
        """Return the window that `stored` gave."""
        start, end, province = value
        return cls(datetime.fromisoformat(start), datetime.fromisoformat(end), int(province))


def _named(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local:%Y-%m-%d}-{local.hour}"


class Agenda:
    """The windows of one keyword that are to be read, the oldest first."""

    def __init__(self, pending: list[Window], until: datetime) -> None:
        self.pending = pending
        self.until = until
        """Everything before is either read or pending."""

    @classmethod
    def plan(cls, left: Mapping[str, Any], *, now: datetime, back: timedelta) -> Self:
        """Return what is to be read now: from the last plan's end to `now`, behind what `left`
        still holds. The first plan reaches `back`.
        """
        pending = [Window.of_stored(value) for value in left.get("pending", [])]
        last = left.get("until")
        start = datetime.fromisoformat(last) - INDEXED_LATE if last else now - back
        agenda = cls(pending, now)
        agenda.add(start, now)
        return agenda

    def add(self, start: datetime, end: datetime) -> None:
        """Add the full hours from `start` to `end`, but for those at the beginning that are
        pending already.
        """
        first, last = _full_hour(start), _full_hour(end) + HOUR
        for window in sorted(self.pending, key=lambda window: window.start):
            if not window.province and window.start <= first < window.end:
                first = window.end
        if first < last:
            self.pending.append(Window(first, last))

    def done(self, window: Window, *, parts: Sequence[Window] = ()) -> None:
        """Take off a window that was read, or put its parts in its place."""
        if window in self.pending:
            at = self.pending.index(window)
            self.pending[at : at + 1] = [part for part in parts if part not in self.pending]

    def left(self) -> dict[str, Any]:
        """Return what the next run starts from."""
        waiting = [window.stored() for window in self.pending]
        return {"until": self.until.isoformat(), "pending": waiting}


def _full_hour(moment: datetime) -> datetime:
    """Return the hour's beginning; Shanghai's hours are those of UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
