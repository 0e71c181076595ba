"""One training, from a data directory to weights and a report of their quality."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from nlp.linear import LinearScorer, Weights
from nlp.normalise import normalise
from nlp.scorer import LABELS
from nlp.training.fitting import Fit, Integers, Matrix, feature_matrix
from nlp.training.report import Quality, measure
from nlp.training.rows import DataError, Malformed, Row, find_files, own_rows, read_rows
from nlp.training.sets import OWN, weight


class Stages(Protocol):
    """Shows how far a training is."""

    def stage(self, name: str, steps: int) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage of `steps`; the callable is told of steps that are done."""


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gives."""

    weights: Weights
    rows: int
    quality: list[Quality]
    malformed: dict[Path, Malformed]


@dataclass(frozen=True, slots=True)
class _Examples:
    rows: list[Row]
    texts: list[str]  # normalised

    def where(self, wanted: Callable[[Row], bool]) -> "_Examples":
        kept = [i for i, row in enumerate(self.rows) if wanted(row)]
        return _Examples([self.rows[i] for i in kept], [self.texts[i] for i in kept])

    def labels(self) -> Integers:
        return np.array([LABELS.index(row.label) for row in self.rows], dtype=np.int64)

    def weights(self) -> Matrix:
        return np.array([weight(row) for row in self.rows], dtype=np.float64)


def train(directory: Path, stages: Stages) -> Trained:
    """Train on the labelled files of `directory` and on the project's own sentences.

    Half of the held-out rows calibrate, the other half measure. Malformed lines are counted and
    left out. Raises DataError.
    """
    malformed: dict[Path, Malformed] = {}
    examples = _read(directory, malformed, stages)
    training = examples.where(lambda row: not row.held_out and weight(row) > 0)
    judging = examples.where(lambda row: row.held_out and not _measures(row))
    _require_labels(training.rows, "训练")
    _require_labels(judging.rows, "校准")
    with stages.stage("提取特征", len(training.texts)) as done:
        matrix = feature_matrix(training.texts, done)
    fit = Fit(matrix, training.labels(), training.weights())
    with stages.stage("训练", Fit.passes) as done:
        for label in range(Fit.passes):
            fit.learn(label)
            done(1)
    with stages.stage("校准与评估", 2) as done:
        weights = fit.calibrated(feature_matrix(judging.texts), judging.labels(), judging.weights())
        done(1)
        measuring = examples.where(lambda row: row.held_out and _measures(row))
        quality = measure(LinearScorer(weights), measuring.rows, measuring.texts)
        done(1)
    return Trained(weights, len(training.rows), quality, malformed)


def _measures(row: Row) -> bool:
    """Whether a held-out row measures; the rest calibrate. The own sentences only measure."""
    return row.dataset in OWN or zlib.crc32(row.text.encode("utf-8", "replace")) % 2 == 1


def _read(directory: Path, malformed: dict[Path, Malformed], stages: Stages) -> _Examples:
    files = find_files(directory)
    rows: list[Row] = list(own_rows())
    with stages.stage("读取数据", len(files)) as done:
        for file in files:
            found = Malformed()
            rows += read_rows(file, found)
            if found.count:
                malformed[file.path] = found
            done(1)
    with stages.stage("规范文字", len(rows)) as done:
        texts = list(_normalised(rows, done))
    return _Examples(rows, texts)


def _normalised(rows: Sequence[Row], done: Callable[[int], None]) -> Iterator[str]:
    for row in rows:
        yield normalise(row.text).text
        done(1)


def _require_labels(rows: Sequence[Row], use: str) -> None:
    missing = set(LABELS) - {row.label for row in rows}
    if missing:
        names = "、".join(sorted(missing))
        raise DataError(f"{use}数据里没有 {names} 的样本，三类都要有")
