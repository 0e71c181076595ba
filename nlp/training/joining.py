"""Joins the encoder and the linear model, and makes their answers probabilities.

The mood: a multinomial logistic regression from both models' log-odds to the label. The aspects:
a logistic regression from both models' log-odds, one for all of them, since most are rare, with
a shift of its own for severity. Both are fitted on rows that trained neither model.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlp.compact import About
from nlp.scorer import LABELS
from nlp.training.lessons import Lessons
from nlp.training.pieces import HEAD, TAIL

Floats = NDArray[np.float32]

_LOOSE = 10.0  # the inverse of the strength of regularisation
_NEUTRAL = 1.6
"""How much a neutral row counts. Half of the public sets have none by their making, so that among
held-out rows they are rarer than among posts."""


Told = Sequence[Floats]
"""A model's log-odds of the rows: of the mood, and of the aspects."""


def join(lessons: Lessons, encoder: Told, linear: Told) -> About:
    """Return what turns the log-odds of the rows of `lessons` into probabilities."""
    told, judged = lessons.labels >= 0, lessons.judged
    moods, aspects = zip(encoder, linear, strict=True)
    features = np.concatenate(moods, axis=1)[told]
    return About(
        HEAD,
        TAIL,
        _mood(features, lessons.labels[told], lessons.weights[told]),
        _aspects(np.stack(aspects)[:, judged], lessons.aspects[judged]),
    )


def _mood(features: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats:
    from sklearn.linear_model import LogisticRegression

    judge = LogisticRegression(C=_LOOSE, max_iter=2000)
    neutral = labels == LABELS.index("neu")
    judge.fit(features, labels, sample_weight=np.where(neutral, _NEUTRAL * weights, weights))
    return np.concatenate([judge.coef_, judge.intercept_[:, None]], axis=1).astype(np.float32)


def _aspects(logits: Floats, wanted: Floats) -> Floats:
    """`logits` are models by texts by aspects."""
    from sklearn.linear_model import LogisticRegression

    found = np.zeros((3, logits.shape[2]), np.float32)
    found[0] = 1.0
    if len(np.unique(wanted)) == 2:
        severity = np.zeros_like(logits[:1])
        severity[..., -1] = 1
        features = np.concatenate([logits, severity])
        judge = LogisticRegression(C=_LOOSE)
        judge.fit(features.reshape(len(features), -1).T, wanted.ravel() > 0)
        encoder, linear, own = judge.coef_[0]
        found[:] = np.array([encoder, linear, judge.intercept_[0]], np.float32)[:, None]
        found[2, -1] += own
    return found
