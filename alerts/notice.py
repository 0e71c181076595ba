"""What a notification tells, and the facts it is told from. The facts are kept as JSON."""

from enum import StrEnum
from typing import TypedDict


class Kind(StrEnum):
    """What a notification tells."""

    OPENED = "opened"
    LEVEL_UP = "level_up"
    REOPENED = "reopened"
    REMINDER = "reminder"
    OVERDUE = "overdue"
    NEW_POSTS = "new_posts"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"


class Who(TypedDict, total=False):
    """A person, or a team where no person is known."""

    name: str
    userid: str
    team: str


class IndexFacts(TypedDict, total=False):
    """The index as it stood: value and change in points, mentions it rests on."""

    value: float
    change: float | None
    mentions: int
    thin: bool
    hours: int
    gap: str


class PostFacts(TypedDict, total=False):
    """One telling post; `text` is masked, `count` like "赞 38"."""

    platform: str
    rating: int | None
    text: str
    count: str
    url: str


class Facts(TypedDict, total=False):
    """What was known when a notification was decided. Moments are ISO 8601."""

    number: str
    url: str
    queue_url: str
    level: str
    subject: str
    category: str
    summary: str
    at: str
    posts: int
    owner: Who
    also: Who
    response_due: str | None
    resolution_due: str | None
    acknowledged: bool
    index: IndexFacts | None
    why: list[str]
    telling: list[PostFacts]
    measures: list[str]
    tasks: dict[str, list[str]]
    from_level: str
    clock: str
    stage: str
    due: str
    next: str
    new: int
    since: str
    by: str
    reason: str
    outcome: str
    took_seconds: float
    on_time: bool | None
