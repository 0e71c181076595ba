"""What the whole analysis, model and rules together, finds in texts that we judged."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.analysis import Analysis
from nlp.levels import Level
from nlp.training.corpus import Example

SAFETY_EVENT, LOOKALIKE = "safety_event", "safety_lookalike"


@dataclass(frozen=True, slots=True)
class Count:
    """So many of so many."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Severity:
    """What was called severe, of what."""

    severe_found: Count
    falsely_severe: Count  # of the texts that are not severe
    safety_events_found: Count
    lookalikes_severe: Count


@dataclass(frozen=True, slots=True)
class Retrieval:
    """How a category was found: `texts` complain of it, `said` were told to, `right` both."""

    texts: int
    said: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        return self.right / self.texts if self.texts else None

    @property
    def f1(self) -> float | None:
        both = self.texts + self.said
        return 2 * self.right / both if both else None


def severity(examples: Sequence[Example], analyses: Sequence[Analysis]) -> Severity:
    """Compare who was called severe with who is."""
    called = [analysis.level is Level.SEVERE for analysis in analyses]
    pairs = list(zip(examples, called, strict=True))
    return Severity(
        severe_found=_count(flag for one, flag in pairs if one.severe),
        falsely_severe=_count(flag for one, flag in pairs if not one.severe),
        # An event long settled, or a look-alike that is one after all, counts in neither.
        safety_events_found=_count(
            flag for one, flag in pairs if one.phenomenon == SAFETY_EVENT and one.severe
        ),
        lookalikes_severe=_count(
            flag for one, flag in pairs if one.phenomenon == LOOKALIKE and not one.severe
        ),
    )


def categories(examples: Sequence[Example], analyses: Sequence[Analysis]) -> dict[str, Retrieval]:
    """Return how each category that is there or was said was found, the most frequent first."""
    texts: Counter[str] = Counter()
    said: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for example, analysis in zip(examples, analyses, strict=True):
        true, found = set(example.categories), set(map(str, analysis.categories))
        texts.update(true)
        said.update(found)
        right.update(true & found)
    names = sorted(set(texts) | set(said), key=lambda name: (-texts[name], name))
    return {name: Retrieval(texts[name], said[name], right[name]) for name in names}


def together(parts: Iterable[Retrieval]) -> Retrieval:
    """Return the sum, whose precision, recall and F1 are the micro-averaged ones."""
    listed = list(parts)
    return Retrieval(
        sum(part.texts for part in listed),
        sum(part.said for part in listed),
        sum(part.right for part in listed),
    )


def _count(flags: Iterable[bool]) -> Count:
    listed = list(flags)
    return Count(sum(listed), len(listed))
