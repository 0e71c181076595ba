"""The story's texts: what people write about 星禾, a brand that does not exist."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STORY = Path(__file__).with_name("story")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a buyer adds to a review some days later."""

    days: int
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A company's answer to a complaint."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """One text of the story.

    `moment` and `at` (0 to 1 within the moment) say when in the story it is written; `role` is
    what a careful reader makes of it: plain, lookalike (must not alarm), grumble or trouble.
    `near` is the id of the post that this one copies on purpose.
    """

    id: str
    moment: str
    at: float
    role: str
    platform: str
    kind: str
    author: str
    text: str
    title: str = ""
    product: str = ""
    rating: int = 0
    likes: int = 0
    comments: int = 0
    reposts: int = 0
    region: str = ""
    verified: int = -1
    issue: str = ""
    appeal: str = ""
    cost: int = 0
    status: int = 0
    number: int = 0
    near: str = ""
    after: FollowUp | None = None
    reply: Reply | None = None

    @property
    def serial(self) -> int:
        """The number in the id: stable between starts, unique within the platform."""
        return int(self.id[1:])


def load_story(folder: Path = STORY) -> list[Post]:
    """Return every text of the story, in the order of the files."""
    return [
        _post(json.loads(line))
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _post(record: dict[str, Any]) -> Post:
    after, reply = record.pop("after", None), record.pop("reply", None)
    return Post(
        **record,
        after=FollowUp(**after) if after else None,
        reply=Reply(**reply) if reply else None,
    )
