"""Joins the encoder and the linear model, and makes their answers probabilities.

The mood: a multinomial logistic regression from both models' log-odds to the label. The aspects:
logits times a scale plus a shift (Platt 1999), one pair for all categories, since most of them are
rare, and one for severity. All are fitted on rows that trained neither.
"""

import numpy as np
from numpy.typing import NDArray

from nlp.compact import About
from nlp.training.lessons import Lessons
from nlp.training.pieces import HEAD, TAIL

Floats = NDArray[np.float32]

_LOOSE = 10.0  # the inverse of the strength of regularisation


def join(lessons: Lessons, encoder: tuple[Floats, Floats], linear: Floats) -> About:
    """Return what turns log-odds into probabilities.

    `encoder` are its mood and aspect logits on the rows of `lessons`, `linear` the log-odds of the
    linear model.
    """
    mood, aspects = encoder
    told = lessons.labels >= 0
    features = np.concatenate([mood, linear], axis=1)[told]
    return About(
        HEAD,
        TAIL,
        _mood(features, lessons.labels[told], lessons.weights[told]),
        _aspects(aspects[lessons.judged], lessons.aspects[lessons.judged]),
    )


def _mood(features: Floats, labels: NDArray[np.int64], weights: Floats) -> Floats:
    from sklearn.linear_model import LogisticRegression

    judge = LogisticRegression(C=_LOOSE, max_iter=2000)
    judge.fit(features, labels, sample_weight=weights)
    return np.concatenate([judge.coef_, judge.intercept_[:, None]], axis=1).astype(np.float32)


def _aspects(logits: Floats, wanted: Floats) -> Floats:
    found = np.zeros((2, logits.shape[1]), np.float32)
    found[:, :-1] = _platt(logits[:, :-1].ravel(), wanted[:, :-1].ravel())[:, None]
    found[:, -1] = _platt(logits[:, -1], wanted[:, -1])
    return found


def _platt(logits: Floats, wanted: Floats) -> Floats:
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(wanted)) < 2:
        return np.array([1.0, 0.0], np.float32)
    judge = LogisticRegression(C=_LOOSE).fit(logits[:, None], wanted > 0)
    return np.array([judge.coef_[0, 0], judge.intercept_[0]], np.float32)
