"""What somebody said of labelled texts, and how good that was."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.evaluation import measures
from nlp.evaluation.measures import Floats, Integers
from nlp.scorer import LABELS, Label

_NEG, _NEU, _POS = (LABELS.index(label) for label in ("neg", "neu", "pos"))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The labels of some texts, the labels said of them (places in LABELS), and how surely."""

    truth: Integers
    said: Integers
    p_neg: Floats
    p_pos: Floats

    @classmethod
    def of(
        cls,
        truth: Sequence[Label],
        said: Sequence[Label],
        p_neg: Sequence[float],
        p_pos: Sequence[float],
    ) -> "Answers":
        return cls(
            _places(truth),
            _places(said),
            np.array(p_neg, dtype=np.float64),
            np.array(p_pos, dtype=np.float64),
        )

    def at(self, places: Sequence[int]) -> "Answers":
        """Return the answers at these places alone."""
        kept = np.array(places, dtype=np.int64)
        return Answers(self.truth[kept], self.said[kept], self.p_neg[kept], self.p_pos[kept])

    @property
    def two_classes(self) -> bool:
        """Whether no text is neutral, as in sets that were made without a middle."""
        return not (self.truth == _NEU).any()

    def forced(self) -> "Answers":
        """Return the answers of one who must not say neutral."""
        said = np.where(self.p_neg > self.p_pos, _NEG, _POS)
        return Answers(self.truth, said, self.p_neg, self.p_pos)


@dataclass(frozen=True, slots=True)
class Quality:
    """How good answers were; a figure is None where there is nothing to measure it on."""

    rows: int
    accuracy: float | None  # the label, of three
    polarity: float | None  # negative against positive, neutral texts left out
    macro_f1: float | None
    negative_precision: float | None
    negative_recall: float | None
    auc: float | None  # of p_neg, negatives against the rest
    calibration_error: float | None  # of p_neg
    called_negative: float | None  # share of all rows


def quality(answers: Answers) -> Quality:
    """Measure `answers`."""
    truth, said = answers.truth, answers.said
    negative, called = truth == _NEG, said == _NEG
    polar = truth != _NEU
    return Quality(
        rows=len(truth),
        accuracy=measures.accuracy(truth, said),
        polarity=measures.accuracy(truth[polar], answers.forced().said[polar]),
        macro_f1=measures.macro_f1(truth, said),
        # Where nothing is negative, whatever is called so is wrong: `called_negative` tells that.
        negative_precision=measures.precision(negative, called) if negative.any() else None,
        negative_recall=measures.recall(negative, called),
        auc=measures.auc(negative, answers.p_neg),
        calibration_error=measures.calibration_error(negative, answers.p_neg),
        called_negative=measures.share(called),
    )


def _places(labels: Sequence[Label]) -> Integers:
    return np.array([LABELS.index(label) for label in labels], dtype=np.int64)
