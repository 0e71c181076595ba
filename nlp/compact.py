"""The shipped model: a small transformer and a linear model that answer together.

The transformer reads word pieces and gives, in one pass, the mood, the chance of each category of
complaint, and the chance that a reader would raise a severe incident. Two linear models, which
count characters, tell the same. The answers are joined by logistic regressions fitted on held-out
rows. Needs onnxruntime and tokenizers; torch only trained it.

A model is a folder: `encoder.onnx` (ids in; mood and aspect logits out), `tokenizer.json`,
`linear.npz` of the mood and `aspects.npz` (see `nlp.linear`), and `about.json`, see `About`.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.categories import Category
from nlp.linear import LinearScorer, Table, Weights, log_odds, softmax
from nlp.scorer import LABELS, NOTHING_READ, ModelError, Reading, Score

Floats = NDArray[np.float32]
Ids = Sequence[int] | NDArray[np.uint16]

ASPECTS = len(Category) + 1
"""The categories, in their order, and severity."""

_FILES = ("about.json", "aspects.npz", "encoder.onnx", "linear.npz", "tokenizer.json")
_BEGIN = 2  # the id of [CLS]
_PIECE_AT_MOST = 4  # characters of one piece, see nlp.training.pieces
_BATCH_PIECES = 512  # pieces in one pass, with padding: more did not run faster
_ROUNDED = 8  # lengths are padded to a multiple, so that few shapes occur


@dataclass(frozen=True, slots=True)
class About:
    """What `about.json` tells of a model.

    Of a long text the first `head` and the last `tail` pieces are read. `mood` is 3 x 7: from the
    encoder's and the linear model's three log-odds and a constant 1 to negative, neutral,
    positive. `aspects` is 3 x 14: what the encoder's and the linear model's log-odds of the
    categories (in the order of `Category`) and of severity are multiplied by, and what is added.
    """

    head: int
    tail: int
    mood: Floats
    aspects: Floats

    @classmethod
    def read(cls, path: Path) -> "About":
        """Raises ModelError."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            about = cls(
                int(told["head"]),
                int(told["tail"]),
                np.asarray(told["mood"], np.float32),
                np.asarray(told["aspects"], np.float32),
            )
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise ModelError(f"模型说明 {path} 读不了：{exc}") from None
        if about.mood.shape != (3, 7) or about.aspects.shape != (3, ASPECTS):
            raise ModelError(f"模型说明 {path} 的内容不是本程序的模型")
        return about

    def write(self, path: Path) -> None:
        told = {
            "head": self.head,
            "tail": self.tail,
            "mood": np.round(self.mood.astype(float), 5).tolist(),
            "aspects": np.round(self.aspects.astype(float), 5).tolist(),
        }
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


class Encoder:
    """The transformer in its file.

    Each core reads a batch of its own: two that share every product of one batch were slower by a
    fifth.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._cores = ThreadPoolExecutor(_threads(), "encoder")

    @classmethod
    def load(cls, path: Path) -> "Encoder":
        """Raises ModelError."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        try:
            session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # its own classes derive from nothing narrower
            raise _unreadable(path, exc) from None
        return cls(session)

    def logits(self, pieces: Sequence[Ids]) -> tuple[Floats, Floats]:
        """Return the mood (texts by labels) and the aspects (texts by categories and severity).

        Rows of texts without pieces are 0.
        """
        mood = np.zeros((len(pieces), len(LABELS)), np.float32)
        aspects = np.zeros((len(pieces), ASPECTS), np.float32)

        def read(places: list[int]) -> None:
            longest = len(pieces[places[0]])
            ids = np.zeros((len(places), -(-longest // _ROUNDED) * _ROUNDED), np.int64)
            for row, place in enumerate(places):
                ids[row, : len(pieces[place])] = pieces[place]
            mood[places], aspects[places] = self._session.run(None, {"ids": ids})

        list(self._cores.map(read, _batches(pieces)))  # a list: what went wrong is raised here
        return mood, aspects


class CompactScorer:
    """Scores texts and tells what they complain of."""

    def __init__(
        self,
        about: About,
        encoder: Encoder,
        tokenizer: Any,
        linear: LinearScorer,
        aspects: Table,
        version: str,
    ) -> None:
        self._about = about
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._linear = linear
        self._aspects = aspects
        self.version = version

    @classmethod
    def load(cls, folder: Path) -> "CompactScorer":
        """Raises ModelError: files missing, damaged or of something else."""
        missing = [name for name in _FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"模型目录 {folder} 里缺少 {'、'.join(missing)}")
        return cls(
            About.read(folder / "about.json"),
            Encoder.load(folder / "encoder.onnx"),
            _tokenizer(folder / "tokenizer.json"),
            LinearScorer.read(folder / "linear.npz"),
            Table(Weights.read(folder / "aspects.npz", ASPECTS)),
            _version(folder),
        )

    def score(self, texts: Sequence[str]) -> list[Score]:
        """See `Scorer.score`."""
        return [reading.score for reading in self.readings(texts)]

    def readings(self, texts: Sequence[str]) -> list[Reading]:
        """See `AspectScorer.readings`."""
        mood, aspects = self._encoder.logits(self._pieces(texts))
        counted, complained = log_odds(texts, self._linear.table, self._aspects)
        constant = np.ones((len(texts), 1), np.float32)
        evidence = np.concatenate([mood, counted, constant], axis=1)
        moods = softmax(evidence @ self._about.mood.T).tolist()
        read, told, shift = self._about.aspects
        chances = (1 / (1 + np.exp(-(aspects * read + complained * told + shift)))).tolist()
        return [
            Reading(Score(*three), dict(zip(Category, chance, strict=False)), chance[-1])
            if text.strip()
            else NOTHING_READ
            for text, three, chance in zip(texts, moods, chances, strict=True)
        ]

    def glances(self, texts: Sequence[str]) -> list[float]:
        """See `AspectScorer.glances`: by the linear model alone."""
        return [score.p_neg for score in self._linear.score(texts)]

    def _pieces(self, texts: Sequence[str]) -> list[Ids]:
        """Return the ids of each text, [CLS] first; none for an empty one."""
        head, tail = self._about.head, self._about.tail
        reach = _PIECE_AT_MOST * (head + tail)
        ends = [
            text if len(text) <= 2 * reach else f"{text[:reach]} {text[-reach:]}" for text in texts
        ]
        # Half of a surrogate pair cannot be told to the tokenizer; it becomes a question mark.
        ends = [end.encode("utf-8", "replace").decode() for end in ends]
        found: list[Ids] = []
        for text, encoded in zip(texts, self._tokenizer.encode_batch_fast(ends), strict=True):
            ids = encoded.ids
            if len(ids) > head + tail:
                ids = ids[:head] + ids[-tail:]
            found.append([_BEGIN, *ids] if text.strip() else [])
        return found


def _batches(pieces: Sequence[Ids]) -> Iterator[list[int]]:
    """Yield places of texts alike in length, so that little is padding."""
    order = sorted((n for n, own in enumerate(pieces) if len(own)), key=lambda n: -len(pieces[n]))
    start = 0
    while start < len(order):
        size = max(1, _BATCH_PIECES // len(pieces[order[start]]))
        yield order[start : start + size]
        start += size


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(2, cores or 1)


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as exc:  # tokenizers raises bare Exception
        raise _unreadable(path, exc) from None


def _unreadable(path: Path, exc: Exception) -> ModelError:
    reason = str(exc).strip().split("\n", 1)[0]
    return ModelError(f"模型文件 {path} 读不了：{reason}")


def _version(folder: Path) -> str:
    whole = hashlib.sha256()
    for name in _FILES:
        whole.update((folder / name).read_bytes())
    return f"compact-{whole.hexdigest()[:10]}"
