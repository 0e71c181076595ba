"""How the sources are, in the console's words: the overview's list, the page of sources.

`crawlers.health` judges; here is only said what it found.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from alerts import wording
from config.spans import roughly
from console import words
from crawlers import health
from crawlers.health import Cause, State, Verdict
from crawlers.known_spiders import SPIDERS
from crawlers.models import CrawlRun, Outcome, Source

TONES = {
    State.GREEN: "ok",
    State.LATE: "slow",
    State.BLOCKED: "down",
    State.BROKEN: "down",
    State.NEW: "slow",
    State.OFF: "off",
}
DAY = timedelta(hours=24)
RUNS_SHOWN = 20
RUNS_SINCE = timedelta(days=30)
_TONES_OF_RUNS = {
    Outcome.OK: "ok",
    Outcome.STOPPED: "off",
    Outcome.LOST: "off",
    "": "off",
}


@dataclass(frozen=True)
class Health:
    """How one source is: what to draw, and what to say about it."""

    verdict: Verdict
    said: str

    @property
    def source(self) -> Source:
        return self.verdict.source

    @property
    def state(self) -> str:
        """Return ok, slow, down or off."""
        return TONES[self.verdict.state]


@dataclass(frozen=True)
class Bar:
    """One run as a bar of a source's small history."""

    tone: str
    x: int
    height: int
    said: str

    @property
    def y(self) -> int:
        return 20 - self.height


@dataclass(frozen=True)
class Card:
    """One source on the page of sources."""

    verdict: Verdict
    spider: str
    accepted: int
    duplicates: int
    rejected: int
    refused: list[tuple[str, int]]
    bars: list[Bar]
    running: bool

    @property
    def source(self) -> Source:
        return self.verdict.source

    @property
    def state(self) -> str:
        return TONES[self.verdict.state]


def read_sources(*, now: datetime) -> list[Health]:
    """Return the enabled sources, those in trouble first."""
    last = CrawlRun.objects.filter(source=OuterRef("pk")).exclude(finished_at=None)
    accepted = Subquery(last.order_by("-started_at").values("accepted")[:1])
    sources = Source.objects.filter(enabled=True).annotate(last_accepted=accepted)
    return [health_of(verdict, now=now) for verdict in health.ranked(sources, now=now)]


def health_of(verdict: Verdict, *, now: datetime) -> Health:
    """Say in a few words how a source is at `now`."""
    source = verdict.source
    if verdict.state is State.NEW:
        return Health(verdict, "还没有采过")
    if verdict.state is State.OFF:
        return Health(verdict, "已停用")
    if verdict.short:
        return Health(verdict, _trouble(verdict, now))
    count = getattr(source, "last_accepted", None)
    new = f" · {count} 条" if count else ""
    return Health(verdict, f"{wording.ago(source.last_ok_at, now)}{new}")


def _trouble(verdict: Verdict, now: datetime) -> str:
    if verdict.source.last_ok_at is None:
        return f"{verdict.short}，还没有采到过"
    if verdict.cause is Cause.HICCUP or verdict.since is None:
        return verdict.short
    length = roughly(now - verdict.since)
    if verdict.cause in {Cause.OVERDUE, Cause.QUIET}:
        return f"{length}{verdict.short}"
    return f"{verdict.short}，{length}{'无数据' if verdict.misses(now) else ''}"


def gap_of(subject_id: int, sources: Iterable[Health], *, now: datetime) -> str:
    """Say which sources an index of this subject lacks; empty when it lacks none."""
    return health.gap_of(subject_id, [each.verdict for each in sources], now=now)


def tally(verdicts: Sequence[Verdict]) -> list[tuple[str, int]]:
    """Return how many sources are in each state, in words, the worst first; none are left out."""
    counts = Counter(verdict.state for verdict in verdicts)
    return [(state.label, counts[state]) for state in State if counts[state]]


def read_cards(*, now: datetime, slug: str = "") -> list[Card]:
    """Return all sources, or the one named, as the page shows them; four queries however many."""
    rows = Source.objects.select_related("subject")
    rows = rows.filter(slug=slug) if slug else rows
    verdicts = health.ranked(rows, now=now)
    ids = [verdict.source.pk for verdict in verdicts]
    counts = _counts(ids, now)
    refused = _refused(ids, now)
    runs = _runs(ids, now)
    return [_card(verdict, counts, refused, runs, now) for verdict in verdicts]


def _card(
    verdict: Verdict,
    counts: dict[int, tuple[int, int, int]],
    refused: dict[int, Counter[str]],
    runs: dict[int, list[Any]],
    now: datetime,
) -> Card:
    source = verdict.source
    accepted, duplicates, rejected = counts.get(source.pk, (0, 0, 0))
    return Card(
        verdict,
        spider=SPIDERS[source.spider].label if source.spider in SPIDERS else source.spider,
        accepted=accepted,
        duplicates=duplicates,
        rejected=rejected,
        refused=refused.get(source.pk, Counter()).most_common(3),
        bars=_bars(runs.get(source.pk, []), now),
        running=bool(source.lease_until and source.lease_until > now),
    )


def _counts(ids: Sequence[int], now: datetime) -> dict[int, tuple[int, int, int]]:
    rows = (
        CrawlRun.objects.filter(source__in=ids, started_at__gt=now - DAY)
        .order_by()
        .values_list("source_id")
        .annotate(Sum("accepted"), Sum("duplicates"), Sum("rejected"))
    )
    return {pk: (accepted, duplicates, rejected) for pk, accepted, duplicates, rejected in rows}


def _refused(ids: Sequence[int], now: datetime) -> dict[int, Counter[str]]:
    """Return what was refused in the last day by source and reason."""
    rows = CrawlRun.objects.filter(source__in=ids, started_at__gt=now - DAY, rejected__gt=0)
    found: dict[int, Counter[str]] = {}
    for pk, reasons in rows.order_by("-started_at").values_list("source_id", "refused")[:2000]:
        found.setdefault(pk, Counter()).update(reasons)
    return found


def _runs(ids: Sequence[int], now: datetime) -> dict[int, list[Any]]:
    """Return the last runs of each source, oldest first."""
    place = Window(RowNumber(), partition_by=F("source_id"), order_by=F("started_at").desc())
    recent = CrawlRun.objects.filter(source__in=ids, started_at__gt=now - RUNS_SINCE)
    numbered = recent.annotate(place=place).filter(place__lte=RUNS_SHOWN)
    found: dict[int, list[Any]] = {}
    for run in numbered.order_by("source_id", "started_at"):
        found.setdefault(run.source_id, []).append(run)
    return found


def _bars(runs: Sequence[Any], now: datetime) -> list[Bar]:
    most = max((run.accepted for run in runs), default=0)
    return [
        Bar(
            tone=_tone(run),
            x=8 * place,
            height=4 + (round(16 * run.accepted / most) if most else 0),
            said=_said(run, now),
        )
        for place, run in enumerate(runs)
    ]


def _tone(run: Any) -> str:
    if run.outcome == Outcome.OK and (run.odd or run.gap):
        return "slow"
    return _TONES_OF_RUNS.get(run.outcome, "down")


def _said(run: Any, now: datetime) -> str:
    """Say one run: 今天 13:52 完成，新增 3、重复 20、拒收 0，8 页，用时 4 秒."""
    outcome = run.get_outcome_display() if run.outcome else "正在采集"
    counts = f"新增 {run.accepted}、重复 {run.duplicates}、拒收 {run.rejected}"
    pages = f"{run.pages} 页" if run.pages else ""
    took = f"用时 {wording.span(run.duration)}" if run.duration else ""
    block = run.get_block_reason_display() if run.block_reason else ""
    gap = f"可能漏了 {run.gap}" if run.gap else ""
    said = [f"{words.stamp(run.started_at, now)} {outcome}", counts, pages, took]
    return "，".join(filter(None, [*said, block, run.detail, run.odd, gap]))
