"""Reads what people corrected, as `fenghuo feedback export` writes it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nlp.categories import Category
from nlp.scorer import LABELS, Label
from nlp.training.rows import DataError, Malformed

STANDARD_INPUT = "-"
_LONGEST_LINE = 16 * 1024 * 1024  # bytes
_CATEGORIES = frozenset(category.value for category in Category)


@dataclass(frozen=True, slots=True)
class Correction:
    """What people found right of one text.

    None says that nobody judged it: the label, the categories, or whether it is severe. No
    categories, (), says that it complains of nothing. `wrong_rules` hit and should not have.
    """

    text: str
    label: Label | None
    categories: tuple[str, ...] | None
    severe: bool | None
    wrong_rules: tuple[str, ...]


def read_feedback(path: Path | str, malformed: Malformed | None = None) -> Iterator[Correction]:
    """Yield the corrections of a file, or of standard input for "-".

    Lines that cannot be read go to `malformed` and stop nothing; empty lines are left out. Raises
    DataError when the file itself cannot be read.
    """
    unread = malformed if malformed is not None else Malformed()
    try:
        with _opened(path) as lines:
            for number, raw in enumerate(_cut(lines), start=1):
                line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                if not line.strip():
                    continue
                try:
                    yield _correction(line)
                except ValueError as exc:
                    unread.add(number, str(exc))
    except OSError as exc:
        raise DataError(f"读不了改判文件 {path}：{exc.strerror or exc}") from None


@contextmanager
def _opened(path: Path | str) -> Iterator[IO[bytes]]:
    if str(path) == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with Path(path).open("rb") as lines:
        yield lines


def _cut(lines: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines; of an over-long one only its beginning, so that memory stays small."""
    while line := lines.readline(_LONGEST_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = lines.readline(_LONGEST_LINE)
        yield line


def _correction(line: bytes) -> Correction:
    """Raises ValueError, in words for the user."""
    record = _record(line)
    if not isinstance(record.get("text"), str) or not record["text"].strip():
        raise ValueError("缺少 text")
    label, severe = record.get("label"), record.get("severe")
    if label not in (*LABELS, None):
        raise ValueError(f"label 应是 {'、'.join(LABELS)} 或 null")
    if severe is not None and not isinstance(severe, bool):
        raise ValueError("severe 应是 true、false 或 null")
    categories = record.get("categories")
    if categories is not None:
        categories = _names(categories, "categories")
        unknown = sorted(set(categories) - _CATEGORIES)
        if unknown:
            raise ValueError(f"没有这个类别：{'、'.join(unknown)}")
    return Correction(
        text=record["text"],
        label=label,
        categories=categories,
        severe=severe,
        wrong_rules=_names(record.get("wrong_rules") or [], "wrong_rules"),
    )


def _record(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line.decode(), strict=False)
    except UnicodeDecodeError:
        raise ValueError("不是 UTF-8") from None
    except (ValueError, RecursionError):
        raise ValueError("不是 JSON") from None
    if not isinstance(record, dict):
        raise ValueError("应是一个对象")
    return record


def _names(value: Any, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} 应是一列名称")
    return tuple(dict.fromkeys(value))
