"""How each source is doing, judged in one place for pages, tables, metrics and alerts.

`judge` looks at a source's own row alone, where its runs have left what matters (`run_stats`), and
at the time: judging all sources is one query. The worst that holds is told:

- blocked 受阻: the site refuses, or cannot be reached;
- broken 故障: it answers, and yet nothing usable comes: the page has changed, runs fail, far fewer
  rows or fields than the source's own usual, or nothing new for far longer than its usual gaps;
- late 迟到: its last good run lies too far back, or something milder is wrong;
- green 正常.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from config.spans import roughly, span
from crawlers import platforms
from crawlers.known_spiders import hosts_of
from crawlers.models import BlockReason, CrawlRun, Outcome, Source
from crawlers.params import resolved

LATE_AFTER = 3
"""A source is late when its last good run lies more than so many of its intervals back."""
LEAST_PATIENCE = timedelta(minutes=2)
FAILS = 2
"""So many runs in a row must fail, or be odd: one may be an accident."""
MISSED_AFTER = timedelta(hours=1)

_REMEDIES = {
    BlockReason.LOGIN: "login",
    BlockReason.CAPTCHA: "login",
    BlockReason.SIGNATURE: "login",
    BlockReason.UNREACHABLE: "down",
}
_PAGE_CHANGED = {BlockReason.SHAPE, BlockReason.GONE}


class State(StrEnum):
    """How a source is doing, the worst first."""

    BLOCKED = "blocked"
    BROKEN = "broken"
    LATE = "late"
    GREEN = "green"
    NEW = "new"
    OFF = "off"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.GREEN: "正常",
    State.LATE: "迟到",
    State.BLOCKED: "受阻",
    State.BROKEN: "故障",
    State.NEW: "未采过",
    State.OFF: "已停用",
}
_ORDER = list(State)


class Cause(StrEnum):
    """What kind of trouble it is."""

    NONE = ""
    REFUSED = "refused"
    PAGE_CHANGED = "page_changed"
    FAILING = "failing"
    FEWER = "fewer"
    QUIET = "quiet"
    OVERDUE = "overdue"
    HICCUP = "hiccup"
    SLOW = "slow"
    GAP = "gap"


LASTS_AFTER: dict[Cause, timedelta] = {
    Cause.REFUSED: timedelta(minutes=30),
    Cause.PAGE_CHANGED: timedelta(minutes=30),
    Cause.FAILING: timedelta(minutes=30),
    Cause.FEWER: timedelta(minutes=30),
    Cause.QUIET: timedelta(0),
    Cause.OVERDUE: timedelta(hours=1),
}
"""After how long the operator has to know of it; what is not here is only shown."""

BY_THE_CLOCK = {Cause.QUIET, Cause.OVERDUE}
"""Causes that time alone brings, also while nothing runs at all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one source is doing: `reason` in full, `short` in a few words, both "" when green."""

    source: Source
    state: State
    cause: Cause = Cause.NONE
    reason: str = ""
    short: str = ""
    since: datetime | None = None

    @property
    def platform(self) -> str:
        """The platform as people call it."""
        return platforms.label(self.source.platform)

    def lasts(self, now: datetime) -> bool:
        """Tell whether the operator has to know of this trouble."""
        patience = LASTS_AFTER.get(self.cause)
        return patience is not None and self.since is not None and now - self.since >= patience

    def misses(self, now: datetime) -> bool:
        """Tell whether an index lacks what this source would bring."""
        if self.cause is Cause.OVERDUE:
            return self.since is not None and now - self.since >= MISSED_AFTER
        return self.cause in {Cause.REFUSED, Cause.PAGE_CHANGED, Cause.FAILING, Cause.QUIET}


def judge(source: Source, *, now: datetime) -> Verdict:
    """Return how a source is doing at `now`."""
    if not source.enabled:
        return Verdict(source, State.OFF)
    return (
        _of_its_last_run(source)
        or _of_what_it_brings(source, now)
        or _of_its_age(source, now)
        or _of_trifles(source)
        or Verdict(source, State.NEW if source.last_ok_at is None else State.GREEN)
    )


def judge_all(*, now: datetime) -> list[Verdict]:
    """Return how all sources are doing, the worst first, in one query."""
    return ranked(Source.objects.select_related("subject"), now=now)


def ranked(sources: Iterable[Source], *, now: datetime) -> list[Verdict]:
    """Judge these sources; the worst come first, then by name."""
    verdicts = [judge(source, now=now) for source in sources]
    return sorted(verdicts, key=lambda v: (_ORDER.index(v.state), v.source.name, v.source.slug))


def gap_of(subject_id: int | None, verdicts: Iterable[Verdict], *, now: datetime) -> str:
    """Say which sources an index of this subject lacks; "" when it lacks none."""
    lacking = [f"{v.platform}（{missed(v, now)}）" for v in missing(subject_id, verdicts, now=now)]
    return f"不含 {'、'.join(dict.fromkeys(lacking))}" if lacking else ""


def missing(subject_id: int | None, verdicts: Iterable[Verdict], *, now: datetime) -> list[Verdict]:
    """Return the verdicts on the sources that an index of this subject lacks."""
    own = {None, subject_id}
    return [v for v in verdicts if v.source.subject_id in own and v.misses(now)]


def missed(verdict: Verdict, now: datetime) -> str:
    """Say in a few words why a source brings nothing, and for how long: 需要登录，3 小时."""
    length = roughly(now - verdict.since) if verdict.since else ""
    return "，".join(filter(None, [verdict.short, length]))


def site_of(source: Source) -> str:
    """Return what stands behind a source: its platform, or the host that its parameters name."""
    if hosts_of(source.spider) and not source.params.get("replay"):
        return f"platform:{source.platform}"
    from crawlers.addresses import own_endpoints  # it brings Scrapy along: not for every page

    hosts = sorted(host for host, _ in own_endpoints(resolved(source.params)))
    return f"host:{hosts[0]}" if hosts else f"source:{source.slug}"


def refusal_of(source: Source) -> str:
    """Return the kind of refusal, by what helps: login, down, or refused."""
    return _REMEDIES.get(source.block_reason, "refused")


def failed_again(sources: Sequence[Source], *, after: datetime) -> bool:
    """Tell whether a run of these sources that began after a moment went wrong."""
    runs = CrawlRun.objects.filter(source__in=sources, started_at__gt=after)
    ended = runs.exclude(finished_at=None)
    return bool(ended.exclude(outcome__in=[Outcome.OK, Outcome.STOPPED]).exists())


def _of_its_last_run(source: Source) -> Verdict | None:
    since = source.bad_since or source.last_ok_at
    if source.block_reason:
        refusal = BlockReason(source.block_reason)
        changed = refusal in _PAGE_CHANGED
        reason = "：".join(filter(None, [refusal.label, source.trouble]))
        state = State.BROKEN if changed else State.BLOCKED
        cause = Cause.PAGE_CHANGED if changed else Cause.REFUSED
        return Verdict(source, state, cause, reason, refusal.label, since)
    if source.failures >= FAILS:
        reason = f"连续 {source.failures} 次没采成：{source.trouble}".rstrip("：")
        return Verdict(source, State.BROKEN, Cause.FAILING, reason, "采集失败", since)
    return None


def _of_what_it_brings(source: Source, now: datetime) -> Verdict | None:
    odd = source.odd or {}
    worse = [words for code, words in odd.get("what", []) if code != "slow"]
    if worse and odd.get("runs", 0) >= FAILS:
        since = datetime.fromisoformat(odd["since"])
        return Verdict(source, State.BROKEN, Cause.FEWER, "；".join(worse), "内容不全", since)
    patience = (source.usual or {}).get("quiet_s")
    if patience and source.found_at and now - source.found_at > timedelta(seconds=patience):
        reason = f"{span(now - source.found_at)}没有新内容，远超往常的间隔"
        return Verdict(source, State.BROKEN, Cause.QUIET, reason, "没有新内容", source.found_at)
    return None


def _of_its_age(source: Source, now: datetime) -> Verdict | None:
    if source.last_ok_at is None:
        return None
    interval = timedelta(seconds=source.interval_seconds)
    age = now - source.last_ok_at
    if age <= max(LEAST_PATIENCE, LATE_AFTER * interval):
        return None
    if source.lease_until and source.lease_until > now:
        reason = f"正在采集，上次采到是 {span(age)}前"
        return Verdict(source, State.LATE, Cause.HICCUP, reason, "正在采集", source.last_ok_at)
    reason = f"{span(age)}没有采到，应每 {span(interval)}一次"
    return Verdict(source, State.LATE, Cause.OVERDUE, reason, "没有采到", source.last_ok_at)


def _of_trifles(source: Source) -> Verdict | None:
    if source.failures:
        reason = f"上次没采成：{source.trouble}".rstrip("：")
        since = source.bad_since or source.last_ok_at
        return Verdict(source, State.LATE, Cause.HICCUP, reason, "上次没采成", since)
    odd = source.odd or {}
    if odd.get("what") and odd.get("runs", 0) >= FAILS:
        since = datetime.fromisoformat(odd["since"])
        reason = "；".join(words for _, words in odd["what"])
        return Verdict(source, State.LATE, Cause.SLOW, reason, "变慢", since)
    if source.gap:
        reason = f"可能漏了：{source.gap}"
        return Verdict(source, State.LATE, Cause.GAP, reason, "有缺口", source.gap_since)
    return None
