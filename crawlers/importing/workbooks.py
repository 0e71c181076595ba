"""Workbooks (.xlsx): their sheets, row by row, whatever their size."""

import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any

from crawlers.importing.problems import ImportProblem
from crawlers.importing.tables import Cells, Rows, Sheet

MOST_ROWS = 1 << 20
"""As many as Excel has; a file that claims more was made to waste our time."""
_MOST_MERGES = 200_000
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"(?P<column>[A-Z]{1,3})(?P<top>[0-9]{1,7})"
    rb":[A-Z]{1,3}(?P<bottom>[0-9]{1,7})\""
)
_LONGEST_MERGE = 80
_CHUNK = 1 << 20


def sheets(file: str, stream: IO[bytes], stack: ExitStack) -> Iterator[Sheet]:
    """Yield the sheets of a workbook. Raises ImportProblem where it is broken.

    Formulas are text like any other. What a cell merged downwards says holds for all its rows.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not read here
        try:
            book = load_workbook(stream, read_only=True, keep_links=False)
        except Exception:  # openpyxl raises whatever its parts do
            raise ImportProblem(file, "XLSX 已损坏，打不开") from None
    stack.callback(book.close)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file says of its size is often wrong
        yield Sheet(sheet.title, _rows(file, sheet))


def _rows(file: str, sheet: Any) -> Rows:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dates that are none
            merged = _Merged(sheet)
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if number > MOST_ROWS:
                    raise ImportProblem(file, f"工作表“{sheet.title}”超过 {MOST_ROWS} 行")
                yield number, merged.filled(number, [_plain(cell) for cell in cells])
    except Exception as exc:  # as above: broken XML shows only when it is read
        if isinstance(exc, ImportProblem):
            raise
        raise ImportProblem(file, f"工作表“{sheet.title}”已损坏，读不下去") from None


def _plain(cell: Any) -> Any:
    """Return the text of a formula that openpyxl wraps in an object of its own."""
    return getattr(cell, "text", cell) if hasattr(cell, "ref") else cell


class _Merged:
    """The cells of a sheet that are merged over several rows.

    The file names them behind all rows, so that they are sought before.
    """

    def __init__(self, sheet: Any) -> None:
        self._starts: dict[int, list[tuple[int, int]]] = {}
        self._open: dict[int, tuple[int, Any]] = {}
        for count, (column, top, bottom) in enumerate(_merges(sheet)):
            if bottom > top and count < _MOST_MERGES:
                self._starts.setdefault(top, []).append((column, bottom))

    def filled(self, number: int, cells: Cells) -> Cells:
        """Return the row with the values that reach down into it."""
        if not self._starts and not self._open:
            return cells
        for column, (bottom, value) in list(self._open.items()):
            if number > bottom:
                del self._open[column]
                continue
            cells += [None] * (column + 1 - len(cells))
            if cells[column] is None:
                cells[column] = value
        for column, bottom in self._starts.pop(number, ()):
            if column < len(cells) and cells[column] is not None:
                self._open[column] = bottom, cells[column]
        return cells


def _merges(sheet: Any) -> Iterator[tuple[int, int, int]]:
    """Yield column (from 0), first and last row of each merged area of a sheet."""
    with sheet._get_source() as source:
        rest = b""
        while chunk := source.read(_CHUNK):
            text = rest + chunk
            end = 0
            for found in _MERGE.finditer(text):
                end = found.end()
                yield _column(found["column"]), int(found["top"]), int(found["bottom"])
            rest = text[max(end, len(text) - _LONGEST_MERGE) :]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
