"""Any file that may hold posts, as rows. What a file is, its first bytes say, not its name."""

import csv
import io
import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from crawlers.importing import encodings
from crawlers.importing.problems import ImportProblem

UNPACKED_BYTES = 1 << 30
_OTHER_FORMATS = [
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"%PDF", "PDF 文档"),
    (b"Rar!", "RAR 压缩包，请先解压"),
    (b"7z\xbc\xaf", "7z 压缩包，请先解压"),
    (b"\x1f\x8b", "gzip 压缩包，请先解压"),
    (b"SQLite format 3", "SQLite 数据库"),
    (b"\xd0\xcf\x11\xe0", "旧版 Excel（.xls）或加了密码的文件，请在 Excel 里另存为 .xlsx 或 CSV"),
    (b"{\\rtf", "RTF 文档"),
    (b"\x7fELF", "程序文件"),
    (b"MZ\x90", "程序文件"),
]
_HEAD = 8192
_DELIMITERS = ",\t;|"

Cells = list[Any]


@dataclass(frozen=True, slots=True)
class Objects:
    """A file of JSON lines: each row is an object, or the reason why it is none."""

    rows: Iterator[tuple[int, dict[str, Any] | str]]


@dataclass(frozen=True, slots=True)
class Sheets:
    """A file of tables: each sheet's rows by number, as Excel shows it."""

    sheets: Iterator[Iterator[tuple[int, Cells]]]


class Opened:
    """An open file. `done` tells how far it is read, from 0 to 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()
        self._stream: IO[bytes] = io.BytesIO()
        self._size = 1
        self._share: Callable[[], float] | None = None

    def __enter__(self) -> "Opened":
        try:
            self._stream = self._stack.enter_context(self.path.open("rb"))
        except OSError as exc:
            raise ImportProblem(self.path, _why(exc)) from None
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def done(self) -> float:
        """Return the share of the file that is read."""
        if self._share is not None:
            return min(self._share(), 1.0)
        return min(self._stream.tell() / max(self._size, 1), 1.0)

    def content(self, count_header: Callable[[list[Cells]], int]) -> Objects | Sheets:
        """Return the file's rows. `count_header` tells how well the first rows fit a header."""
        head = self._head()
        if head.startswith(b"PK\x03\x04"):
            if self._is_workbook():
                return Sheets(self._workbook())
            self._unzip()
            head = self._head()
            if head.startswith(b"PK\x03\x04"):
                if self._is_workbook():
                    return Sheets(self._workbook())
                raise ImportProblem(self.path, "压缩包里又是压缩包")
        for mark, name in _OTHER_FORMATS:
            if head.startswith(mark):
                raise ImportProblem(self.path, f"这是{name}，不是 CSV、TSV、XLSX 或 JSON 行")
        return self._text(count_header)

    def _head(self) -> bytes:
        self._stream.seek(0, io.SEEK_END)
        self._size = self._stream.tell()
        self._stream.seek(0)
        head = self._stream.read(_HEAD)
        self._stream.seek(0)
        if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t"):
            raise ImportProblem(self.path, "文件是空的")
        return head

    def _archive(self) -> zipfile.ZipFile:
        try:
            archive = zipfile.ZipFile(self._stream)
        except zipfile.BadZipFile:
            raise ImportProblem(self.path, "压缩包或 XLSX 已损坏，打不开") from None
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_BYTES:
            raise ImportProblem(self.path, f"解压后超过 {UNPACKED_BYTES >> 20} MB，请拆小")
        return archive

    def _is_workbook(self) -> bool:
        names = self._archive().namelist()
        if any(name.startswith(("word/", "ppt/")) for name in names):
            raise ImportProblem(self.path, "这是 Word 或 PPT 文档，不是表格")
        return any(name.startswith("xl/") for name in names)

    def _unzip(self) -> None:
        archive = self._archive()
        entries = [
            entry
            for entry in archive.infolist()
            if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
        ]
        if len(entries) != 1:
            raise ImportProblem(
                self.path, f"压缩包里有 {len(entries)} 个文件，应只有一个；请先解压"
            )
        copy = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
        try:
            with archive.open(entries[0]) as packed:
                shutil.copyfileobj(packed, copy)
        except (RuntimeError, zipfile.BadZipFile, NotImplementedError, OSError):
            raise ImportProblem(self.path, "压缩包有密码或已损坏，解不开") from None
        self._stream = copy

    def _workbook(self) -> Iterator[Iterator[tuple[int, Cells]]]:
        from openpyxl import load_workbook

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that are not read here
            try:
                book = load_workbook(self._stream, read_only=True, keep_links=False)
            except Exception:  # openpyxl raises whatever its parts do
                raise ImportProblem(self.path, "XLSX 已损坏，打不开") from None
        self._stack.callback(book.close)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what the file says of its size is often wrong
            yield self._sheet(sheet)

    def _sheet(self, sheet: Any) -> Iterator[tuple[int, Cells]]:
        rows = sheet.iter_rows(values_only=True)
        try:
            for number, cells in enumerate(rows, start=1):
                yield number, list(cells)
        except Exception as exc:  # as above: broken XML shows only when it is read
            if isinstance(exc, ImportProblem | GeneratorExit):
                raise
            raise ImportProblem(self.path, f"工作表“{sheet.title}”已损坏，读不下去") from None

    def _text(self, count_header: Callable[[list[Cells]], int]) -> Objects | Sheets:
        encoding = encodings.detect(self._stream)
        if encoding is None:
            raise ImportProblem(
                self.path, "不是文本，或编码认不出（认得 UTF-8、GBK、GB18030、UTF-16）"
            )
        start = self._stream.read(_HEAD).decode(encoding, "replace").lstrip("\ufeff \r\n\t")
        self._stream.seek(0)
        lowered = start.lower()
        if lowered.startswith("<") and ("<table" in lowered or "<html" in lowered):
            return Sheets(iter([self._html(encoding)]))
        text = io.TextIOWrapper(self._stream, encoding, errors="replace", newline="")
        self._stack.callback(text.detach)
        if start.startswith("{"):
            return Objects(self._objects(text))
        if start.startswith("[") and self.path.suffix.lower() != ".csv":
            raise ImportProblem(
                self.path, "整个文件是一个 JSON 数组；请写成一行一个对象（JSON 行）"
            )
        delimiter = _delimiter(start, count_header)
        return Sheets(iter([self._delimited(text, delimiter)]))

    def _delimited(self, text: IO[str], delimiter: str) -> Iterator[tuple[int, Cells]]:
        reader = csv.reader(text, delimiter=delimiter)
        number = 0
        while True:
            number += 1
            try:
                yield number, list(next(reader))
            except StopIteration:
                return
            except csv.Error as exc:
                raise ImportProblem(
                    self.path, f"第 {number} 行（文件第 {reader.line_num} 行）读不下去：{exc}"
                ) from None

    @staticmethod
    def _objects(text: IO[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except (ValueError, RecursionError) as exc:
                yield number, f"这一行不是 JSON：{exc}"
                continue
            yield number, value if isinstance(value, dict) else "这一行不是 JSON 对象"

    def _html(self, encoding: str) -> Iterator[tuple[int, Cells]]:
        from lxml import etree

        encoding = encoding.removesuffix("-sig")
        rows = etree.iterparse(
            self._stream, events=("end",), tag="tr", html=True, encoding=encoding
        )
        for number, (_, row) in enumerate(rows, start=1):
            yield number, ["".join(cell.itertext()).strip() for cell in row.iter("td", "th")]
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]


def _delimiter(start: str, count_header: Callable[[list[Cells]], int]) -> str:
    """Return the delimiter under which the beginning looks most like a table with a header."""
    lines = start.splitlines()[:30]

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows: list[Cells] = [list(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        return count_header(rows), sum(line.count(delimiter) for line in lines)

    return max(_DELIMITERS, key=fit)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件"
    if isinstance(error, IsADirectoryError):
        return "这是文件夹，不是文件"
    if isinstance(error, PermissionError):
        return "没有读它的权限"
    return f"读不了：{error.strerror}"
