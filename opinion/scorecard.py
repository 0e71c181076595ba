"""How right the machine was, measured by what people confirmed and corrected.

People look at what alarmed, and correct what looks wrong. So these figures say how a rule does
where somebody looked; they are no estimate for all posts.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from opinion.feedback import Verdict, alarms

_Z = 1.959964  # of a 95 % interval


@dataclass
class Tally:
    """How often something was right and wrong."""

    right: int = 0
    wrong: int = 0

    @property
    def count(self) -> int:
        return self.right + self.wrong

    @property
    def share(self) -> float | None:
        """The share that was right; None where nothing was judged."""
        return self.right / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the share; None where nothing was judged."""
        return wilson(self.right, self.count) if self.count else None

    def add(self, is_right: bool) -> None:
        if is_right:
            self.right += 1
        else:
            self.wrong += 1


@dataclass
class RuleTally(Tally):
    """How often a rule's hits were right, one hit a mention."""

    category: str = ""


@dataclass
class CategoryTally:
    """A category over the mentions whose categories people judged."""

    right: int = 0
    wrong: int = 0
    missed: int = 0


@dataclass
class Scorecard:
    """What all verdicts say together; the keys of `confusion` are (machine's, people's) label."""

    mentions: int = 0
    rules: dict[str, RuleTally] = field(default_factory=dict)
    labels: Tally = field(default_factory=Tally)
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: dict[str, CategoryTally] = field(default_factory=dict)


def measure(verdicts: Iterable[Verdict]) -> Scorecard:
    """Return the scorecard; a part of a verdict that nobody judged counts nowhere."""
    card = Scorecard()
    for verdict in verdicts:
        card.mentions += 1
        _add_rules(card, verdict)
        _add_label(card, verdict)
        _add_categories(card, verdict)
    return card


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; `count` is at least 1."""
    share, square = right / count, _Z * _Z
    middle = share + square / (2 * count)
    reach = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    whole = 1 + square / count
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def _add_rules(card: Scorecard, verdict: Verdict) -> None:
    categories = alarms(verdict.said)
    for rule, is_right in verdict.judged_rules.items():
        tally = card.rules.setdefault(rule, RuleTally(category=categories[rule]))
        tally.add(is_right)


def _add_label(card: Scorecard, verdict: Verdict) -> None:
    if verdict.label is None:
        return
    machine = str(verdict.said["label"])
    card.labels.add(machine == verdict.label)
    card.confusion[machine, verdict.label] += 1


def _add_categories(card: Scorecard, verdict: Verdict) -> None:
    if verdict.categories is None:
        return
    machine, people = set(verdict.said["categories"]), set(verdict.categories)
    for category in machine | people:
        tally = card.categories.setdefault(category, CategoryTally())
        tally.right += category in machine & people
        tally.wrong += category in machine - people
        tally.missed += category in people - machine
