"""All words of all rules in one automaton: one pass over a text finds every part of every rule."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import ahocorasick_rs

from nlp.rules.spec import RuleSpec

Span = tuple[int, int]


@dataclass(slots=True)
class Found:
    """The words of one rule that stand in a text."""

    any: list[Span] = field(default_factory=list)
    all: dict[int, list[Span]] = field(default_factory=dict)
    near: dict[tuple[int, int], list[Span]] = field(default_factory=dict)
    look_alikes: list[Span] = field(default_factory=list)
    ruled_out: bool = False


class _Part(NamedTuple):
    rule: int
    role: str
    place: tuple[int, int] = (0, 0)


class Automaton:
    """Finds the words of `specs` in normalised texts."""

    def __init__(self, specs: Sequence[RuleSpec]) -> None:
        parts: dict[str, list[_Part]] = defaultdict(list)
        for rule, spec in enumerate(specs):
            for word, part in _parts(rule, spec):
                if part not in parts[word]:
                    parts[word].append(part)
        self._parts = list(parts.values())
        self._search = ahocorasick_rs.AhoCorasick(list(parts))

    def find(self, text: str) -> dict[int, Found]:
        """Return what was found, by the number of the rule."""
        found: dict[int, Found] = {}
        for word, start, end in self._search.find_matches_as_indexes(text, overlapping=True):
            for rule, role, place in self._parts[word]:
                of_rule = found.get(rule)
                if of_rule is None:
                    of_rule = found[rule] = Found()
                _note(of_rule, role, place, (start, end))
        return found


def _note(found: Found, role: str, place: tuple[int, int], span: Span) -> None:
    if role == "any":
        found.any.append(span)
    elif role == "near":
        found.near.setdefault(place, []).append(span)
    elif role == "all":
        found.all.setdefault(place[0], []).append(span)
    elif role == "none":
        found.ruled_out = True
    else:
        found.look_alikes.append(span)


def _parts(rule: int, spec: RuleSpec) -> Iterable[tuple[str, _Part]]:
    for role, words in (("any", spec.any), ("none", spec.none), ("look", spec.look_alikes)):
        for word in words:
            yield word, _Part(rule, role)
    for number, group in enumerate(spec.all):
        for word in group:
            yield word, _Part(rule, "all", (number, 0))
    for number, near in enumerate(spec.near):
        for which, group in enumerate(near.words):
            for word in group:
                yield word, _Part(rule, "near", (number, which))
