"""How an incident begins, gets worse, and begins again.

The functions change a locked incident in memory and put the rows that follow into `Changes`; the
caller saves all of it at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts import clocks, evidence
from alerts.events import EventKind, event
from alerts.manual import Entry, Manual
from alerts.models import Incident, IncidentEvent, Task, Timer
from alerts.notice import Kind
from alerts.notices import Notice
from catalog.models import Person, Team
from nlp.levels import Level
from opinion.models import Mention, Signal


@dataclass
class Case:
    """New signals for one incident, and what was found out about them; `mentions` is by post."""

    key: tuple[int, str]
    signals: list[Signal] = field(default_factory=list)
    behind: dict[int, list[Mention]] = field(default_factory=dict)
    mentions: dict[int, Mention] = field(default_factory=dict)
    fresh: bool = False
    new_posts: int = 0
    _incident: Incident | None = None

    def add(self, signal: Signal, mentions: Sequence[Mention]) -> None:
        self.signals.append(signal)
        self.behind[signal.pk] = list(mentions)
        for mention in mentions:
            self.mentions.setdefault(mention.post_id, mention)

    @property
    def worst(self) -> Signal:
        """The signal of the highest level; among equals the incident's own subject comes first,
        and a post's own words before figures."""
        return max(
            self.signals,
            key=lambda s: (
                Level(s.level).rank,
                s.subject_id == self.key[0],
                s.mention_id is not None,
            ),
        )

    @property
    def level(self) -> Level:
        return Level(self.worst.level)

    @property
    def summary(self) -> str:
        return evidence.summarise(self.worst, self.behind[self.worst.pk])[:200]

    @property
    def incident(self) -> Incident:
        if self._incident is None:
            raise LookupError(f"no incident held for {self.key}")
        return self._incident

    @incident.setter
    def incident(self, incident: Incident) -> None:
        self._incident = incident


@dataclass
class Changes:
    """Rows to save, notices to give, and open incidents that only got more posts."""

    events: list[IncidentEvent] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    grown: list[Incident] = field(default_factory=list)


def new_incident(case: Case, manual: Manual, now: datetime) -> Incident:
    """Return the unsaved incident that a case without one would open."""
    subject_id, category = case.key
    incident = Incident(
        subject_id=subject_id,
        category=category,
        level=case.level,
        summary=case.summary,
        opened_at=now,
        last_signal_at=now,
    )
    return prepare(incident, manual)


def prepare(incident: Incident, manual: Manual) -> Incident:
    """Give an unsaved incident its manual entry, team and owner; return it."""
    _take(incident, manual.entry_for(Level(incident.level), incident.category))
    incident.owner = _duty(incident.team)
    return incident


def begin(case: Case, changes: Changes, now: datetime) -> None:
    """Set a new incident going: tasks, timers, the first line, the first message."""
    set_going(case.incident, _entry_data(case.incident, case.signals), changes, now)


def set_going(incident: Incident, data: dict[str, Any], changes: Changes, now: datetime) -> None:
    """Do as `begin` does, for an incident that need not rest on signals."""
    opened = event(
        incident,
        EventKind.OPENED,
        now=now,
        change=("", incident.level),
        reason=incident.summary,
        data=data,
    )
    changes.events.append(opened)
    changes.tasks += missing_tasks(incident, present=())
    changes.timers += clocks.start(incident, now=now)
    changes.notices.append(Notice(incident, Kind.OPENED, opened, [incident.team]))


def raise_level(case: Case, manual: Manual, changes: Changes, now: datetime) -> None:
    """Let the level rise to that of the case: entry, tasks and clocks are taken anew.

    Someone who has taken the incident keeps it; the duty person of the entry's team, if another
    one, is called as well. While nobody has, it passes to that duty person.
    """
    incident, before = case.incident, Level(case.incident.level)
    _rise(case, manual)
    risen = event(
        incident,
        EventKind.LEVEL_UP,
        now=now,
        change=(before, incident.level),
        reason=incident.summary,
        data=_entry_data(incident, case.signals),
    )
    changes.events.append(risen)
    changes.tasks += missing_tasks(incident, present=_task_keys(incident))
    changes.timers += clocks.rise(incident, now=now)
    changes.notices.append(
        Notice(incident, Kind.LEVEL_UP, risen, [incident.team], {"from_level": str(before)})
    )


def reopen(case: Case, manual: Manual, changes: Changes, now: datetime) -> None:
    """Open a resolved incident again, because of what came after the resolution."""
    incident = case.incident
    state, before = incident.state, incident.level
    if case.level.rank > Level(before).rank:
        _rise(case, manual)
    changes.timers += begin_again(incident, now=now)
    reason = f"解决后又有新证据：{case.summary}"
    again = event(
        incident,
        EventKind.REOPEN,
        now=now,
        change=(state, incident.state),
        reason=reason,
        data={"level_before": before, **_entry_data(incident, case.signals)},
    )
    changes.events.append(again)
    changes.tasks += missing_tasks(incident, present=_task_keys(incident))
    changes.notices.append(
        Notice(incident, Kind.REOPENED, again, [incident.team], {"reason": reason})
    )


def begin_again(incident: Incident, *, now: datetime) -> list[Timer]:
    """Put an ended incident back to open; return its new timers. Owner and tasks stay."""
    incident.state = Incident.State.OPEN
    incident.acknowledged_at = incident.resolved_at = incident.verified_at = None
    incident.outcome = ""
    if incident.owner is None:
        incident.owner = _duty(incident.team)
    return clocks.start(incident, now=now)


def take_entry(incident: Incident, manual: Manual) -> None:
    """Take the entry of the incident's present level; team and owner stay."""
    team = incident.team
    _take(incident, manual.entry_for(Level(incident.level), incident.category))
    incident.team = team


def missing_tasks(incident: Incident, present: Iterable[tuple[str, str]]) -> list[Task]:
    """Return the entry's tasks that the incident does not have yet, unsaved."""
    known = set(present)
    tasks: dict[str, Sequence[str]] = incident.entry.get("tasks", {})
    return [
        Task(incident=incident, party=party, text=text[:200], position=position)
        for party, lines in tasks.items()
        for position, text in enumerate(lines)
        if (party, text[:200]) not in known
    ]


def _rise(case: Case, manual: Manual) -> None:
    incident = case.incident
    incident.level = case.level
    incident.summary = case.summary
    _take(incident, manual.entry_for(case.level, incident.category))
    if not incident.acknowledged_at:
        incident.owner = _duty(incident.team) or incident.owner


def _take(incident: Incident, entry: Entry) -> None:
    incident.entry = entry.snapshot()
    incident.team = entry.owner


def _duty(team: Team | None) -> Person | None:
    return team.duty if team else None


def _task_keys(incident: Incident) -> list[tuple[str, str]]:
    return list(incident.tasks.values_list("party", "text"))


def _entry_data(incident: Incident, signals: Sequence[Signal]) -> dict[str, Any]:
    return {
        "signals": [signal.pk for signal in signals],
        "entry": incident.entry.get("source", ""),
        "owner": str(incident.owner) if incident.owner else "",
    }
