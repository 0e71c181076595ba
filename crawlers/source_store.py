"""Sources as YAML entries."""

from typing import Annotated, Any

from pydantic import Field, JsonValue

from catalog.models import Subject
from catalog.yaml_store import Entry, Reference, Store
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
