"""Teams and subjects as YAML entries."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from catalog.models import Party, Subject, Team
from catalog.yaml_store import Entry, Reference, Store

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=50)]


def _text(value: Any) -> Any:
    """Product numbers are names made of digits: YAML reads them as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class TeamEntry(Entry):
    """One entry of teams.yaml."""

    slug: Slug
    name: str = Field(min_length=1, max_length=60)
    party: Party
    robot: str = Field("", max_length=60)


class TeamStore(Store[TeamEntry]):
    """teams.yaml."""

    kind = "teams"
    label = "团队"
    entry = TeamEntry

    def key(self, entry: TeamEntry) -> str:
        return entry.slug

    def rows(self) -> dict[str, Any]:
        return {team.slug: team for team in Team.objects.order_by("slug")}

    def dump(self, row: Any) -> TeamEntry:
        return TeamEntry.model_construct(
            slug=row.slug, name=row.name, party=Party(row.party), robot=row.robot
        )

    def save(self, entry: TeamEntry, row: Any | None) -> None:
        team = row or Team(slug=entry.slug)
        team.name, team.party, team.robot = entry.name, entry.party.value, entry.robot
        team.save()


class SubjectEntry(Entry):
    """One entry of subjects.yaml."""

    slug: Slug
    name: str = Field(min_length=1, max_length=80)
    kind: Subject.Kind = Subject.Kind("brand")
    parent: str = ""
    aliases: list[Name] = []
    excludes: list[Name] = []
    platform_ids: dict[str, list[Name]] = {}
    active: bool = True
    half_life_hours: float = Field(6, ge=0.25)
    alpha: float = Field(20, ge=0)
    watch_at: float = Field(35, ge=0, le=100)
    normal_at: float = Field(50, ge=0, le=100)
    severe_at: float = Field(70, ge=0, le=100)
    negative_rate_target: float = Field(0.03, ge=0, le=1)
    return_rate_target: float = Field(0.05, ge=0, le=1)

    @model_validator(mode="after")
    def _lines_rise(self) -> "SubjectEntry":
        if not self.watch_at <= self.normal_at <= self.severe_at:
            raise ValueError("watch_at、normal_at、severe_at 应依次不降")
        return self


class SubjectStore(Store[SubjectEntry]):
    """subjects.yaml."""

    kind = "subjects"
    label = "监测对象"
    entry = SubjectEntry

    def key(self, entry: SubjectEntry) -> str:
        return entry.slug

    def rows(self) -> dict[str, Any]:
        subjects = Subject.objects.select_related("parent").order_by("slug")
        return {subject.slug: subject for subject in subjects}

    def dump(self, row: Any) -> SubjectEntry:
        values = {name: getattr(row, name) for name in SubjectEntry.model_fields}
        values |= {
            "kind": Subject.Kind(row.kind),
            "parent": row.parent.slug if row.parent else "",
        }
        return SubjectEntry.model_construct(**values)

    def save(self, entry: SubjectEntry, row: Any | None) -> None:
        subject = row or Subject(slug=entry.slug)
        values = entry.model_dump(mode="json", exclude={"slug", "parent"})
        for name, value in values.items():
            setattr(subject, name, value)
        parent = Subject.objects.get(slug=entry.parent) if entry.parent else None
        subject.parent = parent
        subject.save()

    def references(self, entry: SubjectEntry) -> list[Reference]:
        return [Reference("parent", "subjects", entry.parent)] if entry.parent else []

    def ordered(self, entries: Iterable[SubjectEntry]) -> list[SubjectEntry]:
        """Return parents before children; those whose parents form a ring stand last."""
        waiting = list(entries)
        order: list[SubjectEntry] = []
        while waiting:
            held = {entry.slug for entry in waiting}
            ready = [entry for entry in waiting if entry.parent not in held]
            if not ready:
                return order + waiting
            order += ready
            waiting = [entry for entry in waiting if entry.parent in held]
        return order
