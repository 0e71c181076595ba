"""The index, read over HTTP."""

import re
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from ninja.errors import HttpError

from catalog.models import Subject
from config import clock
from console.api.tokens import Bearer
from crawlers import health
from opinion import index

router = Router(auth=Bearer("read"))
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=28)


class MoveOut(Schema):
    """One part of the change; the parts of one kind add up to it."""

    kind: str
    key: str
    label: str
    points: float


class MissingOut(Schema):
    """A source that this index lacks: why it brings nothing, and since when."""

    source: str
    name: str
    platform: str
    state: str
    reason: str
    since: datetime | None


class IndexOut(Schema):
    """The negative-emotion index of a subject over a window, 0 to 100, with its evidence."""

    subject: str
    window: str
    value: float
    change: float
    evidence: float
    mentions: int
    negative: int
    thin: bool
    moves: list[MoveOut]
    gap: str
    missing: list[MissingOut]


@router.get("/{slug}/index", response=IndexOut, summary="负面情绪指数")
def read_index(request: HttpRequest, slug: str, window: str = "24h") -> dict[str, object]:
    """Return the index now, how it changed against the window before, and what moved it."""
    subject = get_object_or_404(Subject, slug=slug)
    span = _window(window)
    now = clock.now()
    reading = index.reading(subject, now=now, window=span, compared=span)
    verdicts = health.judge_all(now=now)
    return {
        "subject": subject.slug,
        "window": window,
        "value": reading.value,
        "change": reading.change,
        "evidence": reading.evidence,
        "mentions": reading.mentions,
        "negative": reading.negative,
        "thin": reading.thin,
        "moves": [
            {"kind": m.kind, "key": m.key, "label": m.label, "points": m.points}
            for m in reading.moves
        ],
        "gap": health.gap_of(subject.pk, verdicts, now=now),
        "missing": [_missing(v) for v in health.missing(subject.pk, verdicts, now=now)],
    }


def _missing(verdict: health.Verdict) -> dict[str, object]:
    return {
        "source": verdict.source.slug,
        "name": verdict.source.name,
        "platform": verdict.source.platform,
        "state": verdict.state,
        "reason": verdict.reason,
        "since": verdict.since,
    }


def _window(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,3})([hd])", text)
    span = int(match[1]) * _UNITS[match[2]] if match else timedelta(0)
    if not timedelta(0) < span <= _LONGEST:
        raise HttpError(422, "window must look like 6h, 24h or 7d, and be at most 28d")
    return span
