"""Linear models over hashed characters. Need numpy and nothing else.

Its file holds one small integer for each feature and class. An integer q stands for the weight
sign(q)·(q/127)²·scale: finer near zero, where nearly all weights lie, than even steps would be.
"""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.features import Features, features
from nlp.scorer import LABELS, NOTHING_SAID, ModelError, Score

Floats = NDArray[np.float32]

READ_AT_MOST = 100_000
"""Characters of a text that count; what follows is not read."""

_BATCH_CHARACTERS = 200_000  # bounds the memory of one pass
_STEPS = 127


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a model file holds."""

    steps: NDArray[np.int8]  # (features, classes)
    scale: NDArray[np.float32]  # (classes)
    bias: NDArray[np.float32]  # (classes)

    @classmethod
    def of(cls, weights: NDArray[np.float64], bias: NDArray[np.float64]) -> "Weights":
        """Round `weights` (features by classes) to what a file can hold."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9)
        steps = np.rint(_STEPS * np.sign(weights) * np.sqrt(np.abs(weights) / scale))
        return cls(steps.astype(np.int8), scale.astype(np.float32), bias.astype(np.float32))

    @classmethod
    def read(cls, path: Path, classes: int = len(LABELS)) -> "Weights":
        """Raises ModelError for a file that is missing, damaged or holds something else."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                weights = cls(stored["steps"], stored["scale"], stored["bias"])
        except FileNotFoundError:
            raise ModelError(f"没有模型文件 {path}；可用 fenghuo train 训练一个") from None
        except (OSError, ValueError, KeyError, AttributeError, EOFError, zipfile.BadZipFile) as exc:
            raise ModelError(f"模型文件 {path} 读不了：{exc}") from None
        if not weights.fits(classes):
            raise ModelError(f"模型文件 {path} 的内容不是本程序的模型")
        return weights

    def fits(self, classes: int) -> bool:
        """Whether the arrays are of the shapes and kinds that a model of so many classes has."""
        count = len(self.steps) if self.steps.ndim else 0
        arrays = (self.steps, self.scale, self.bias)
        shapes = tuple(array.shape for array in arrays)
        return (
            count.bit_count() == 1
            and shapes == ((count, classes), (classes,), (classes,))
            and [str(array.dtype) for array in arrays] == ["int8", "float32", "float32"]
        )

    def write(self, path: Path) -> None:
        np.savez_compressed(path, steps=self.steps, scale=self.scale, bias=self.bias)

    def values(self) -> NDArray[np.float32]:
        part = self.steps.astype(np.float32) / np.float32(_STEPS)
        return np.asarray(np.sign(part) * part * part * self.scale, dtype=np.float32)

    def digest(self) -> str:
        whole = hashlib.sha256()
        for array in (self.steps, self.scale, self.bias):
            whole.update(np.ascontiguousarray(array).tobytes())
        return whole.hexdigest()


class Table:
    """Weights ready to be summed over the features of texts."""

    def __init__(self, weights: Weights) -> None:
        self._values = weights.values()
        self._bias = weights.bias
        self.bits = len(weights.steps).bit_length() - 1

    def log_odds(self, found: Features, texts: int) -> Floats:
        """Return texts by classes; 0 for a text without features.

        Features of more bits than the table's are read by their low bits.
        """
        rows, columns = found
        logits = np.zeros((texts, len(self._bias)), np.float32)
        if not len(rows):
            return logits
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        counts = np.diff(starts, append=len(rows))
        sums = np.add.reduceat(self._values[columns & ((1 << self.bits) - 1)], starts, axis=0)
        logits[rows[starts]] = sums / np.sqrt(counts)[:, None] + self._bias
        return logits


def log_odds(texts: Sequence[str], *tables: Table) -> list[Floats]:
    """Return what each table makes of the texts. Their features are made once."""
    bits = max(table.bits for table in tables)
    found: list[list[Floats]] = [[] for _ in tables]
    for batch in _batches(texts):
        made = features(batch, bits)
        for table, parts in zip(tables, found, strict=True):
            parts.append(table.log_odds(made, len(batch)))
    none = features([], bits)
    return [
        np.concatenate([table.log_odds(none, 0), *parts])
        for table, parts in zip(tables, found, strict=True)
    ]


class LinearScorer:
    """Tells the mood by a linear model alone."""

    def __init__(self, weights: Weights) -> None:
        self.table = Table(weights)
        self.version = f"linear-{weights.digest()[:10]}"

    @classmethod
    def read(cls, path: Path) -> "LinearScorer":
        """Raises ModelError."""
        return cls(Weights.read(path))

    def score(self, texts: Sequence[str]) -> list[Score]:
        """See `Scorer.score`. Of a text longer than READ_AT_MOST, only that much counts."""
        (moods,) = log_odds(texts, self.table)
        chances = softmax(moods).tolist()
        return [
            Score(*three) if text.strip() else NOTHING_SAID
            for text, three in zip(texts, chances, strict=True)
        ]


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities along the last axis."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float64)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    room = _BATCH_CHARACTERS
    for text in texts:
        clipped = text[:READ_AT_MOST]
        if batch and len(clipped) > room:
            yield batch
            batch, room = [], _BATCH_CHARACTERS
        batch.append(clipped if clipped.strip() else "")
        room -= len(clipped) + 1
    if batch:
        yield batch
