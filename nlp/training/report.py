"""Says how good a scorer is on held-out rows, set by set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from nlp.scorer import Score, Scorer
from nlp.training.rows import Row

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Quality:
    """How a scorer did on one set; a share is None where the set has no such rows."""

    dataset: str
    rows: int
    accuracy: float  # the label, of three
    polarity: float | None  # negative against positive, neutral rows left out
    negative_recall: float | None
    false_negative_mood: float | None  # neutral and positive rows that were called negative


def measure(scorer: Scorer, rows: Sequence[Row], texts: Sequence[str]) -> list[Quality]:
    """Score `texts`, the normalised texts of `rows`, and compare; one entry for each set."""
    groups: dict[str, list[tuple[Row, Score]]] = defaultdict(list)
    for start in range(0, len(rows), _BATCH):
        scores = scorer.score(texts[start : start + _BATCH])
        for row, score in zip(rows[start : start + _BATCH], scores, strict=True):
            groups[row.dataset].append((row, score))
    return [_quality(name, pairs) for name, pairs in sorted(groups.items())]


def _quality(name: str, pairs: list[tuple[Row, Score]]) -> Quality:
    right = [score.label == row.label for row, score in pairs]
    polar = [
        (score.p_neg > score.p_pos) == (row.label == "neg")
        for row, score in pairs
        if row.label != "neu"
    ]
    found = [score.label == "neg" for row, score in pairs if row.label == "neg"]
    blamed = [score.label == "neg" for row, score in pairs if row.label != "neg"]
    accuracy = sum(right) / len(right)
    return Quality(name, len(pairs), accuracy, _share(polar), _share(found), _share(blamed))


def _share(answers: list[bool]) -> float | None:
    return sum(answers) / len(answers) if answers else None
