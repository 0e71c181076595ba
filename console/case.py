"""Everything that the page of one incident shows, read in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, Sum

from alerts.models import Incident, Task
from catalog.models import Party, Person, Team
from console import actions, clocks, figures, posts, reasons, timeline
from nlp.levels import Level
from opinion import index
from opinion.models import Bucket

PARTY_ORDER = (Party.PR, Party.SERVICE, Party.ENGINEERING, Party.BRAND)
NOTIFICATIONS_SHOWN = 100
SENT_SHOWN = 8
WAYS_TO_SPLIT = {"platform": "平台", "category": "类别"}
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class PartyTasks:
    """One party's tasks, and who answers for the party now."""

    name: str
    duty: str
    tasks: list[Task]

    @property
    def done(self) -> int:
        return sum(task.done_at is not None for task in self.tasks)


@dataclass(frozen=True)
class Effect:
    """Negative mentions and index before and after the solution."""

    before: int
    after: int
    span: timedelta
    index_at_opening: float | None
    index_at_solution: float
    index_now: float


@dataclass(frozen=True)
class Moved:
    """What moved the subject's index, as a waterfall."""

    reading: index.Reading
    by: str
    before: float
    bars: list[figures.Part]
    thresholds: list[tuple[str, float]]
    level: str


@dataclass(frozen=True)
class Choices:
    """What this person may do, and what the dialogs offer to choose from."""

    offer: actions.Offer
    people: list[Person]
    lower_levels: list[Level]


@dataclass(frozen=True)
class Case:
    """The page of one incident."""

    incident: Incident
    response: clocks.Clock | None
    resolution: clocks.Clock | None
    escalates_to: str
    reasons: reasons.Reasons
    moved: Moved
    posts: posts.PostList
    parties: list[PartyTasks]
    lines: list[timeline.Line]
    sent: list[timeline.Sent]
    sent_count: int
    failed_count: int
    effect: Effect | None
    choices: Choices

    @property
    def tasks_done(self) -> int:
        return sum(party.done for party in self.parties)

    @property
    def tasks_total(self) -> int:
        return sum(len(party.tasks) for party in self.parties)


def read_case(
    incident: Incident, person: Person, *, by: str = "", page: int = 1, now: datetime
) -> Case:
    """Return the page; `by` splits the index by platform (default) or category."""
    notifications = list(
        incident.notification_set.order_by("-created_at", "-pk")[:NOTIFICATIONS_SHOWN]
    )
    sent = [timeline.sent(row) for row in notifications]
    teams = list(Team.objects.select_related("duty"))
    moved = _moved(incident, by, now=now)
    return Case(
        incident=incident,
        response=clocks.response_clock(incident, now=now),
        resolution=clocks.resolution_clock(incident, now=now),
        escalates_to=_ladder(incident, teams),
        reasons=reasons.read_reasons(incident, now=now),
        moved=moved,
        posts=posts.read_posts(incident, page),
        parties=_parties(incident, teams),
        lines=timeline.read_timeline(incident, notifications, now=now),
        sent=sent[:SENT_SHOWN],
        sent_count=len(sent),
        failed_count=sum(row.state == "down" for row in sent),
        effect=_effect(incident, moved.reading.value, now=now),
        choices=read_choices(incident, person),
    )


def read_choices(incident: Incident, person: Person) -> Choices:
    """Return what `person` may do with the incident now."""
    offer = actions.offer(incident, person)
    able: list[Person] = []
    if offer.beside:
        found = Person.objects.with_perm(actions.HANDLE, backend=BACKEND)
        able = list(found.select_related("team").order_by("team__slug", "name", "username"))
    return Choices(offer, able, actions.lower_levels(incident))


def _ladder(incident: Incident, teams: Sequence[Team]) -> str:
    slugs = incident.entry.get("ladder") or []
    first = next((team for team in teams if slugs and team.slug == slugs[0]), None)
    if first is None:
        return ""
    return str(first.duty) if first.duty else first.name


def _moved(incident: Incident, by: str, *, now: datetime) -> Moved:
    by = by if by in WAYS_TO_SPLIT else "platform"
    reading = index.reading(incident.subject, now=now)
    return Moved(
        reading=reading,
        by=by,
        before=reading.value - reading.change,
        bars=figures.waterfall(reading, by),
        thresholds=figures.thresholds(incident.subject),
        level=figures.level_of(reading.value, incident.subject),
    )


def _parties(incident: Incident, teams: Sequence[Team]) -> list[PartyTasks]:
    tasks = list(incident.tasks.select_related("done_by"))
    found = []
    for party in PARTY_ORDER:
        own = [task for task in tasks if task.party == party]
        duty = next((str(t.duty) for t in teams if t.party == party and t.duty), "")
        if own:
            found.append(PartyTasks(Party(party).label, duty, own))
    return found


def _effect(incident: Incident, index_now: float, *, now: datetime) -> Effect | None:
    solved = incident.resolved_at
    if solved is None or incident.outcome == "false_alarm":
        return None
    until = min(now, solved + index.DAY)
    own = Q(subject_id=incident.subject_id, category=incident.category)
    sums: dict[str, Any] = Bucket.objects.filter(
        own, at__gt=solved - index.DAY, at__lte=until
    ).aggregate(
        before=Sum("negative", filter=Q(at__lte=solved)),
        after=Sum("negative", filter=Q(at__gt=solved)),
    )
    return Effect(
        before=sums["before"] or 0,
        after=sums["after"] or 0,
        span=until - solved,
        index_at_opening=incident.nei_at_opening,
        index_at_solution=index.reading(incident.subject, now=solved).value,
        index_now=index_now,
    )
