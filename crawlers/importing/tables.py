"""What every file becomes: tables of numbered rows, or objects. And the tables of plain text."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from crawlers.importing.problems import ImportProblem

LONGEST_LINE = 1 << 23
_DELIMITERS = ",\t;|"

Cells = list[Any]
Rows = Iterator[tuple[int, Cells]]
"""Rows with their numbers, as a spreadsheet shows them."""
Fit = Callable[[list[Cells]], int]
"""Tells how well the first rows fit a header."""


@dataclass(frozen=True, slots=True)
class Objects:
    """A file of JSON: each item is an object, or the reason why it is none."""

    rows: Iterator[tuple[int, dict[str, Any] | str]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table."""

    title: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Sheets:
    """A file of tables."""

    sheets: Iterator[Sheet]


def delimited(file: str, text: IO[str], delimiter: str) -> Rows:
    """Yield the rows of a CSV. Raises ImportProblem where it cannot be read on."""
    reader = csv.reader(lines(file, text), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            yield number, list(next(reader))
        except StopIteration:
            return
        except csv.Error as exc:
            raise ImportProblem(
                file, f"第 {number} 行（文件第 {reader.line_num} 行）读不下去：{exc}"
            ) from None


def lines(file: str, text: IO[str]) -> Iterator[str]:
    """Yield the lines of a text. Raises ImportProblem at one too long to be a line."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE:
            raise ImportProblem(file, f"第 {number} 行超过 {LONGEST_LINE >> 20} MB，不像一行")
        yield line


def delimiter_of(start: str, fit: Fit) -> str:
    """Return the delimiter under which the beginning looks most like a table with a header."""
    beginning = start.splitlines()[:30]

    def how_well(delimiter: str) -> tuple[int, int]:
        try:
            rows: list[Cells] = [list(row) for row in csv.reader(beginning, delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        return fit(rows), sum(line.count(delimiter) for line in beginning)

    return max(_DELIMITERS, key=how_well)
