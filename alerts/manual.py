"""The crisis manual: what (level, category) asks for, as a whole that is read in one query.

An incident keeps a snapshot of its entry, so that editing the manual never bends a running one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Q

from alerts.categories import SOURCE
from alerts.models import ManualEntry
from catalog.models import Party, Team
from nlp.levels import Level

RESPONSE = timedelta(minutes=30)
RESOLUTION = timedelta(hours=4)
OPERATORS = "operators"
"""The team that keeps the system running, where there is one."""


@dataclass(frozen=True)
class Entry:
    """What to do, who owns it, and how fast. `response` and `resolution` are None for watch."""

    level: Level
    category: str
    owner: Team | None = None
    measures: Sequence[str] = ()
    tasks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    script: str = ""
    response: timedelta | None = None
    resolution: timedelta | None = None
    ladder: Sequence[str] = ()
    source: str = ""
    """Where it comes from, for the timeline: the entry's name, or 内置."""

    def snapshot(self) -> dict[str, Any]:
        """Return it as the JSON that an incident keeps."""
        return {
            "level": str(self.level),
            "category": self.category,
            "source": self.source,
            "owner": self.owner.slug if self.owner else "",
            "owner_name": self.owner.name if self.owner else "",
            "measures": list(self.measures),
            "tasks": {party: list(lines) for party, lines in self.tasks.items()},
            "script": self.script,
            "response_minutes": _minutes(self.response),
            "resolution_minutes": _minutes(self.resolution),
            "ladder": list(self.ladder),
        }


class Manual:
    """The manual as it stood when it was read."""

    def __init__(
        self,
        entries: Sequence[ManualEntry],
        fallback: Team | None,
        operators: Team | None = None,
    ) -> None:
        self._entries = {(entry.level, entry.category): entry for entry in entries}
        self._fallback = fallback
        self._operators = operators or fallback

    def entry_for(self, level: Level, category: str) -> Entry:
        """Return the entry of (level, category), else the level's "*", else one that is built in.

        So an alert always has tasks and a clock, even with an empty manual.
        """
        row = self._entries.get((level, str(category)))
        if row is None and category == SOURCE:  # the entry for all else speaks of posts
            return _of_sources(level, self._operators)
        row = row or self._entries.get((level, ""))
        if row is None:
            return _built_in(level, category, self._fallback)
        return Entry(
            level=level,
            category=str(category),
            owner=row.owner,
            measures=row.measures,
            tasks=row.tasks,
            script=row.script,
            response=_target(level, row.response_minutes, RESPONSE),
            resolution=_target(level, row.resolution_minutes, RESOLUTION),
            ladder=row.ladder,
            source=str(row),
        )


def read() -> Manual:
    """Read the manual of now."""
    entries = list(ManualEntry.objects.select_related("owner__duty"))
    asked = Q(party=Party.PR) | Q(slug=OPERATORS)
    teams = list(Team.objects.filter(asked).select_related("duty"))
    return Manual(
        entries,
        fallback=next((team for team in teams if team.party == Party.PR), None),
        operators=next((team for team in teams if team.slug == OPERATORS), None),
    )


def entry_for(level: Level, category: str) -> Entry:
    """Return the manual's entry for one (level, category), as `Manual.entry_for` does."""
    return read().entry_for(level, category)


def _target(level: Level, minutes: int | None, usual: timedelta) -> timedelta | None:
    """What is only watched has no clock; for the rest a target left blank means the usual one."""
    if level is Level.WATCH:
        return None
    return timedelta(minutes=minutes) if minutes else usual


def _minutes(target: timedelta | None) -> int | None:
    return int(target.total_seconds() // 60) if target else None


def _of_sources(level: Level, owner: Team | None) -> Entry:
    """What helps whatever the source: it says itself why it stopped."""
    return Entry(
        level=level,
        category=SOURCE,
        owner=owner,
        measures=[
            "看信源页写的受阻原因和最近几次采集",
            "要登录或验证码的，更新 Cookie：fenghuo credential 名称",
            "短时间恢复不了的，改用平台导出的文件：fenghuo import 文件",
        ],
        response=_target(level, None, RESPONSE),
        resolution=_target(level, None, RESOLUTION),
        source="内置",
    )


def _built_in(level: Level, category: str, owner: Team | None) -> Entry:
    """The least that is always right: look, reach the customer, find the cause, agree on words."""
    watched = level is Level.WATCH
    return Entry(
        level=level,
        category=str(category),
        owner=owner,
        measures=["看原帖，判断是否属实"] if watched else ["核实原帖，联系发帖用户"],
        tasks={
            "service": ["联系发帖用户，登记同类来电"],
            "engineering": [] if watched else ["查原因与影响范围"],
            "pr": [] if watched else ["定对外口径，未定前不发声"],
            "brand": [] if watched else ["决定是否暂停相关销售或活动"],
        },
        response=_target(level, None, RESPONSE),
        resolution=_target(level, None, RESOLUTION),
        source="内置",
    )
