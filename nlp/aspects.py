"""What the model finds a text to complain of beside the words that the rules know.

A category that the model is sure of becomes a hit of its own, at the clause of the worst mood; its
rule is called `model-` and the category. Where a rival is named the model is asked about each
clause, so that the rival's trouble is told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nlp.categories import Category
from nlp.levels import Level
from nlp.normalise import Normalised
from nlp.rules import Hit, Matches, Reason, Suppressed
from nlp.rules.brands import Mark, of_rival
from nlp.rules.place import Page
from nlp.scorer import AspectScorer, Reading

TOLD = 0.4
"""The chance from which the model alone raises a category."""

SEVERE_TOLD = 0.35
"""The chance of severity from which the model alone raises a severe level.

Of a category whose every complaint is severe the chance of the category does."""

SURE = 0.8
"""The chance of severity from which it stands although the context undid the words of a rule."""

NOT_CONTENT = 0.2
"""What p_neg must reach for either: grave news may be told soberly, but not gladly."""

_RULE = "model-"
_CONTENT = 0.5  # p_neg below which a text complains in passing
_SHORTEST = 6  # characters; a shorter clause is read with the next
_MOST = 16  # clauses of one text that are asked about
_EDGES = " \t\n\u3000,.!?;:~()，。！？；：～（）…、"  # no part of what a clause says

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """A text with what the rules and the model found in it; `marks` are the brands it names."""

    text: Normalised
    matches: Matches
    reading: Reading
    marks: Sequence[Mark] = ()


def category_told(rule: str) -> Category | None:
    """Return what a hit of the model is about; None for the rule of a file."""
    name = rule.removeprefix(_RULE)
    return Category(name) if name != rule and name in set(Category) else None


def add_told(found: Sequence[Found], scorer: AspectScorer) -> None:
    """Add to the matches of each text what the model tells and no rule hit; `scorer` is asked."""
    wanted = [(one, lacking) for one in found if (lacking := _lacking(one.matches, one.reading))]
    spans = [_clauses(one.text.text) for one, _ in wanted]
    asked = [
        [one.text.text[start:end] for start, end in own] if len(own) > 1 else []
        for (one, _), own in zip(wanted, spans, strict=True)
    ]
    glances = iter(scorer.glances([clause for own in asked for clause in own]))
    for (one, lacking), own, clauses in zip(wanted, spans, asked, strict=True):
        moods = [next(glances) for _ in clauses] or [1.0]
        # Which clause says it matters much where it may be a rival's: then the model itself looks.
        readings = scorer.readings(clauses) if clauses and one.marks else []
        for category, level in lacking.items():
            chances = [reading.aspects[category] for reading in readings] or moods
            _add(one, category, level, own[chances.index(max(chances))])


def _lacking(matches: Matches, reading: Reading) -> dict[Category, Level]:
    """Return the levels of the categories that the model tells and no hit has as high."""
    told = {category for category, chance in reading.aspects.items() if chance >= TOLD}
    mood = reading.score.p_neg
    grave, severe = mood >= NOT_CONTENT, reading.severe >= SEVERE_TOLD
    if grave and severe and reading.aspects:
        told.add(max(filter(_can_be_severe, reading.aspects), key=lambda c: reading.aspects[c]))
    objected = _objected(matches) if reading.severe < SURE else set()
    found: dict[Category, Level] = {}
    for category in filter(told.__contains__, reading.aspects):  # a set has no fixed order
        worst = severe or category.default_level is Level.SEVERE
        level = _level(category, worst and grave and category not in objected, mood)
        ranks = [hit.level.rank for hit in matches.hits if hit.category is category]
        if max(ranks, default=0) < level.rank:
            found[category] = level
    return found


def _objected(matches: Matches) -> set[Category]:
    """Return where the context undid a rule's words: the model may have been taken in by them."""
    return {one.hit.category for one in matches.suppressed if one.reason is not Reason.UNLIKELY}


def _can_be_severe(category: Category) -> bool:
    return category is Category.QUALITY or category.default_level is Level.SEVERE


def _level(category: Category, severe: bool, mood: float) -> Level:
    """Return the level; what a content text grumbles about beside its praise is worth watching."""
    if severe and _can_be_severe(category):
        return Level.SEVERE
    if mood < _CONTENT:
        return Level.WATCH
    return Level.NORMAL if _can_be_severe(category) else category.default_level


def _clauses(text: str) -> list[Span]:
    """Return where the clauses of a text stand; short ones are joined to the next."""
    spans: list[Span] = []
    start = 0
    for _, end in [*Page(text).clauses, (len(text), len(text))]:
        if end - start >= _SHORTEST or end == len(text):
            spans.append((start, end))
            start = end
    spans = [(start, end) for start, end in spans if text[start:end].strip()]
    return [*spans[: _MOST - 1], (spans[_MOST - 1][0], len(text))] if len(spans) > _MOST else spans


def _add(found: Found, category: Category, level: Level, span: Span) -> None:
    text, (start, end) = found.text, span
    first, last = _trimmed(text.original, *text.span(start, end))
    words = text.original[first:last]
    hit = Hit(f"{_RULE}{category}", category, level, words, first, last)
    # Asked at the end of the clause: whom it speaks of has been named by then.
    if of_rival(Page(text.text, found.marks).place(max(start, end - 1), end)):
        reason = Reason.OTHER_BRAND
        found.matches.suppressed.append(Suppressed(hit, reason, reason.label))
    else:
        found.matches.hits.append(hit)


def _trimmed(original: str, first: int, last: int) -> Span:
    """Return the span without blanks and punctuation at its ends; as it is where all is such."""
    words = original[first:last]
    kept = words.strip(_EDGES)
    if not kept:
        return first, last
    first += len(words) - len(words.lstrip(_EDGES))
    return first, first + len(kept)
