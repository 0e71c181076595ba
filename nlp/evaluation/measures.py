"""Figures of merit, from arrays alone. A figure that nothing was measured for is None.

Written here because `fenghuo evaluate` runs on the default install, which has no scikit-learn; the
tests hold them against it.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

BINS = 15


def share(flags: Booleans) -> float | None:
    """Return how many of `flags` are set, from 0 to 1."""
    return float(flags.mean()) if flags.size else None


def accuracy(truth: Integers, said: Integers) -> float | None:
    """Return the share of rows where what was said is true."""
    return share(truth == said)


def precision(wanted: Booleans, called: Booleans) -> float | None:
    """Return the share of the called rows that were wanted."""
    return share(wanted[called])


def recall(wanted: Booleans, called: Booleans) -> float | None:
    """Return the share of the wanted rows that were called."""
    return share(called[wanted])


def macro_f1(truth: Integers, said: Integers) -> float | None:
    """Return the mean F1 of the classes that are there.

    A class that is only said, such as neutral in a set without it, has no F1 of its own; it costs
    the other classes their recall.
    """
    scores = [_f1(truth == label, said == label) for label in np.unique(truth)]
    return float(np.mean(scores)) if scores else None


def auc(wanted: Booleans, scores: Floats) -> float | None:
    """Return how often a wanted row scores above an unwanted one; a tie counts half."""
    positives = int(wanted.sum())
    negatives = len(wanted) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal scores share the middle of their ranks
    above = float(ranks[place][wanted].sum()) - positives * (positives + 1) / 2
    return above / (positives * negatives)


def calibration_error(wanted: Booleans, chances: Floats, bins: int = BINS) -> float | None:
    """Return the expected calibration error: how far what was promised lies from what came.

    Rows are put into `bins` of equal width by their promised chance; the gaps between the mean
    chance and the share of wanted rows are averaged, each bin by its rows.
    """
    if not wanted.size:
        return None
    place = np.minimum((chances * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(place, weights=chances - wanted, minlength=bins)
    return float(np.abs(gaps).sum() / len(wanted))


def _f1(wanted: Booleans, called: Booleans) -> float:
    return 2 * float((wanted & called).sum()) / max(int(wanted.sum() + called.sum()), 1)
