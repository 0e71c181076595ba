"""The crisis manual as YAML entries."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from alerts.models import ManualEntry
from catalog.models import Party, Team
from catalog.yaml_store import Entry, Reference, Store
from nlp.categories import Category
from nlp.levels import Level

OTHERWISE = "*"
"""The category of an entry that answers for all categories of its level without their own."""

Line = Annotated[str, Field(min_length=1, max_length=200)]
Minutes = Annotated[int, Field(ge=1)]


class ManualYaml(Entry):
    """One entry of manual.yaml."""

    level: Level
    category: Category | Literal["source", "*"]
    owner: str
    measures: list[Line] = []
    tasks: dict[Party, list[Line]] = {}
    script: str = ""
    response_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None
    ladder: list[str] = []

    @model_validator(mode="after")
    def _response_comes_first(self) -> "ManualYaml":
        response, resolution = self.response_minutes, self.resolution_minutes
        if response and resolution and response > resolution:
            raise ValueError("response_minutes 不应大于 resolution_minutes")
        return self


class ManualStore(Store[ManualYaml]):
    """manual.yaml."""

    kind = "manual"
    label = "危机手册"
    entry = ManualYaml

    def key(self, entry: ManualYaml) -> str:
        return f"{entry.level}/{entry.category}"

    def rows(self) -> dict[str, Any]:
        rows = ManualEntry.objects.select_related("owner").order_by("level", "category")
        return {f"{row.level}/{row.category or OTHERWISE}": row for row in rows}

    def dump(self, row: Any) -> ManualYaml:
        values = {name: getattr(row, name) for name in ManualYaml.model_fields}
        values |= {
            "level": Level(row.level),
            "category": _category(row.category),
            "owner": row.owner.slug,
            "tasks": {Party(party): lines for party, lines in row.tasks.items()},
        }
        return ManualYaml.model_construct(**values)

    def save(self, entry: ManualYaml, row: Any | None) -> None:
        values = entry.model_dump(mode="json")
        values["category"] = "" if entry.category == OTHERWISE else str(entry.category)
        values["owner"] = Team.objects.get(slug=entry.owner)
        manual = row or ManualEntry()
        for name, value in values.items():
            setattr(manual, name, value)
        manual.save()

    def references(self, entry: ManualYaml) -> list[Reference]:
        owner = Reference("owner", "teams", entry.owner)
        return [owner, *(Reference("ladder", "teams", slug) for slug in entry.ladder)]


def _category(stored: str) -> str:
    """Return a row's category as its entry has it: one of texts, `source`, or "*"."""
    if stored in {category.value for category in Category}:
        return Category(stored)
    return stored or OTHERWISE
