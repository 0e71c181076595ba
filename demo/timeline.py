"""Story time: when a text appears on the site, and which date it bears.

Everything is a pure function of the story's start, so a restart neither doubles nor re-dates
a post. The story plays in fast time: what people wrote over a week appears within seconds,
bearing dates spread over that week; a date is never later than the moment of appearing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from demo.posts import Post

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
WEEK = timedelta(days=7)
NIGHT_SHIFT = timedelta(hours=6)
"""What would be written between one and seven in the night is written the evening before."""
LAG = timedelta(seconds=6)
"""The youngest a post is when it appears."""


@dataclass(frozen=True, slots=True)
class Window:
    """A moment of the story, in times from its start.

    It appears from `opens` to `closes`; its first post is dated `begins`, its last `closes`.
    """

    opens: timedelta
    closes: timedelta
    begins: timedelta


def _seconds(opens: float, closes: float, begins: timedelta) -> Window:
    return Window(timedelta(seconds=opens), timedelta(seconds=closes), begins)


WINDOWS = {
    "week": _seconds(-15, 25, -WEEK),  # some of it is there at the start: no empty first crawl
    "side": _seconds(30, 75, timedelta(minutes=-140)),
    "leak": _seconds(25, 80, timedelta(minutes=-150)),
    "rumour": _seconds(70, 115, timedelta(minutes=-40)),
    "after": _seconds(125, 3600, timedelta(seconds=125) - LAG),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A post with its date, and the time from which the site shows it; both aware UTC."""

    post: Post
    published_at: datetime
    appears_at: datetime


def schedule(posts: Iterable[Post], start: datetime) -> list[Shown]:
    """Return each post with its date and its time of appearing, the newest date first."""
    shown = [_place(post, start) for post in posts]
    return sorted(shown, key=lambda s: (s.published_at, s.post.id), reverse=True)


def visible(scheduled: Sequence[Shown], now: datetime) -> list[Shown]:
    """Return those of `scheduled` that the site shows at `now`, in the same order."""
    return [shown for shown in scheduled if shown.appears_at <= now]


def _place(post: Post, start: datetime) -> Shown:
    if post.moment == "week":
        return _place_in_week(post, start)
    window = WINDOWS[post.moment]
    last = window.closes - LAG
    published_at = start + window.begins + (last - window.begins) * post.at
    appears_at = start + window.opens + (window.closes - window.opens) * post.at
    return Shown(post, published_at.replace(microsecond=0), appears_at)


def _place_in_week(post: Post, start: datetime) -> Shown:
    published_at = start - WEEK * (1 - post.at)
    if 1 <= published_at.astimezone(CHINA).hour < 7:
        published_at -= NIGHT_SHIFT
    earliest = start - WEEK - NIGHT_SHIFT
    passed = (published_at - earliest) / (start - earliest)
    window = WINDOWS["week"]
    appears_at = start + window.opens + (window.closes - window.opens) * passed
    return Shown(post, published_at.replace(microsecond=0), appears_at)
