"""Models whose answers are learnt beside the labels, and alone where nobody labelled a text.

Several teachers answer together: the mean of what each says is surer than any one of them, and a
network that learns it comes near to all of them at the cost of one (Hinton, Vinyals and Dean 2015,
"Distilling the knowledge in a neural network"). A teacher of our own also tells what a text
complains of; most of that nobody ever labelled.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.categories import Category
from nlp.scorer import LABELS, AspectScorer, Scorer, load_scorer
from nlp.stages import Stages
from nlp.training.lessons import Lessons

if TYPE_CHECKING:
    from nlp.training.run import Examples

Floats = NDArray[np.float32]

_MOST_OF_A_SET = 40_000  # texts that nobody labelled
_BATCH = 512
_UNJUDGED = 0.25  # how much a teacher's word on a category counts where no reader's stands
_BESIDE = 0.2  # its part in what a reader judged


@dataclass(frozen=True, slots=True)
class _Answers:
    moods: Floats
    aspects: Floats | None


def with_teachers(lessons: Lessons, names: Sequence[str], stages: Stages) -> Lessons:
    """Return `lessons` with what the models called `names` say, see `nlp.scorer.load_scorer`.

    Raises ModelError.
    """
    if not names:
        return lessons
    answers = [_ask(load_scorer(name), lessons.texts, stages) for name in names]
    found = [answer.aspects for answer in answers if answer.aspects is not None]
    aspects, known = lessons.aspects, lessons.known
    if found:
        told = np.stack(found).mean(0)
        readers = lessons.judged[:, None]
        beside = np.where(readers, (1 - _BESIDE) * aspects + _BESIDE * told, aspects)
        aspects = np.where(known > 0, beside, told)
        known = np.where(known > 0, known, np.float32(_UNJUDGED))
    moods = np.stack([answer.moods for answer in answers]).mean(0)
    return replace(lessons, taught=moods, aspects=aspects, known=known)


def with_unlabelled(training: "Examples", unseen: "Examples") -> "Examples":
    """Return `training` and, of each set in `unseen`, some texts without any label."""
    taken: Counter[str] = Counter()
    rows, texts = list(training.rows), list(training.texts)
    for n in np.random.default_rng(0).permutation(len(unseen.rows)):
        row = unseen.rows[n]
        if row.label is None and row.aspects is None and taken[row.dataset] < _MOST_OF_A_SET:
            taken[row.dataset] += 1
            rows.append(row)
            texts.append(unseen.texts[n])
    return replace(training, rows=rows, texts=texts)


def _ask(teacher: Scorer, texts: Sequence[str], stages: Stages) -> _Answers:
    moods = np.zeros((len(texts), len(LABELS)), np.float32)
    aspects = np.zeros((len(texts), len(Category) + 1), np.float32)
    tells = isinstance(teacher, AspectScorer)
    with stages.stage("请教师模型评分", len(texts)) as done:
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            rows = slice(start, start + len(batch))
            if isinstance(teacher, AspectScorer):
                readings = teacher.readings(batch)
                scores = [one.score for one in readings]
                aspects[rows] = [
                    [*(one.aspects.get(own, 0.0) for own in Category), one.severe]
                    for one in readings
                ]
            else:
                scores = teacher.score(batch)
            moods[rows] = [(one.p_neg, one.p_neu, one.p_pos) for one in scores]
            done(len(batch))
    return _Answers(moods, aspects if tells else None)
