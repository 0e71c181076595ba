"""What a run tells of itself, and what its source remembers of it for `crawlers.health`.

In the spider's process a `Tally` counts what is stored. In the parent `Figures` are read from the
result, written to the run, and held against the source's own history. A run that is unusual never
becomes part of that history, until a week has passed: then it is how things are now.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Q

from crawlers.drafts import PostDraft
from crawlers.models import CrawlRun, Outcome, Post, Source

FIELDS = {"author": "作者", "time": "时间", "rating": "星级", "url": "链接", "text": "正文"}
"""What is looked for in every post; the rating only in reviews."""

HISTORY = 60
LEAST_HISTORY = 10
"""So many runs make a history, and fewer than so many make none."""
LEAST_KEPT = 5
LEAST_ROWS = 10
BECOMES_USUAL = timedelta(days=7)

FINDS = 500
LEAST_FINDS = 6
FINDS_SINCE = timedelta(days=14)
LEAST_SILENCE = timedelta(hours=6)
YOUNG = timedelta(days=2)
"""A source known for less has not shown its nights and Sundays yet."""
YOUNG_SILENCE = timedelta(hours=24)

_REASONS = 10
_QUOTED = re.compile(r"“[^”]*”")
_NUMBER = re.compile(r"\d[\d\-:.,]*")


class Tally:
    """Counts the posts of one run that can be used, what they have, and what was refused."""

    def __init__(self) -> None:
        self._kept = 0
        self._have: Counter[str] = Counter()
        self._of: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()

    def see(self, draft: PostDraft) -> None:
        """Count a post."""
        self._kept += 1
        has = {
            "author": bool(draft.author or draft.author_id),
            "time": not draft.published_estimated,
            "url": bool(draft.url),
            "text": bool(draft.text),
        }
        if draft.kind == Post.Kind.REVIEW:
            has["rating"] = draft.rating is not None
        self._of.update(has.keys())
        self._have.update(name for name, there in has.items() if there)

    def refuse(self, reason: str) -> None:
        """Count a refused record; what differs from record to record is left out of the reason."""
        alike = _NUMBER.sub("…", _QUOTED.sub("“…”", reason))
        self._refused[alike[:80]] += 1

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "kept": self._kept,
            "fields": {name: round(self._have[name] / of, 3) for name, of in self._of.items()},
            "refused": dict(self._refused.most_common(_REASONS)),
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run's process told of it. A process that was killed told nothing."""

    requests: int = 0
    pages: int = 0
    bytes: int = 0
    rows: int = 0
    kept: int = 0
    fields: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    gap: str = ""
    nothing_new: bool = False

    @classmethod
    def read(cls, result: Mapping[str, Any]) -> "Figures":
        """Read them from the result of a spider's process."""
        known = {name: result[name] for name in cls.__dataclass_fields__ if name in result}
        return cls(**known | {"gap": str(known.get("gap") or "")[:200]})

    def columns(self) -> dict[str, Any]:
        """Return what is written to the run."""
        names = ("requests", "pages", "bytes", "rows", "kept", "gap")
        return {
            **{name: getattr(self, name) for name in names},
            "fields": dict(self.fields),
            "refused": dict(self.refused),
        }


def oddities(figures: Figures, seconds: float, usual: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return in which ways a good run differs from the usual: (rows, fields or slow; in words)."""
    if usual.get("runs", 0) < LEAST_HISTORY:
        return []
    found = []
    rows = usual.get("rows") or 0
    if rows >= LEAST_ROWS and figures.rows < rows / 10 and not figures.nothing_new:
        found.append(("rows", f"只看到 {figures.rows} 条，往常 {rows:.0f} 条"))
    if figures.kept >= LEAST_KEPT:
        for name, before in (usual.get("fields") or {}).items():
            now = figures.fields.get(name)
            if now is not None and before >= 0.5 and now < before / 2:
                label = FIELDS.get(name, name)
                found.append(("fields", f"有{label}的只占 {now:.0%}，往常 {before:.0%}"))
    before = usual.get("seconds") or 0.0
    if seconds > 5 * before and seconds > before + 60:
        found.append(("slow", f"用了 {seconds:.0f} 秒，往常 {before:.0f} 秒"))
    return found


def usual_of(source: Source, *, but: CrawlRun, now: datetime) -> dict[str, Any]:
    """Return what the source's recent good runs before this one were like, each the median."""
    ordinary = Q(odd="") | Q(started_at__lt=now - BECOMES_USUAL)
    runs = CrawlRun.objects.filter(ordinary, source=source, outcome=Outcome.OK).exclude(pk=but.pk)
    columns = ("rows", "kept", "fields", "started_at", "finished_at")
    history = list(runs.order_by("-started_at").values_list(*columns)[:HISTORY])
    told = [fields for _, kept, fields, *_ in history if kept >= LEAST_KEPT]
    shares = {name: [each[name] for each in told if name in each] for name in FIELDS}
    return {
        "runs": len(history),
        "rows": _median(rows for rows, *_ in history if rows),
        "seconds": _median((end - start).total_seconds() for *_, start, end in history if end),
        "fields": {
            name: _median(values) for name, values in shares.items() if len(values) >= LEAST_HISTORY
        },
    }


def quiet_after(found: Sequence[datetime], interval: timedelta) -> timedelta | None:
    """Return after how long without anything new a source is too quiet; None when nobody knows.

    `found` are the starts of the runs that found something, newest first. Three times the longest
    usual gap is long; the single longest does not count among many, for it may have been a failure.
    """
    if len(found) < LEAST_FINDS:
        return None
    gaps = sorted(late - early for late, early in pairwise(found))
    usual = gaps[-2] if len(gaps) >= 20 else gaps[-1]
    young = found[0] - found[-1] < YOUNG
    least = YOUNG_SILENCE if young else LEAST_SILENCE
    return max(3 * usual, 6 * interval, least)


def remembered(
    source: Source,
    run: CrawlRun,
    figures: Figures,
    *,
    outcome: Outcome,
    why: str,
    judged: bool,
    now: datetime,
) -> tuple[str, dict[str, Any]]:
    """Return how the run was odd, in words, and the columns of the source that change with it.

    A run that was not `judged`, because it was asked for only a part, is no measure of anything.
    """
    change: dict[str, Any] = {}
    if CrawlRun.objects.filter(pk=run.pk, accepted__gt=0).exists():
        change["found_at"] = now
    if figures.gap:
        change |= {"gap": figures.gap, "gap_since": source.gap_since or run.started_at}
    if outcome is Outcome.STOPPED:
        return "", change
    if outcome is not Outcome.OK:
        began = source.bad_since or run.started_at
        return "", change | {"bad_since": began, "trouble": why[:300]}
    change |= {"bad_since": None, "trouble": ""}
    if not figures.gap:
        change |= {"gap": "", "gap_since": None}
    if not judged:
        return "", change
    usual = usual_of(source, but=run, now=now)
    odd = oddities(figures, (now - run.started_at).total_seconds(), usual)
    usual["quiet_s"] = _quiet_s(source, "found_at" in change, now)
    return "；".join(words for _, words in odd)[:300], change | {
        "usual": usual,
        "odd": _streak(source.odd or {}, odd, run.started_at),
    }


def _quiet_s(source: Source, anything_new: bool, now: datetime) -> float | None:
    """Return `quiet_after` in seconds; it changes only when something new was found."""
    if not anything_new:
        before: float | None = (source.usual or {}).get("quiet_s")
        return before
    finds = CrawlRun.objects.filter(
        source=source, accepted__gt=0, started_at__gt=now - FINDS_SINCE
    ).order_by("-started_at")
    started = list(finds.values_list("started_at", flat=True)[:FINDS])
    after = quiet_after(started, timedelta(seconds=source.interval_seconds))
    return after.total_seconds() if after else None


def _streak(
    before: Mapping[str, Any], odd: Sequence[tuple[str, str]], started: datetime
) -> dict[str, Any] | None:
    if not odd:
        return None
    return {
        "since": before.get("since") or started.isoformat(),
        "runs": before.get("runs", 0) + 1,
        "what": [list(each) for each in odd],
    }


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return round(median(known), 3) if known else None
