"""The incident queue: which incidents, in which order, and how many stand behind each tab."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.http import QueryDict

from alerts.categories import CATEGORIES
from alerts.models import Incident, IncidentEvent
from catalog.models import Person, Subject
from console import clocks
from nlp.levels import Level
from opinion.models import LEVELS

State = Incident.State

PAGE_SIZE = 25
DONE = (State.RESOLVED, State.VERIFIED)
UNSOLVED = (State.OPEN, State.ACKNOWLEDGED, State.IN_PROGRESS)

TABS = {
    "all": "全部",
    "open": "未结",
    "mine": "我的",
    "unclaimed": "待认领",
    "pressing": "临期超时",
    "unverified": "待验证",
}


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. Values that mean nothing are dropped, not refused."""

    tab: str = "open"
    q: str = ""
    level: str = ""
    subject: str = ""
    category: str = ""
    owner: str = ""
    page: str = "1"

    @classmethod
    def read(cls, query: QueryDict) -> "Wanted":
        tab, owner = query.get("tab", "open"), query.get("owner", "")
        return cls(
            tab=tab if tab in TABS else "open",
            q=query.get("q", "").replace("\x00", "").strip()[:100],
            level=_known(query.get("level", ""), LEVELS),
            subject=query.get("subject", "").replace("\x00", ""),
            category=_known(query.get("category", ""), CATEGORIES),
            owner=owner if owner.isascii() and owner.isdigit() and len(owner) < 10 else "",
            page=query.get("page", "1"),
        )

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.level or self.subject or self.category or self.owner)

    def address(self, **changes: str) -> str:
        """Return the query string with `changes`; what is the default is left out."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["page"] = "1"
        values.update(changes)
        kept = {k: v for k, v in values.items() if v and v != _DEFAULTS[k]}
        return f"?{urlencode(kept)}" if kept else "?"


_DEFAULTS = {name: f.default for name, f in Wanted.__dataclass_fields__.items()}


@dataclass(frozen=True)
class Row:
    """One incident as a line of the queue."""

    incident: Incident
    response: clocks.Clock | None
    resolution: clocks.Clock | None
    latest: datetime

    @property
    def done(self) -> bool:
        return self.incident.state in DONE

    @property
    def fresh(self) -> bool:
        """Nobody has taken it, and a clock runs."""
        return self.incident.state == State.OPEN and self.response is not None

    @property
    def untimed(self) -> bool:
        return self.response is None and self.resolution is None

    @property
    def owner(self) -> str:
        return str(self.incident.owner or self.incident.team or "—")


@dataclass(frozen=True)
class Tab:
    key: str
    name: str
    count: int
    address: str


@dataclass(frozen=True)
class Queue:
    """One page of the queue."""

    wanted: Wanted
    tabs: list[Tab]
    rows: list[Row]
    page: Page
    newest: int
    subjects: list[Subject]
    owners: list[Person]
    last_closed: Incident | None = None

    @property
    def previous(self) -> str:
        return self.wanted.address(page=str(self.page.previous_page_number()))

    @property
    def next(self) -> str:
        return self.wanted.address(page=str(self.page.next_page_number()))

    @property
    def clear(self) -> str:
        return Wanted(tab=self.wanted.tab).address()

    @property
    def refresh(self) -> str:
        """Query string that asks for these rows again, and for what arrived since."""
        rows = [("id", row.incident.pk) for row in self.rows]
        return f"{self.wanted.address()}&{urlencode([('seen', self.newest), *rows])}"


def read_queue(wanted: Wanted, *, user: Person, now: datetime) -> Queue:
    """Return the page of the queue that `wanted` names."""
    unsolved, pressing = load_unsolved(now=now)
    matching = _in_tab(wanted.tab, user=user, pressing=pressing)
    page = Paginator(_ordered(_filtered(matching, wanted)), PAGE_SIZE).get_page(wanted.page)
    rows = rows_of(page.object_list, now=now)
    return Queue(
        wanted=wanted,
        tabs=tabs_of(wanted, unsolved, pressing, user),
        rows=rows,
        page=page,
        newest=newest(),
        subjects=list(Subject.objects.filter(Exists(_of(subject=OuterRef("pk"))))),
        owners=list(Person.objects.filter(Exists(_of(owner=OuterRef("pk"))))),
        last_closed=None if rows else _last_closed(),
    )


def load_unsolved(*, now: datetime) -> tuple[list[Incident], list[int]]:
    """Return the unsolved incidents, and the numbers of those with a pressing clock."""
    unsolved = list(Incident.objects.filter(state__in=UNSOLVED))
    return unsolved, [i.pk for i in unsolved if clocks.is_pressing(i, now=now)]


def rows_of(incidents: Iterable[Incident], *, now: datetime) -> list[Row]:
    """Return the lines of these incidents, in their order."""
    shown = list(incidents)
    acted = dict(
        IncidentEvent.objects.filter(incident__in=shown)
        .order_by()
        .values_list("incident")
        .annotate(latest=Max("at"))
    )
    return [
        Row(
            i,
            clocks.response_clock(i, now=now),
            clocks.resolution_clock(i, now=now),
            max(i.last_signal_at, acted.get(i.pk, i.last_signal_at)),
        )
        for i in shown
    ]


def arrived(since: int) -> list[Incident]:
    """Return the unsolved incidents that opened after incident `since`, the worst first."""
    found = Incident.objects.filter(pk__gt=since, state__in=UNSOLVED).select_related("subject")
    return sorted(found, key=lambda i: (-Level(i.level).rank, -i.pk))


def newest() -> int:
    """Return the number of the latest incident; 0 when there is none."""
    return Incident.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _last_closed() -> Incident | None:
    return Incident.objects.filter(state=State.VERIFIED).order_by("-verified_at").first()


def most_urgent(incidents: Sequence[Incident], *, now: datetime) -> Incident | None:
    """Return the severe incident whose clock ends first, or None when none is unsolved."""
    severe = [(clocks.next_clock(i, now=now), i) for i in incidents if i.level == Level.SEVERE]
    timed = [(clock.due, i.pk, i) for clock, i in severe if clock]
    return min(timed)[2] if timed else None


def tabs_of(
    wanted: Wanted, unsolved: list[Incident], pressing: list[int], user: Person
) -> list[Tab]:
    """Return the tabs with how many incidents stand behind each."""
    counts = _counts(unsolved, len(pressing), user)
    return [Tab(key, name, counts[key], wanted.address(tab=key)) for key, name in TABS.items()]


def _of(**conditions: object) -> QuerySet[Incident]:
    return Incident.objects.filter(**conditions)


def _counts(unsolved: list[Incident], pressing: int, user: Person) -> dict[str, int]:
    return {
        "all": Incident.objects.count(),
        "open": len(unsolved),
        "mine": sum(_is_mine(i, user) for i in unsolved),
        "unclaimed": sum(i.state == State.OPEN for i in unsolved),
        "pressing": pressing,
        "unverified": Incident.objects.filter(state=State.RESOLVED).count(),
    }


def _is_mine(incident: Incident, user: Person) -> bool:
    if incident.owner_id is not None:
        return incident.owner_id == user.pk
    return incident.team_id is not None and incident.team_id == user.team_id


def _in_tab(tab: str, *, user: Person, pressing: list[int]) -> QuerySet[Incident]:
    incidents = Incident.objects.select_related("subject", "owner", "team")
    if tab == "all":
        return incidents
    if tab == "unverified":
        return incidents.filter(state=State.RESOLVED)
    incidents = incidents.filter(state__in=UNSOLVED)
    if tab == "mine":
        mine = Q(owner=user)
        if user.team_id is not None:
            mine |= Q(owner=None, team_id=user.team_id)
        return incidents.filter(mine)
    if tab == "unclaimed":
        return incidents.filter(state=State.OPEN)
    if tab == "pressing":
        return incidents.filter(pk__in=pressing)
    return incidents


def _filtered(incidents: QuerySet[Incident], wanted: Wanted) -> QuerySet[Incident]:
    if wanted.level:
        incidents = incidents.filter(level=wanted.level)
    if wanted.subject:
        incidents = incidents.filter(subject__slug=wanted.subject)
    if wanted.category:
        incidents = incidents.filter(category=wanted.category)
    if wanted.owner:
        incidents = incidents.filter(owner_id=int(wanted.owner))
    for word in wanted.q.split():
        incidents = incidents.filter(_says(word))
    return incidents


def _says(word: str) -> Q:
    number = word.upper().removeprefix("E-")
    found = (
        Q(subject__name__icontains=word)
        | Q(summary__icontains=word)
        | Q(owner__name__icontains=word)
        | Q(owner__username__icontains=word)
        | Q(team__name__icontains=word)
        | Q(category__in=[value for value, label in CATEGORIES if word in label])
    )
    if number.isascii() and number.isdigit() and len(number) < 10:
        found |= Q(pk=int(number))
    return found


def _ordered(incidents: QuerySet[Incident]) -> QuerySet[Incident]:
    """Unsolved first; then the level, then the clock that runs, then the latest."""
    return incidents.annotate(
        done=Case(When(state__in=DONE, then=1), default=0, output_field=IntegerField()),
        rank=Case(
            *[When(level=level.value, then=Value(level.rank)) for level in Level],
            default=0,
            output_field=IntegerField(),
        ),
        due=Case(
            When(state=State.OPEN, then=F("response_due_at")),
            When(state__in=UNSOLVED, then=F("resolution_due_at")),
            default=None,
            output_field=DateTimeField(),
        ),
        settled=Case(
            When(state__in=DONE, then=F("resolved_at")),
            default=None,
            output_field=DateTimeField(),
        ),
    ).order_by(
        "done",
        F("settled").desc(nulls_last=True),
        "-rank",
        F("due").asc(nulls_last=True),
        "-last_signal_at",
        "-pk",
    )


def _known(value: str, choices: Sequence[tuple[str, str]]) -> str:
    return value if value in dict(choices) else ""
