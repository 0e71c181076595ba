"""The clocks of an incident as a page shows them: what is left, since when, how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Incident
from alerts.wording import span

State = Incident.State

SOON_FROM = 0.5
"""The share of the time that is used up when a clock turns from `ok` to `soon`."""

_UNANSWERED = frozenset({State.OPEN})
_UNSOLVED = frozenset({State.OPEN, State.ACKNOWLEDGED, State.IN_PROGRESS})


@dataclass(frozen=True)
class Clock:
    """One target of an incident.

    `state` is ok, soon or over while it runs, met or missed once it has ended.
    """

    word: str
    state: str
    start: datetime
    due: datetime
    ended: datetime | None
    now: datetime

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def target(self) -> timedelta:
        return self.due - self.start

    @property
    def left(self) -> timedelta:
        """What is left; negative once it is over."""
        return self.due - self.now

    @property
    def elapsed(self) -> timedelta:
        return (self.ended or self.now) - self.start

    @property
    def elapsed_digits(self) -> str:
        return _digits(max(0, int(self.elapsed.total_seconds())))

    @property
    def share(self) -> float:
        """How much of the time is used up, 0 to 1."""
        if self.target <= timedelta(0):
            return 1.0
        return min(1.0, max(0.0, self.elapsed / self.target))

    @property
    def ring(self) -> int:
        """How much of the chip's ring is drawn, in hundredths: what is left; all when over."""
        return 100 if self.state == "over" else round(100 * (1 - self.share))

    @property
    def text(self) -> str:
        """What the chip says: 11:42, 超 06:10, 8 分钟响应, 2:36 解决."""
        if self.running:
            return countdown(self.left)
        minutes = int(self.elapsed.total_seconds()) // 60
        if 60 <= minutes < 48 * 60:
            return f"{minutes // 60}:{minutes % 60:02} {self.word}"
        return f"{span(self.elapsed)}{self.word}"

    @property
    def late_by(self) -> str:
        """How much too late it ended, in words; empty when it was in time or is running."""
        return span(self.ended - self.due) if self.ended and self.state == "missed" else ""


def response_clock(incident: Incident, *, now: datetime) -> Clock | None:
    """Return the clock of the first response, or None when none was set or it no longer matters."""
    return _clock(
        "响应",
        due=incident.response_due_at,
        ended=incident.acknowledged_at,
        running=incident.state in _UNANSWERED,
        minutes=_minutes(incident.entry, "response_minutes"),
        opened=incident.opened_at,
        now=now,
    )


def resolution_clock(incident: Incident, *, now: datetime) -> Clock | None:
    """Return the clock of the solution, or None when none was set."""
    return _clock(
        "解决",
        due=incident.resolution_due_at,
        ended=incident.resolved_at,
        running=incident.state in _UNSOLVED,
        minutes=_minutes(incident.entry, "resolution_minutes"),
        opened=incident.opened_at,
        now=now,
    )


def next_clock(incident: Incident, *, now: datetime) -> Clock | None:
    """Return the running clock that ends first, or None when none is running."""
    clocks = (response_clock(incident, now=now), resolution_clock(incident, now=now))
    running = [clock for clock in clocks if clock and clock.running]
    return min(running, key=lambda clock: clock.due, default=None)


def is_pressing(incident: Incident, *, now: datetime) -> bool:
    """Tell whether one of its clocks is past its first reminder, or over."""
    clock = next_clock(incident, now=now)
    return clock is not None and clock.state in {"soon", "over"}


def countdown(left: timedelta) -> str:
    """Write what is left as 11:42 or 3:41:42, and what is over as 超 06:10."""
    seconds = int(left.total_seconds())
    if seconds <= 0:
        return f"超 {_digits(-seconds)}"
    return _digits(seconds)


def _clock(
    word: str,
    *,
    due: datetime | None,
    ended: datetime | None,
    running: bool,
    minutes: int | None,
    opened: datetime,
    now: datetime,
) -> Clock | None:
    if due is None or not (running or ended):
        return None
    start = due - timedelta(minutes=minutes) if minutes else opened
    if not running and ended:
        return Clock(word, "met" if ended <= due else "missed", start, due, ended, now)
    share = (now - start) / (due - start) if due > start else 1.0
    state = "over" if now >= due else "soon" if share >= SOON_FROM else "ok"
    return Clock(word, state, start, due, None, now)


def _minutes(entry: Mapping[str, Any], name: str) -> int | None:
    value = entry.get(name)
    return value if isinstance(value, int) and value > 0 else None


def _digits(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
