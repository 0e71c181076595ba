"""Fits the linear scorer.

Three one-against-rest logistic regressions by averaged stochastic gradient descent, which on a
million sparse features reaches in seconds what a full-batch solver does not in minutes; then a
multinomial logistic regression from their three outputs to the label, fitted on held-out rows,
which makes the outputs probabilities. Both are linear, so they fold into one matrix.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nlp.features import features
from nlp.linear import Weights
from nlp.scorer import LABELS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BITS = 20
_ALPHA = 3e-7
_EPOCHS = 8
_BATCH = 1000

Matrix = NDArray[np.float64]
Integers = NDArray[np.int64]


def feature_matrix(
    texts: Sequence[str], progress: Callable[[int], None] = lambda done: None
) -> "csr_matrix":
    """Return one row for each normalised text; `progress` is told of each batch."""
    from scipy.sparse import csr_matrix

    rows: list[NDArray[np.int32]] = []
    columns: list[NDArray[np.int32]] = []
    for start in range(0, len(texts), _BATCH):
        batch = features(texts[start : start + _BATCH], BITS)
        rows.append((batch.rows + start).astype(np.int32))
        columns.append(batch.columns.astype(np.int32))
        progress(len(texts[start : start + _BATCH]))
    row, column = np.concatenate(rows), np.concatenate(columns)
    counts = np.maximum(np.bincount(row, minlength=len(texts)), 1)
    values = (1 / np.sqrt(counts)).astype(np.float32)[row]
    return csr_matrix((values, (row, column)), shape=(len(texts), 1 << BITS))


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
