"""How the sources are: which answer, which are slow, which stopped, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from alerts import wording
from crawlers import platforms
from crawlers.models import CrawlRun, Source

SLOW_AFTER = 3
"""A source is slow when it was last well longer ago than so many of its intervals."""

LEAST_PATIENCE = timedelta(minutes=2)
_ORDER = {"down": 0, "slow": 1, "ok": 2}


@dataclass(frozen=True)
class Health:
    """How one source is: ok, slow or down, and what to say about it."""

    source: Source
    state: str
    said: str

    gap: str = ""

    @property
    def platform(self) -> str:
        return platforms.label(self.source.platform)


def read_sources(*, now: datetime) -> list[Health]:
    """Return the enabled sources, those in trouble first."""
    last = CrawlRun.objects.filter(source=OuterRef("pk")).exclude(finished_at=None)
    accepted = Subquery(last.order_by("-started_at").values("accepted")[:1])
    sources = Source.objects.filter(enabled=True).annotate(last_accepted=accepted)
    return sorted((health_of(s, now=now) for s in sources), key=lambda h: _ORDER[h.state])


def health_of(source: Source, *, now: datetime) -> Health:
    """Tell how a source is at `now`."""
    patience = max(LEAST_PATIENCE, timedelta(seconds=SLOW_AFTER * source.interval_seconds))
    since = _roughly(now - source.last_ok_at) if source.last_ok_at else ""
    if source.block_reason:
        why = source.get_block_reason_display()
        silence = f"，{since}无数据" if since else "，还没有采到过"
        return Health(source, "down", f"{why}{silence}", f"{why} {since}".rstrip())
    if source.last_ok_at is None:
        return Health(source, "slow", "还没有采过" if not source.failures else "还没有采到过")
    if source.failures or now - source.last_ok_at > patience:
        return Health(source, "slow", f"{since}没有采到")
    count = getattr(source, "last_accepted", None)
    new = f" · {count} 条" if count else ""
    return Health(source, "ok", f"{wording.ago(source.last_ok_at, now)}{new}")


def _roughly(length: timedelta) -> str:
    """Say a span by its larger unit alone: 3 小时."""
    return " ".join(wording.span(length).split(" ")[:2])


def gap_of(subject_id: int, sources: Iterable[Health]) -> str:
    """Say which sources an index of this subject lacks; empty when it lacks none."""
    missing = [
        f"{health.platform}：{health.gap}"
        for health in sources
        if health.state == "down" and health.source.subject_id in {None, subject_id}
    ]
    return f"不含 {'；'.join(missing)}" if missing else ""
