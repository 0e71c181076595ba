"""Which posts a signal is about, and what they say in a few words."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from nlp.categories import Category
from nlp.levels import Level
from nlp.masking import mask
from opinion.models import Mention, Signal

_Detector: Any = Signal.Detector  # Django ships no types

SPANS: dict[str, timedelta] = {
    _Detector.BURST: timedelta(hours=1),
    _Detector.INDEX: timedelta(hours=6),
}
"""How far back the negative mentions behind a signal that is no single post are looked for."""
MOST_POSTS = 100
LEAST_NEW = 5

_CLAUSE_END = re.compile(r"[。！？!?；;，,…~～\n]+")
_SHORTEST_CLAUSE = 5
_SUMMARY_LENGTH = 40


def mentions_behind(signals: Sequence[Signal], *, now: datetime) -> dict[int, list[Mention]]:
    """Return signal id -> the mentions it is about, with their posts.

    A rule hit is about its own mention. An index or a burst is about the recent negative mentions
    of its subject and category, those with the widest reach first, at most `MOST_POSTS`.
    """
    own = {signal.mention_id for signal in signals if signal.mention_id}
    loaded = {each.pk: each for each in Mention.objects.filter(pk__in=own).select_related("post")}
    behind = {}
    for signal in signals:
        if signal.mention_id:
            mention = loaded.get(signal.mention_id)
            behind[signal.pk] = [mention] if mention else []
        else:
            behind[signal.pk] = _recent_negative(signal, now)
    return behind


def _recent_negative(signal: Signal, now: datetime) -> list[Mention]:
    span = SPANS.get(signal.detector, timedelta(hours=1))
    # Posts that nothing names a category for count as "other".
    categories = [signal.category, *([""] if signal.category == Category.OTHER else [])]
    found = Mention.objects.filter(
        subject_id=signal.subject_id,
        category__in=categories,
        label=Mention.Label.NEGATIVE,
        published_at__gt=now - span,
        published_at__lte=now + timedelta(days=1),
    )
    return list(found.select_related("post").order_by("-reach", "-published_at")[:MOST_POSTS])


def is_new_since(moment: datetime, signal: Signal, mentions: Iterable[Mention]) -> bool:
    """Does the signal rest on enough that was published after `moment`?

    A rule hit needs one post, its own. An index stays high for hours after the last post, so it
    needs `LEAST_NEW` posts, and so does a burst.
    """
    new = sum(mention.published_at > moment for mention in mentions)
    least = 1 if signal.detector == _Detector.RULE else LEAST_NEW
    return bool(new >= least)


def summarise(signal: Signal, mentions: Sequence[Mention]) -> str:
    """Say in one masked line what the signal found: the telling words of a post, or the numbers."""
    if signal.detector == _Detector.RULE and mentions:
        return telling_clause(mentions[0], signal.category)
    return reason(signal.detector, signal.level, signal.evidence) or (
        telling_clause(mentions[0], signal.category) if mentions else signal.get_category_display()
    )


def reason(
    detector: str, level: str, evidence: dict[str, object], *, with_value: bool = True
) -> str:
    """Say why an index or a burst signal was raised; "" for what the evidence does not tell.

    Beside the index as it is now, leave out the value that it had when it passed the line.
    """
    if detector == _Detector.BURST and (seen := _number(evidence.get("seen"))) is not None:
        expected = _number(evidence.get("expected")) or 0.0
        usual = "不到 1" if expected < 1 else f"约 {expected:.0f}"
        return f"近 1 小时负面 {seen:.0f} 条，往常{usual} 条"
    if detector == _Detector.INDEX and (value := _number(evidence.get("value"))) is not None:
        threshold = _number(evidence.get("threshold"))
        line = f"越过{Level(level).label}线 {threshold:.0f}" if threshold is not None else "偏高"
        return f"指数 {value:.0f}，{line}" if with_value else f"指数{line}"
    return ""


def telling_clause(mention: Mention, category: str) -> str:
    """Return the clause of the post that holds the hit, masked; its beginning without a hit."""
    text = mask(mention.post.text).strip()
    place = _hit_place(text, mention, category)
    begin = max((m.end() for m in _CLAUSE_END.finditer(text, 0, place)), default=0)
    end = next((m.start() for m in _CLAUSE_END.finditer(text, place)), len(text))
    while end - begin < _SHORTEST_CLAUSE and end < len(text):
        end = next((m.start() for m in _CLAUSE_END.finditer(text, end + 1)), len(text))
    return " ".join(text[begin:end].split())[:_SUMMARY_LENGTH].strip()


def excerpt(mention: Mention, category: str, *, most: int = 60) -> str:
    """Return up to `most` characters of the masked post around the hit."""
    text = " ".join(mask(mention.post.text).split())
    if len(text) <= most:
        return text
    begin = max(0, _hit_place(text, mention, category) - most // 3)
    begin = min(begin, len(text) - most)
    return ("…" if begin else "") + text[begin : begin + most] + "…" * (begin + most < len(text))


def _hit_place(masked: str, mention: Mention, category: str) -> int:
    """Find the hit's words in the masked text, where the original offsets no longer hold."""
    hits = [hit for hit in mention.hits if isinstance(hit, dict)]
    hits.sort(key=lambda hit: hit.get("category") != category)
    places = (masked.find(str(hit.get("text"))) for hit in hits if hit.get("text"))
    return next((place for place in places if place >= 0), 0)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
