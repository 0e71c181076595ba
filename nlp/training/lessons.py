"""What the network is taught: rows as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlp.categories import Category
from nlp.scorer import LABELS
from nlp.training.rows import Row
from nlp.training.sets import weight

UNLABELLED = -1

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_CATEGORIES = list(Category)
_OWN_WEIGHT = 2.0  # at most: a set of our own is small, and is seen twice an epoch


@dataclass(frozen=True, slots=True)
class Lessons:
    """Normalised texts, and what is known of each.

    `labels` are places in LABELS, or UNLABELLED. `aspects` (texts by categories and severity) are
    chances that count as much as `known` says: 1 where a reader judged, 0 where nobody did.
    `taught` (texts by labels) are teachers' probabilities; a row of zeros where none was asked.
    """

    texts: list[str]
    labels: Integers
    weights: Floats
    aspects: Floats
    known: Floats
    taught: Floats

    @classmethod
    def of(cls, rows: Sequence[Row], texts: Sequence[str]) -> "Lessons":
        """Return what `rows`, whose normalised texts are `texts`, teach."""
        aspects = np.zeros((len(rows), len(_CATEGORIES) + 1), np.float32)
        known = np.zeros_like(aspects)
        for n, row in enumerate(rows):
            if row.aspects is not None:
                aspects[n, [_CATEGORIES.index(Category(c)) for c in row.aspects.named]] = 1
                known[n, [_CATEGORIES.index(Category(c)) for c in row.aspects.known]] = 1
                aspects[n, -1] = row.aspects.severe or 0
                known[n, -1] = row.aspects.severe is not None
        labels = [UNLABELLED if row.label is None else LABELS.index(row.label) for row in rows]
        return cls(
            list(texts),
            np.array(labels, np.int64),
            np.array([min(weight(row), _OWN_WEIGHT) for row in rows], np.float32),
            aspects,
            known,
            np.zeros((len(rows), len(LABELS)), np.float32),
        )

    @property
    def judged(self) -> NDArray[np.bool_]:
        """Which texts somebody judged as we do: all categories and severity."""
        return np.asarray(self.known[:, -1] == 1)
