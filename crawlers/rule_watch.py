"""Pages that are watched for changes: each text they held is kept, with the lines that differ."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from django.db import transaction

from crawlers import rule_facts
from crawlers.cleaning import clean_line
from crawlers.line_diff import changed_lines
from crawlers.models import PageVersion, Source, WatchedPage
from crawlers.observing import Observation, Stored
from crawlers.page_text import lines_of


@dataclass(frozen=True, slots=True)
class PageSeen(Observation):
    """A page's text as it stood at a moment: lines as `page_text` makes them."""

    platform: str
    native_id: str
    url: str
    title: str
    text: str
    seen_at: datetime
    published_on: date | None = None
    """The day on the page beside the text; without it what the text itself says."""

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Keep each text that is not the one a page held already."""
        accepted = 0
        for seen in sorted(observed, key=lambda seen: (seen.seen_at, seen.native_id)):
            accepted += _keep(seen, source) is not None
        return Stored(accepted, len(observed) - accepted)

    def cells(self) -> dict[str, str]:
        """Return the row that a dry run shows."""
        published, in_force, status = _facts(self)
        return {
            "编号": self.native_id,
            "标题": self.title,
            "状态": str(PageVersion.Status(status).label),
            "发布": str(published or ""),
            "生效": str(in_force or ""),
            "字数": str(len(self.text)),
            "正文": self.text[:200],
        }


def record_page(
    *,
    platform: str,
    url: str,
    text: str,
    seen_at: datetime,
    title: str = "",
    native_id: str = "",
    published_on: date | None = None,
    source: Source | None = None,
) -> PageVersion | None:
    """Store a page's text that a person brings; return its new version, None when it is known.

    Raises ValueError when there is no text.
    """
    lines = lines_of(text)
    if not lines:
        raise ValueError("没有正文")
    seen = PageSeen(
        platform=platform,
        native_id=native_id or rule_facts.identity(url),
        url=url,
        title=clean_line(title, limit=300) or lines.partition("\n")[0][:300],
        text=lines,
        seen_at=seen_at,
        published_on=published_on,
    )
    with transaction.atomic():
        return _keep(seen, source)


def _keep(seen: PageSeen, source: Source | None) -> PageVersion | None:
    """Return the version that this sight adds; None when it adds none.

    A sight older than the page's last change comes too late to say what the page holds now.
    """
    digest = hashlib.sha256(seen.text.encode()).hexdigest()
    pages = WatchedPage.objects.select_for_update()
    page = pages.filter(platform=seen.platform, native_id=seen.native_id).first()
    if page is None:
        page, new = WatchedPage.objects.get_or_create(
            platform=seen.platform,
            native_id=seen.native_id,
            defaults={
                "source": source,
                "url": seen.url[:1000],
                "title": seen.title[:300],
                "digest": digest,
                "versions": 0,
                "first_seen_at": seen.seen_at,
                "last_seen_at": seen.seen_at,
                "changed_at": seen.seen_at,
            },
        )
        if new:
            return _add(page, seen, digest, "")
    if page.digest == digest:
        if seen.seen_at > page.last_seen_at:
            page.last_seen_at = seen.seen_at
            page.title = seen.title[:300] or page.title
            page.save(update_fields=["last_seen_at", "title"])
        return None
    if seen.seen_at <= page.last_seen_at:
        return None
    held = page.pageversion_set.order_by("-number").first()
    return _add(page, seen, digest, changed_lines(held.text if held else "", seen.text))


def _add(page: WatchedPage, seen: PageSeen, digest: str, changes: str) -> PageVersion:
    published, in_force, status = _facts(seen)
    page.versions += 1
    page.digest = digest
    page.title = seen.title[:300] or page.title
    page.url = seen.url[:1000]
    page.last_seen_at = page.changed_at = seen.seen_at
    page.save()
    return PageVersion.objects.create(
        page=page,
        number=page.versions,
        title=page.title,
        text=seen.text,
        digest=digest,
        changes=changes,
        published_on=published,
        in_force_on=in_force,
        status=status,
        seen_at=seen.seen_at,
    )


def _facts(seen: PageSeen) -> tuple[date | None, date | None, str]:
    published = seen.published_on or rule_facts.published_on(seen.text)
    in_force = rule_facts.in_force_on(seen.text, published)
    return published, in_force, rule_facts.status(seen.title, seen.text, in_force, seen.seen_at)
