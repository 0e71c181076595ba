"""The places of a text where a rule could hit, before the context is asked."""

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import regex

from nlp.rules.automaton import Found, Span
from nlp.rules.place import Page
from nlp.rules.spec import Near, RuleSpec

_TIME_LIMIT = 0.05  # seconds for one pattern on one text
_MOST = 50  # candidates of one rule in one text; nobody reads more
_log = logging.getLogger(__name__)
_slow: set[str] = set()


class Candidate(NamedTuple):
    """A place where a rule could hit; `parts` are the words of a combination, in order."""

    span: Span
    parts: tuple[Span, ...] = ()

    def means(self, wider: Span) -> bool:
        """Whether the hit, or a word of its combination, lies within `wider`."""
        return any(
            wider[0] <= start and end <= wider[1] for start, end in self.parts or (self.span,)
        )

    def gaps(self) -> list[Span]:
        """What stands between the words of a combination."""
        return [
            (left[1], right[0]) for left, right in zip(self.parts, self.parts[1:], strict=False)
        ]


def compile_pattern(spec: RuleSpec) -> "regex.Pattern[str] | None":
    return None if spec.pattern is None else regex.compile(spec.pattern)


def candidates(
    spec: RuleSpec, found: Found, pattern: "regex.Pattern[str] | None", page: Page
) -> list[Candidate]:
    """Return the candidates in order, without overlaps: the leftmost, then the longest."""
    every = [Candidate(span) for span in found.any]
    for number in sorted({number for number, which in found.near if which == 0}):
        every += _combinations(spec.near[number], number, found, page)
    if pattern is not None:
        every += _searched(spec.id, pattern, page.text)
    if not (spec.any or spec.near or spec.pattern):
        every += [Candidate(span) for span in found.all[0]]
    return _without_overlaps(every)


def is_met(rule: str, pattern: "regex.Pattern[str]", text: str) -> bool:
    """Return whether a pattern matches anywhere, within the time limit: most do nowhere."""
    try:
        return pattern.search(text, timeout=_TIME_LIMIT) is not None
    except TimeoutError:
        _tell_slow(rule)
        return False


def _without_overlaps(every: list[Candidate]) -> list[Candidate]:
    every.sort(key=lambda candidate: (candidate.span[0], -candidate.span[1]))
    kept: list[Candidate] = []
    for candidate in every:
        if not kept or candidate.span[0] >= kept[-1].span[1]:
            kept.append(candidate)
            if len(kept) == _MOST:
                break
    return kept


def _searched(rule: str, pattern: "regex.Pattern[str]", text: str) -> Iterable[Candidate]:
    """Search a pattern within the time limit; one that takes longer matches nothing."""
    found = []
    try:
        for match in pattern.finditer(text, timeout=_TIME_LIMIT):
            if match.start() < match.end():
                found.append(Candidate(match.span()))
            if len(found) == _MOST:
                break
    except TimeoutError:
        _tell_slow(rule)
        return []
    return found


def _tell_slow(rule: str) -> None:
    if rule not in _slow:
        _slow.add(rule)
        _log.warning("pattern of rule %s took over %.2f s; ignored", rule, _TIME_LIMIT)


def _combinations(near: Near, number: int, found: Found, page: Page) -> list[Candidate]:
    present = []
    for which in range(len(near.words)):
        spans = found.near.get((number, which))
        if spans is None:
            return []
        present.append(sorted(spans)[:_MOST])
    chains: list[list[Span]] = [[span] for span in present[0]]
    for spans in present[1:]:
        chains = [
            [*chain, span] for chain in chains for span in spans if _close(chain, span, near, page)
        ][: _MOST * 4]
    return [_joined(chain) for chain in chains]


def _close(chain: Sequence[Span], span: Span, near: Near, page: Page) -> bool:
    left, right = sorted((chain[-1], span))
    if near.ordered and right == chain[-1]:
        return False
    if not 0 <= right[0] - left[1] <= near.distance:
        return False
    return not any(left[1] <= end[0] < right[0] for end in page.sentences)


def _joined(chain: Sequence[Span]) -> Candidate:
    parts = tuple(sorted(chain))
    return Candidate((parts[0][0], parts[-1][1]), parts)
