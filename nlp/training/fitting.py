"""Fits the linear models.

For the mood, three one-against-rest logistic regressions by averaged stochastic gradient
descent, which on a million sparse features reaches in seconds what a full-batch solver does not
in minutes; then a multinomial logistic regression from their three outputs to the label, fitted on
held-out rows, which makes the outputs probabilities. Both are linear, so they fold into one matrix.

For the aspects, one regression each on the rows where somebody looked for it, over fewer columns:
the texts are few, and a table of fourteen classes is large.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.compact import ASPECTS
from nlp.features import features
from nlp.linear import Weights
from nlp.scorer import LABELS
from nlp.training.lessons import Lessons

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BITS = 20
ASPECT_BITS = 17
_ALPHA = 3e-7
_EPOCHS = 8
_ASPECT_ALPHA = 3e-6
_ASPECT_EPOCHS = 12
_BATCH = 1000

Matrix = NDArray[np.float64]
Integers = NDArray[np.int64]


def feature_matrix(
    texts: Sequence[str],
    progress: Callable[[int], None] = lambda done: None,
    *,
    bits: int | None = None,
) -> "csr_matrix":
    """Return one row for each normalised text; `progress` is told of each batch.

    Features that fall into one of the `2 ** bits` columns (as many as the mood's) are added up, as
    `nlp.linear` does.
    """
    width = 1 << (bits or BITS)
    from scipy.sparse import csr_matrix

    rows: list[NDArray[np.int32]] = []
    columns: list[NDArray[np.int32]] = []
    for start in range(0, len(texts), _BATCH):
        batch = features(texts[start : start + _BATCH], BITS)
        rows.append((batch.rows + start).astype(np.int32))
        columns.append((batch.columns & (width - 1)).astype(np.int32))
        progress(len(texts[start : start + _BATCH]))
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = np.maximum(np.bincount(row, minlength=len(texts)), 1)
    values = (1 / np.sqrt(counts)).astype(np.float32)[row]
    return csr_matrix((values, (row, column)), shape=(len(texts), width))


class Fit:
    """Three regressions that learn in passes over the rows, so that progress can be shown."""

    passes = len(LABELS)

    def __init__(self, matrix: "csr_matrix", labels: Integers, weights: Matrix) -> None:
        self._matrix, self._labels, self._weights = matrix, labels, weights
        self.coefficients = np.zeros((matrix.shape[1], len(LABELS)))
        self.intercepts = np.zeros(len(LABELS))

    def learn(self, label: int) -> None:
        """Learn to tell the class numbered `label` from the rest."""
        from sklearn.linear_model import SGDClassifier

        model = SGDClassifier(
            loss="log_loss", alpha=_ALPHA, max_iter=_EPOCHS, tol=None, average=True, random_state=0
        )
        model.fit(self._matrix, self._labels == label, sample_weight=self._weights)
        self.coefficients[:, label] = model.coef_[0]
        self.intercepts[label] = model.intercept_[0]

    def calibrated(self, matrix: "csr_matrix", labels: Integers, weights: Matrix) -> Weights:
        """Return the weights that give probabilities, judged by these held-out rows."""
        from sklearn.linear_model import LogisticRegression

        outputs: Any = matrix @ self.coefficients + self.intercepts
        judge = LogisticRegression(C=10.0, max_iter=1000)
        judge.fit(outputs, labels, sample_weight=weights)
        bias = self.intercepts @ judge.coef_.T + judge.intercept_
        return Weights.of(self.coefficients @ judge.coef_.T, bias)


class AspectFit:
    """One regression for each category and for severity."""

    passes = ASPECTS

    def __init__(self, lessons: Lessons, progress: Callable[[int], None]) -> None:
        self._lessons = lessons
        self._matrix = feature_matrix(lessons.texts, progress, bits=ASPECT_BITS)
        self._coefficients = np.zeros((1 << ASPECT_BITS, ASPECTS))
        self._intercepts = np.zeros(ASPECTS)

    def learn(self, aspect: int) -> None:
        """Learn to tell who complains of it; where nobody does, that nobody does."""
        from sklearn.linear_model import SGDClassifier

        known = self._lessons.known[:, aspect] > 0
        wanted = self._lessons.aspects[known, aspect] > 0
        if len(np.unique(wanted)) < 2:
            return
        model = SGDClassifier(
            loss="log_loss",
            alpha=_ASPECT_ALPHA,
            max_iter=_ASPECT_EPOCHS,
            tol=None,
            average=True,
            random_state=0,
        )
        model.fit(self._matrix[known], wanted)
        self._coefficients[:, aspect] = model.coef_[0]
        self._intercepts[aspect] = model.intercept_[0]

    def weights(self) -> Weights:
        """Return what was learnt."""
        return Weights.of(self._coefficients, self._intercepts)
