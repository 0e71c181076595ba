"""Reads texts to train on: JSON lines with `text`, `label` (neg, neu, pos or null) and `id`."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlp.scorer import LABELS, Label
from nlp.training.aspects import Aspects, by_reviewer
from nlp.training.corpus import read_corpus
from nlp.training.judged import Judgement, read_judged
from nlp.training.sentences import sentences

OWN_FILE = Path(__file__).parent / "own.jsonl"
_HELD_OUT = 20  # of a set without a dev file, one row in so many
_EXAMPLES = 3
_UNSURE = frozenset({"star", "distant", "distant-noisy"})


class DataError(Exception):
    """The data directory cannot be trained on; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text; `held_out` rows measure and calibrate, the others train."""

    dataset: str
    text: str
    label: Label | None
    quality: str
    held_out: bool
    aspects: Aspects | None = None


@dataclass(slots=True)
class Malformed:
    """Lines of one file that could not be read: how many, and what was wrong with the first."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"第 {line} 行：{reason}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a data directory, and how its rows are used."""

    path: Path
    dataset: str
    use: str  # "train", "dev", or "split" for a set that has no dev file


def find_files(directory: Path) -> list[DataFile]:
    """Return the files of `directory` and of its folder `more`, in a fixed order.

    Raises DataError when there is no directory, or no such file in it.
    """
    if not directory.is_dir():
        raise DataError(f"没有这个数据目录：{directory}")
    dev = {path.name.split(".")[0]: path for path in directory.glob("*.dev.jsonl.gz")}
    files = [DataFile(path, name, "dev") for name, path in dev.items()]
    for path in directory.glob("*.train.jsonl.gz"):
        name = path.name.split(".")[0]
        files.append(DataFile(path, name, "train" if name in dev else "split"))
    files += [
        DataFile(path, path.name.split(".")[0], "split")
        for path in (directory / "more").glob("*.jsonl.gz")
    ]
    if not files:
        raise DataError(f"{directory} 里没有数据（*.train.jsonl.gz、*.dev.jsonl.gz）")
    return sorted(files, key=lambda file: file.path)


def read_rows(file: DataFile, malformed: Malformed) -> Iterator[Row]:
    """Yield every row, with or without a label; lines that cannot be read go to `malformed`.

    Raises DataError when the file is not what its name says.
    """
    judged = read_judged()
    try:
        with gzip.open(file.path, "rt", encoding="utf-8", errors="replace") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    record = _record(line)
                except ValueError as exc:
                    malformed.add(number, str(exc))
                    continue
                row = _row(file, record, number)
                judgement = judged.get(str(record.get("id")))
                yield row if judgement is None or row.held_out else _judged(row, judgement)
    except (OSError, EOFError, zlib.error) as exc:
        raise DataError(f"{file.path} 不是完好的 gzip 文件：{exc}") from None


def own_rows() -> Iterator[Row]:
    """Yield the sentences written for this project.

    Those of the corpus and of `own.jsonl` were written one by one, and a fifth or a quarter is
    held out; those of the set "frames" are frames filled with words, and only train.
    """
    for example in read_corpus():
        aspects = Aspects.whole(example.categories, example.severe)
        held_out, shown = example.held_out, example.phenomenon
        yield Row("corpus", example.text, example.label, shown, held_out, aspects)
    with OWN_FILE.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            held_out = record["split"] == "test"
            yield Row("own", record["text"], record["label"], record["phenomenon"], held_out)
    for label, text in sentences():
        yield Row("frames", text, label, "", held_out=False)


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("不是 JSON") from None
    if not isinstance(record, dict) or not isinstance(record.get("text"), str):
        raise ValueError("缺少 text")
    if "label" not in record or record["label"] not in (*LABELS, None):
        raise ValueError(f"label 应是 {'、'.join(LABELS)} 或 null")
    return record


def _row(file: DataFile, record: dict[str, Any], number: int) -> Row:
    held_out = file.use == "dev"
    if file.use == "split":
        identity = str(record.get("id") or f"{file.dataset}-{number}")
        held_out = zlib.crc32(identity.encode("utf-8", "replace")) % _HELD_OUT == 0
    quality = str(record.get("label_quality") or "")
    aspects = by_reviewer(file.dataset, record.get("aspects"))
    return Row(file.dataset, record["text"], record["label"], quality, held_out, aspects)


def _judged(row: Row, judgement: Judgement) -> Row:
    """Return `row` as we judged it; a label that its set gives for sure stays."""
    sure = row.label is not None and row.quality not in _UNSURE
    return Row(
        "judged",
        row.text,
        row.label if sure else judgement.label,
        "",
        judgement.held_out,
        Aspects.whole(judgement.categories, judgement.severe),
    )
