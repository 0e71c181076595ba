"""The file of rejected rows: each with its number and the reason, ready to be mended."""

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from crawlers.importing.cells import escaped
from crawlers.importing.problems import ImportProblem


class RejectFile:
    """A CSV that comes into being with the first rejected row. Its cells are never formulas."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self._names: Sequence[str] | None = None
        self._file: IO[str] | None = None

    def __enter__(self) -> "RejectFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, place: str, reason: str, row: Sequence[Any], names: Sequence[str]) -> None:
        """Write one row; the headers of its columns stand above it.

        Raises ImportProblem when the file cannot be written.
        """
        try:
            if self._file is None:
                # With a mark, so that Excel reads it as UTF-8.
                self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            if names != self._names:
                self._names = names
                self._line(["行号", "原因", *map(escaped, names)])
            self._line([place, reason, *map(escaped, row)])
        except OSError as exc:
            raise ImportProblem(
                self.path, f"写不了拒收清单：{exc.strerror}；可用 --rejected 换一个位置"
            ) from None
        self.rows += 1

    def _line(self, row: Sequence[str]) -> None:
        if self._file is not None:
            clean = [cell.encode("utf-8", "replace").decode() for cell in row]
            csv.writer(self._file).writerow(clean)
