"""What one text says: its mood, what it complains of, and how bad that is.

Evidence beside the words is combined by log-odds. A review of one or two stars is likelier to be
negative than its words alone tell, so it adds to the log-odds of negative. High stars add nothing:
they are what platforms fill in and what sellers pay for, and complaints stand under them.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from nlp.aspects import Found, add_told
from nlp.levels import Level
from nlp.normalise import Normalised, is_default_text, normalise
from nlp.rules import Hit, Matches, Reason, RuleSet, Suppressed
from nlp.rules.brands import marks
from nlp.scorer import AspectScorer, Reading, Score, Scorer

CLEARLY_NEGATIVE = 0.8
"""The p_neg from which a text without an accepted hit is worth watching."""

NO_OPINION = "none"

_STAR_LOG_ODDS = {1: 1.2, 2: 0.8}
_NOT_OURS = frozenset({Reason.OTHER_BRAND, Reason.SETTLED})
_NOT_OURS_LOG_ODDS = -3.0
_SENTENCE = re.compile(r"[^。！？!?；;\n…~～]+[。！？!?；;\n…~～]*")
_BATCH = 512  # texts read in one go: more of a length come together


@dataclass(frozen=True, slots=True)
class Item:
    """A text and where it stands; `rating` is 1 to 5 stars.

    `names` are what the subject is called and `rivals` what others are called, as far as the text
    names them: what it tells of a rival is no complaint about the subject. `plain` is the text
    normalised, where the caller has it.
    """

    text: str
    platform: str = ""
    kind: str = ""
    rating: int | None = None
    names: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    plain: Normalised | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found; probabilities sum to 1. `label` is neg, neu, pos, or none: no opinion.

    `aspects` is the chance of each category by the model alone; empty where it tells none.
    """

    label: str
    p_neg: float
    p_neu: float
    p_pos: float
    categories: list[str] = field(default_factory=list)  # worst first
    level: Level | None = None
    hits: list[Hit] = field(default_factory=list)
    suppressed: list[Suppressed] = field(default_factory=list)
    aspects: dict[str, float] = field(default_factory=dict)


class Analyst:
    """Reads texts with one scorer and one set of rules.

    A scorer that tells what a text complains of is heard on that too, see `nlp.aspects`; with any
    other, only the rules tell it.
    """

    def __init__(self, scorer: Scorer, rules: RuleSet) -> None:
        self._scorer, self._rules = scorer, rules
        self._aspects = scorer if isinstance(scorer, AspectScorer) else None

    @property
    def versions(self) -> str:
        """Names the model and the rules; stored with every result. At most 80 characters."""
        return f"{self._scorer.version[:60]}+{self._rules.version[:16]}"

    def analyse(self, items: Sequence[Item]) -> list[Analysis]:
        """Return one analysis for each item, in the same order."""
        found: list[Analysis] = []
        for start in range(0, len(items), _BATCH):
            found += self._analyse_batch(items[start : start + _BATCH])
        return found

    def _analyse_batch(self, items: Sequence[Item]) -> list[Analysis]:
        texts = [item.plain or normalise(item.text) for item in items]
        readings = self._read([text.text for text in texts])
        told = [with_stars(one.score, item) for one, item in zip(readings, items, strict=True)]
        found = [
            None
            if not text.text.strip() or is_default_text(text)
            else self._matched(item, text, reading, score)
            for item, text, reading, score in zip(items, texts, readings, told, strict=True)
        ]
        if self._aspects is not None:
            add_told([one for one in found if one is not None], self._aspects)
        return [
            Analysis(NO_OPINION, 0.0, 1.0, 0.0)
            if one is None
            else _analysis(of_subject(score, one.matches), one)
            for one, score in zip(found, told, strict=True)
        ]

    def _read(self, texts: Sequence[str]) -> Sequence[Reading]:
        if self._aspects is not None:
            return self._aspects.readings(texts)
        return [Reading(score, {}, 1.0) for score in self._scorer.score(texts)]

    def _matched(self, item: Item, text: Normalised, reading: Reading, score: Score) -> Found:
        matches = self._rules.match(
            text,
            platform=item.platform,
            kind=item.kind,
            p_neg=score.p_neg,
            names=item.names,
            rivals=item.rivals,
            reading=reading if self._aspects is not None else None,
            nearer=None if self._aspects is None else partial(_nearer, self._aspects, text),
        )
        return Found(text, matches, reading, marks(text.text, item.names, item.rivals))


def _nearer(scorer: AspectScorer, text: Normalised, hit: Hit) -> Reading:
    """Return what `scorer` reads in the sentence of `hit` alone."""
    sentences = _SENTENCE.finditer(text.original)
    own = next((one.group() for one in sentences if one.end() > hit.start), text.original)
    return scorer.readings([normalise(own).text])[0]


def with_stars(score: Score, item: Item) -> Score:
    """Return `score` with what the stars of a review tell."""
    shift = _STAR_LOG_ODDS.get(item.rating or 0, 0.0) if item.kind == "review" else 0.0
    return _shifted(score, shift) if shift else score


def of_subject(score: Score, matches: Matches) -> Score:
    """Return `score` without the anger at what is another's, or settled by now.

    The scorer hears the mood of the whole text, whomever it is about.
    """
    if matches.hits or not any(item.reason in _NOT_OURS for item in matches.suppressed):
        return score
    return _shifted(score, _NOT_OURS_LOG_ODDS)


def _shifted(score: Score, log_odds: float) -> Score:
    p_neg = min(max(score.p_neg, 1e-6), 1 - 1e-6)
    moved = 1 / (1 + math.exp(-math.log(p_neg / (1 - p_neg)) - log_odds))
    rest = (1 - moved) / max(score.p_neu + score.p_pos, 1e-6)
    return Score(moved, score.p_neu * rest, 1 - moved - score.p_neu * rest)


def _analysis(score: Score, found: Found) -> Analysis:
    hits = found.matches.hits
    level = Level.highest(hit.level for hit in hits)
    if level is None and score.p_neg >= CLEARLY_NEGATIVE:
        level = Level.WATCH
    return Analysis(
        label=score.label,
        p_neg=score.p_neg,
        p_neu=score.p_neu,
        p_pos=score.p_pos,
        categories=_categories(hits),
        level=level,
        hits=hits,
        suppressed=found.matches.suppressed,
        aspects={str(category): chance for category, chance in found.reading.aspects.items()},
    )


def _categories(hits: Sequence[Hit]) -> list[str]:
    """Order by the worst level of a category's hits, then by the number of its hits."""
    ranks: dict[str, int] = {}
    counts: dict[str, int] = {}
    for hit in hits:
        category = str(hit.category)
        ranks[category] = max(ranks.get(category, 0), hit.level.rank)
        counts[category] = counts.get(category, 0) + 1
    return sorted(ranks, key=lambda category: (-ranks[category], -counts[category]))
