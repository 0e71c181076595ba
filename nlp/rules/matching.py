"""The rule engine: which rules a text meets, where, and which hits the context undoes."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.categories import Category
from nlp.levels import Level
from nlp.normalise import Normalised, normalise
from nlp.rules import brands
from nlp.rules.automaton import Automaton, Found, Span
from nlp.rules.candidates import Candidate, candidates, compile_pattern, is_met
from nlp.rules.context import objection
from nlp.rules.errors import RuleError
from nlp.rules.negation import negated_inside
from nlp.rules.place import Page, Place
from nlp.rules.reasons import Reason
from nlp.rules.spec import RuleSpec
from nlp.rules.words import cuts_a_word
from nlp.scorer import Reading

_ENGINE = "7"  # part of the version: raise it when the same rules judge differently

DOUBTED = 0.09
"""A hit stands only where the model gives its category this chance at least."""

SEVERE_DOUBTED = 0.15
"""A hit is severe only where the model gives severity this chance at least."""

HEARD = 0.5
"""The chances, by its sentence alone, from which a doubted safety event stands after all."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Words of a text that meet a rule; `start` and `end` are offsets in the original text."""

    rule: str
    category: Category
    level: Level
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A hit that does not count, and why; `label` is the reason in words for the page."""

    hit: Hit
    reason: Reason
    label: str


@dataclass(frozen=True, slots=True)
class Matches:
    """What the rules found: hits that count, and those that the context undid."""

    hits: list[Hit]
    suppressed: list[Suppressed]


class RuleSet:
    """Rules made ready to judge texts."""

    def __init__(self, specs: Iterable[RuleSpec]) -> None:
        self.specs: Sequence[RuleSpec] = tuple(specs)
        self.version = _version(self.specs)
        self._automaton = Automaton(self.specs)
        self._patterns = [compile_pattern(spec) for spec in self.specs]
        self._despite = [_despite(spec) for spec in self.specs]
        self._despite_of = {
            spec.id: despite for spec, despite in zip(self.specs, self._despite, strict=True)
        }
        # Rules whose pattern has no word of `all` to wait for must look at every text.
        self._always = [
            (number, spec.id, pattern)
            for number, (spec, pattern) in enumerate(zip(self.specs, self._patterns, strict=True))
            if pattern is not None and not spec.all
        ]

    def match(
        self,
        text: Normalised,
        *,
        platform: str = "",
        kind: str = "",
        p_neg: float = 1.0,
        names: Sequence[str] = (),
        rivals: Sequence[str] = (),
        reading: Reading | None = None,
        nearer: Callable[[Hit], Reading] | None = None,
    ) -> Matches:
        """Judge one text; `p_neg` is how probably it is negative, 1 when nobody asked.

        `names` are what the subject is called, `rivals` what others are called: their trouble is
        none of the subject's. `reading` is what a model found the text to complain of; `nearer`
        tells what it finds in the sentence of a hit alone.
        """
        found = self._automaton.find(text.text)
        for number, rule, pattern in self._always:
            if number not in found and is_met(rule, pattern, text.text):
                found[number] = Found()
        matches = Matches([], [])
        if not found:
            return matches
        page = Page(text.text, brands.marks(text.text, names, rivals))
        for number in sorted(found):
            spec = self.specs[number]
            if _applies(spec, found[number], platform, kind):
                self._judge(number, found[number], page, text, p_neg, matches)
        return matches if reading is None else self._weighed(matches, reading, nearer)

    def check(self) -> list[RuleError]:
        """Run the examples of every rule; return those that turn out otherwise."""
        return [error for spec in self.specs for error in self._check(spec)]

    def _judge(
        self,
        number: int,
        found: Found,
        page: Page,
        text: Normalised,
        p_neg: float,
        matches: Matches,
    ) -> None:
        spec = self.specs[number]
        for candidate in candidates(spec, found, self._patterns[number], page):
            start, end = candidate.span
            first, last = text.span(start, end)
            hit = Hit(
                spec.id, spec.category, spec.least_level, text.original[first:last], first, last
            )
            reason = _undone(spec, candidate, found, page, p_neg, self._despite[number])
            if reason is None:
                matches.hits.append(hit)
            else:
                matches.suppressed.append(Suppressed(hit, reason, reason.label))

    def _weighed(
        self, matches: Matches, whole: Reading, nearer: Callable[[Hit], Reading] | None
    ) -> Matches:
        """Return `matches` without the hits that the model finds no complaint."""
        kept, suppressed = [], list(matches.suppressed)
        for hit in matches.hits:
            if Reason.UNLIKELY in self._despite_of[hit.rule]:
                kept.append(hit)
                continue
            reading = _heard(hit, whole, nearer) if nearer else whole
            if _unlikely(hit, reading):
                suppressed.append(Suppressed(hit, Reason.UNLIKELY, Reason.UNLIKELY.label))
            elif _too_high(hit, reading):
                kept.append(replace(hit, level=Level.NORMAL))
            else:
                kept.append(hit)
        return Matches(kept, suppressed)

    def _check(self, spec: RuleSpec) -> Iterator[RuleError]:
        wanted = [(sentence, True) for sentence in spec.examples.match]
        wanted += [(sentence, False) for sentence in spec.examples.no_match]
        for sentence, should in wanted:
            matches = self.match(
                normalise(sentence),
                platform=spec.platforms[0] if spec.platforms else "",
                kind=spec.kinds[0] if spec.kinds else "",
            )
            hits = [hit.text for hit in matches.hits if hit.rule == spec.id]
            if bool(hits) == should:
                continue
            origin = spec.origin
            line = origin.examples.get(sentence, origin.line)
            yield RuleError(origin.file, line, _disagreement(spec, sentence, hits, matches))


def _unlikely(hit: Hit, reading: Reading) -> bool:
    return reading.aspects.get(hit.category, 1.0) < DOUBTED


def _too_high(hit: Hit, reading: Reading) -> bool:
    return hit.level is Level.SEVERE and reading.severe < SEVERE_DOUBTED


def _heard(hit: Hit, whole: Reading, nearer: Callable[[Hit], Reading]) -> Reading:
    """Return the reading that decides on `hit`: praise around it must not drown a safety event."""
    if hit.category is not Category.SAFETY or not (_unlikely(hit, whole) or _too_high(hit, whole)):
        return whole
    near = nearer(hit)
    heard = min(near.aspects.get(hit.category, 0.0), near.severe) >= HEARD
    return near if heard else whole


def _disagreement(spec: RuleSpec, sentence: str, hits: list[str], matches: Matches) -> str:
    if hits:
        return f"规则 {spec.id}：例句不该命中却命中了“{hits[0]}”：{sentence}"
    why = [
        f"“{item.hit.text}”因{item.label}未计"
        for item in matches.suppressed
        if item.hit.rule == spec.id
    ]
    return f"规则 {spec.id}：例句应当命中却没有命中：{sentence}" + (f"（{why[0]}）" if why else "")


def _applies(spec: RuleSpec, found: Found, platform: str, kind: str) -> bool:
    if found.ruled_out or len(found.all) < len(spec.all):
        return False
    if spec.platforms and platform not in spec.platforms:
        return False
    return not spec.kinds or kind in spec.kinds


def _undone(
    spec: RuleSpec,
    candidate: Candidate,
    found: Found,
    page: Page,
    p_neg: float,
    despite: frozenset[Reason],
) -> Reason | None:
    """Return why the candidate does not count, or None."""
    start, end = candidate.span
    if any(map(candidate.means, found.look_alikes)):
        return Reason.LOOK_ALIKE
    if spec.word and cuts_a_word(page.text, start, end):
        return Reason.LOOK_ALIKE
    if p_neg < spec.min_p_neg and Reason.POSITIVE not in despite:
        return Reason.POSITIVE
    if Reason.NEGATED not in despite and any(
        negated_inside(page.text[left:right]) for left, right in candidate.gaps()
    ):
        return Reason.NEGATED
    return objection(Place(page, start, end), despite)


def _despite(spec: RuleSpec) -> frozenset[Reason]:
    return frozenset(Reason) if spec.ignore_context else frozenset(spec.despite)


def _version(specs: Sequence[RuleSpec]) -> str:
    dumped = sorted(json.dumps(spec.model_dump(mode="json"), sort_keys=True) for spec in specs)
    return hashlib.sha256("\n".join([_ENGINE, *dumped]).encode()).hexdigest()[:12]


__all__ = ["Hit", "Matches", "RuleSet", "Span", "Suppressed"]
