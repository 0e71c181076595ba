"""Sources as YAML entries."""

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import Field, JsonValue, field_validator

from catalog.models import Subject
from catalog.yaml_store import Entry, Reference, Store
from crawlers.known_spiders import SPIDERS
from crawlers.models import Source

Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=50)]


class SourceEntry(Entry):
    """One entry of sources.yaml."""

    slug: Slug
    name: str = Field(min_length=1, max_length=80)
    spider: str = Field(min_length=1, max_length=40)
    platform: str = Field(min_length=1, max_length=30)
    subject: str = ""
    params: dict[str, JsonValue] = {}
    interval_seconds: int = Field(600, ge=1)
    enabled: bool = True

    @field_validator("spider")
    @classmethod
    def _is_there(cls, name: str) -> str:
        if name not in SPIDERS:
            near = get_close_matches(name, SPIDERS, n=1)
            hint = f"，是不是 {near[0]}？" if near else "，docs/sources.md 列出了所有爬虫"
            raise ValueError(f"没有名为“{name}”的爬虫{hint}")
        return name


class SourceStore(Store[SourceEntry]):
    """sources.yaml. What a source has learnt while running is not configuration and stays."""

    kind = "sources"
    label = "信源"
    entry = SourceEntry

    def key(self, entry: SourceEntry) -> str:
        return entry.slug

    def rows(self) -> dict[str, Any]:
        sources = Source.objects.select_related("subject").order_by("slug")
        return {source.slug: source for source in sources}

    def dump(self, row: Any) -> SourceEntry:
        values = {name: getattr(row, name) for name in SourceEntry.model_fields}
        return SourceEntry.model_construct(
            **(values | {"subject": row.subject.slug if row.subject else ""})
        )

    def save(self, entry: SourceEntry, row: Any | None) -> None:
        source = row or Source(slug=entry.slug)
        for name, value in entry.model_dump(exclude={"slug", "subject"}).items():
            setattr(source, name, value)
        source.subject = Subject.objects.get(slug=entry.subject) if entry.subject else None
        if row is None:
            source.save()
        else:  # a run may be going on: leave its lease, checkpoint and health alone
            source.save(update_fields=[f for f in SourceEntry.model_fields if f != "slug"])

    def references(self, entry: SourceEntry) -> list[Reference]:
        return [Reference("subject", "subjects", entry.subject)] if entry.subject else []
