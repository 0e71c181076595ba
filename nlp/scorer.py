"""Gives each text three probabilities: negative, neutral, positive.

Errors: `ModelError` for a model that is missing, damaged or of an unknown shape, and for one whose
packages are not installed; its message says which and what to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from nlp.categories import Category

Label = Literal["neg", "neu", "pos"]
LABELS: tuple[Label, ...] = ("neg", "neu", "pos")

SHIPPED = Path(__file__).parent / "models" / "compact"


class ModelError(Exception):
    """A sentiment model cannot be used; the message says which one and why."""


@dataclass(frozen=True, slots=True)
class Score:
    """Calibrated probabilities that sum to 1."""

    p_neg: float
    p_neu: float
    p_pos: float

    @property
    def label(self) -> Label:
        """The most probable class; of two alike, the milder."""
        if self.p_neu >= max(self.p_neg, self.p_pos):
            return "neu"
        return "neg" if self.p_neg > self.p_pos else "pos"


NOTHING_SAID = Score(0.0, 1.0, 0.0)
"""The score of an empty text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A score, and how probably a text complains of each category and is severe."""

    score: Score
    aspects: Mapping[Category, float]
    severe: float


NOTHING_READ = Reading(NOTHING_SAID, {}, 0.0)
"""The reading of an empty text."""


class Scorer(Protocol):
    """Scores texts in batches."""

    @property
    def version(self) -> str:
        """Names the model and its weights; changes whenever a score could."""

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Return one score for each text, in the same order.

        Texts are as `nlp.normalise` writes them. An empty text is valid and is neutral.
        """


@runtime_checkable
class AspectScorer(Scorer, Protocol):
    """A scorer that also tells what a text complains of."""

    def readings(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading for each text, in the same order; as for `score`."""

    def glances(self, texts: Sequence[str]) -> list[float]:
        """Return roughly how negative each text is; many times faster than `readings`."""


def load_scorer(name: str = "") -> Scorer:
    """Return the scorer called `name`; the same object each time.

    "" is the shipped one. A folder written by `fenghuo train`, or the `linear.npz` in it, is
    served as that is. Anything else is a transformers model: a directory or a hub name, see
    `nlp.transformer`. Raises ModelError.
    """
    return _load(name.strip())


@cache
def _load(name: str) -> Scorer:
    if name.endswith(".npz"):
        from nlp.linear import LinearScorer

        return LinearScorer.read(Path(name))
    folder = Path(name) if name else SHIPPED
    if not name or (folder / "about.json").is_file():
        from nlp.compact import CompactScorer

        return CompactScorer.load(folder)
    from nlp.transformer import TransformerScorer

    return TransformerScorer.load(name)
