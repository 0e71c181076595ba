"""What every part of the site looks at: the story as far as it has been told."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demo.posts import Post
from demo.timeline import Shown, schedule, visible

STARTED = "demo-started.json"


class DemoError(Exception):
    """The demo cannot start; the message says in Chinese what and where."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The scheduled story and the clock it is told by."""

    scheduled: list[Shown]
    clock: Callable[[], datetime]

    def shown(self, platform: str, product: str = "") -> list[Shown]:
        """Return what `platform` shows now, the newest first; with `product`, of it only."""
        here = visible(self.scheduled, self.clock())
        return [
            shown
            for shown in here
            if shown.post.platform == platform and product in ("", shown.post.product)
        ]

    def find(self, platform: str, serial: str) -> Shown | None:
        """Return the post of that number, or None when it is unknown or has not appeared."""
        return next((s for s in self.shown(platform) if str(s.post.serial) == serial), None)


def make_scene(posts: list[Post], start: datetime, clock: Callable[[], datetime]) -> Scene:
    """Return the scene of `posts` as told from `start`."""
    return Scene(schedule(posts, start), clock)


def story_start(data: Path, now: datetime) -> datetime:
    """Return when the story of this data directory began; `now` when it begins now.

    Raises DemoError when the kept start cannot be read.
    """
    path = data / STARTED
    try:
        started = datetime.fromisoformat(json.loads(path.read_text("utf-8"))["started_at"])
    except FileNotFoundError:
        return _keep_start(path, now)
    except (ValueError, KeyError, TypeError):
        raise DemoError(f"读不懂 {path}：删掉它，演示会从头开始") from None
    if started.tzinfo is None:
        raise DemoError(f"{path} 里的时间没有时区：删掉它，演示会从头开始")
    return started.astimezone(UTC)


def _keep_start(path: Path, now: datetime) -> datetime:
    start = now.astimezone(UTC).replace(microsecond=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"started_at": start.isoformat()}), encoding="utf-8")
    draft.replace(path)
    return start
