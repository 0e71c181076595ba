"""One training, from a data directory to a model folder."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nlp.linear import Floats, Table, Weights, log_odds
from nlp.normalise import normalise
from nlp.scorer import LABELS
from nlp.stages import Stages
from nlp.training.aspects import Aspects
from nlp.training.feedback import read_feedback
from nlp.training.fitting import AspectFit, Fit, feature_matrix
from nlp.training.lessons import Lessons
from nlp.training.rows import DataError, Malformed, Row, find_files, own_rows, read_rows
from nlp.training.sets import OWN, weight


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is to do.

    `work` is a folder for what takes long; a training that finds it there does not do it again.
    `teachers` are models (see `nlp.scorer.load_scorer`) whose answers are learnt too, also of texts
    without a label; the rounds then begin with the weights that an earlier training left in `work`.
    `seed` decides the luck of the tuning: with another one comes another teacher.
    `feedback` is a file of `fenghuo feedback export`, or "-". `epochs` are passes of pre-training
    over all texts, `rounds` passes of tuning over the labelled ones; 0 epochs leave it out.
    `further` are more passes of pre-training, for the weights that a teaching begins with.
    """

    data: Path
    out: Path
    work: Path
    teachers: tuple[str, ...] = ()
    seed: int = 0
    feedback: str = ""
    epochs: float = 1.0
    further: float = 0.0
    rounds: int = 4
    width: int = 256
    layers: int = 3


@dataclass(slots=True)
class Trained:
    """What a training gives, beside the folder it wrote."""

    rows: int
    texts: int
    agreement: float
    malformed: dict[Path, Malformed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows, and their normalised texts."""

    rows: list[Row]
    texts: list[str]

    def where(self, wanted: Callable[[Row], bool]) -> "Examples":
        kept = [i for i, row in enumerate(self.rows) if wanted(row)]
        return Examples([self.rows[i] for i in kept], [self.texts[i] for i in kept])

    def lessons(self) -> Lessons:
        return Lessons.of(self.rows, self.texts)


@dataclass(frozen=True, slots=True)
class Linear:
    """The two linear models."""

    mood: Weights
    aspects: Weights

    def log_odds(self, texts: Sequence[str]) -> list[Floats]:
        """Return those of the mood and those of the aspects, each texts by classes."""
        return log_odds(texts, Table(self.mood), Table(self.aspects))


def train(plan: Plan, stages: Stages) -> Trained:
    """Train on the files of `plan.data` and on the project's own texts; write `plan.out`.

    Half of the held-out rows calibrate, the other half measure. Malformed lines are counted and
    left out. Raises DataError, and ModelError for a teacher that cannot be used.
    """
    from nlp.training.encoder import train_encoder

    malformed: dict[Path, Malformed] = {}
    examples = _read(plan, malformed, stages)
    training = examples.where(lambda row: not row.held_out and _teaches(row))
    judging = examples.where(lambda row: row.held_out and _teaches(row) and not _measures(row))
    _require_labels(training.rows, "训练")
    _require_labels(judging.rows, "校准")
    unseen = examples.where(lambda row: not row.held_out)
    linear = Linear(
        fit_linear(training.where(_labelled), judging.where(_labelled), stages),
        fit_aspects(training.where(lambda row: row.aspects is not None), stages),
    )
    agreement = train_encoder(plan, unseen, training, judging, linear, stages)
    return Trained(len(training.rows), len(unseen.rows), agreement, malformed)


def fit_linear(training: Examples, judging: Examples, stages: Stages) -> Weights:
    """Return the linear model that `training` teaches, calibrated on `judging`."""
    with stages.stage("线性模型：提取特征", len(training.texts)) as done:
        matrix = feature_matrix(training.texts, done)
    taught, judged = training.lessons(), judging.lessons()
    weights = np.array([weight(row) for row in training.rows])
    fit = Fit(matrix, taught.labels, weights)
    with stages.stage("线性模型：训练", Fit.passes) as done:
        for label in range(Fit.passes):
            fit.learn(label)
            done(1)
    return fit.calibrated(
        feature_matrix(judging.texts), judged.labels, judged.weights.astype(np.float64)
    )


def fit_aspects(training: Examples, stages: Stages) -> Weights:
    """Return the linear model of what texts complain of."""
    with stages.stage("投诉类别：提取特征", len(training.texts)) as done:
        fit = AspectFit(training.lessons(), done)
    with stages.stage("投诉类别：训练", AspectFit.passes) as done:
        for aspect in range(AspectFit.passes):
            fit.learn(aspect)
            done(1)
    return fit.weights()


def _labelled(row: Row) -> bool:
    return row.label is not None and weight(row) > 0


def _teaches(row: Row) -> bool:
    return _labelled(row) or row.aspects is not None


def _measures(row: Row) -> bool:
    """Whether a held-out row measures; the rest calibrate. The own sentences only measure."""
    return row.dataset in OWN or zlib.crc32(row.text.encode("utf-8", "replace")) % 2 == 1


def _read(plan: Plan, malformed: dict[Path, Malformed], stages: Stages) -> Examples:
    files = find_files(plan.data)
    if all(file.use == "dev" for file in files):
        raise DataError(f"{plan.data} 里没有训练数据（*.train.jsonl.gz）")
    rows: list[Row] = list(own_rows())
    with stages.stage("读取数据", len(files)) as done:
        for file in files:
            found = Malformed()
            rows += read_rows(file, found)
            if found.count:
                malformed[file.path] = found
            done(1)
    if plan.feedback:
        found = Malformed()
        rows += _corrected(plan.feedback, found)
        if found.count:
            malformed[Path(plan.feedback)] = found
    with stages.stage("规范文字", len(rows)) as done:
        texts = list(_normalised(rows, done))
    return Examples(rows, texts)


def _corrected(source: str, malformed: Malformed) -> Iterator[Row]:
    """Yield what people corrected; a severity that nobody judged teaches nothing of aspects."""
    for found in read_feedback(source, malformed):
        aspects = None
        if found.categories is not None and found.severe is not None:
            aspects = Aspects.whole(found.categories, found.severe)
        yield Row("feedback", found.text, found.label, "", held_out=False, aspects=aspects)


def _normalised(rows: Sequence[Row], done: Callable[[int], None]) -> Iterator[str]:
    for row in rows:
        yield normalise(row.text).text
        done(1)


def _require_labels(rows: Sequence[Row], use: str) -> None:
    missing = set(LABELS) - {row.label for row in rows}
    if missing:
        names = "、".join(sorted(missing))
        raise DataError(f"{use}数据里没有 {names} 的样本，三类都要有")
