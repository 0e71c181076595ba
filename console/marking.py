"""A post's text as a page may show it: masked, cut into pieces, the words that counted marked."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from nlp.levels import Level
from nlp.masking import mask

SHOWN_AT_MOST = 1200
"""Characters of a post on a page; the rest is at the original."""


@dataclass(frozen=True)
class Piece:
    """A stretch of text. `level` marks a word that counted, `off` says why one did not."""

    text: str
    level: str = ""
    off: str = ""


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    level: str
    off: str

    @property
    def weight(self) -> tuple[int, int]:
        return (Level(self.level).rank if self.level else 0, self.end - self.start)


def marked(
    text: str, hits: Sequence[Mapping[str, Any]], suppressed: Sequence[Mapping[str, Any]]
) -> list[Piece]:
    """Return the masked text in pieces, in order; joined they are the masked text.

    `hits` and `suppressed` are as a mention keeps them, with offsets into the original text. Where
    words overlap the one that counted wins, then the worse level, then the longer. A word that is
    hidden by masking stays hidden.
    """
    cut = text[:SHOWN_AT_MOST]
    shown = mask(cut)
    spans = [_Span(h["start"], h["end"], h["level"], "") for h in hits]
    spans += [_Span(s["start"], s["end"], "", s.get("label") or "未计入") for s in suppressed]
    moved = _Moved(cut, shown)
    placed = [_Span(*moved.span(s.start, s.end), s.level, s.off) for s in spans]
    pieces, at = [], 0
    for span in _apart(s for s in placed if s.start < s.end):
        if span.start > at:
            pieces.append(Piece(shown[at : span.start]))
        pieces.append(Piece(shown[span.start : span.end], span.level, span.off))
        at = span.end
    rest = shown[at:] + ("……" if len(text) > len(cut) else "")
    return [*pieces, Piece(rest)] if rest else pieces


def _apart(spans: Iterable[_Span]) -> list[_Span]:
    """Return spans that do not overlap, by position; the weightier one of two stays."""
    kept: list[_Span] = []
    for span in sorted(spans, key=lambda s: s.weight, reverse=True):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: s.start)


class _Moved:
    """Where positions of the original text are in the masked one."""

    def __init__(self, before: str, after: str) -> None:
        self._limit = len(after)
        self._blocks: list[tuple[int, int, int]] = []
        if before != after:
            matcher = SequenceMatcher(None, before, after, autojunk=False)
            self._blocks = [(b.a, b.b, b.size) for b in matcher.get_matching_blocks()]
            self._starts = [a for a, _, _ in self._blocks]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the masked text's offsets; empty for a span outside the text."""
        if not 0 <= start < end:
            return (0, 0)
        return self._at(start), self._at(end)

    def _at(self, position: int) -> int:
        if not self._blocks:
            return min(position, self._limit)
        place = bisect_right(self._starts, position) - 1
        if place < 0:
            return 0
        a, b, size = self._blocks[place]
        return min(b + min(position - a, size), self._limit)
