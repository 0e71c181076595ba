"""How moments and numbers are written on a page; spans are said by `alerts.wording`."""

from datetime import datetime

from alerts.wording import moment as worded
from config.clock import SHANGHAI

MINUS = "−"


def stamp(moment: datetime, now: datetime) -> str:
    """Write the day and the time: 今天 13:52, 昨天 19:20, 11-18 14:06, 2025-03-01 08:00."""
    here, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    if here.date() == today.date():
        return f"今天 {here:%H:%M}"
    if here.year != today.year:
        return f"{here:%Y-%m-%d %H:%M}"
    return worded(moment, now)


def signed(points: float) -> str:
    """Write points with their sign: +16.8, −1.4, 0.0."""
    rounded = round(points, 1)
    if rounded == 0:
        return "0.0"
    return f"+{rounded:.1f}" if rounded > 0 else f"{MINUS}{-rounded:.1f}"
