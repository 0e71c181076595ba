"""Any file that may hold posts, opened. What a file is, its first bytes say, not its name."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from crawlers.importing import archives, encodings, json_files, webpages, workbooks
from crawlers.importing.problems import ImportProblem
from crawlers.importing.tables import Fit, Objects, Sheet, Sheets, delimited, delimiter_of

_OTHER_FORMATS = [
    (b"\x89PNG", "PNG 图片"),
    (b"\xff\xd8\xff", "JPEG 图片"),
    (b"GIF8", "GIF 图片"),
    (b"%PDF", "PDF 文档"),
    (b"Rar!", "RAR 压缩包，请先解压"),
    (b"7z\xbc\xaf", "7z 压缩包，请先解压"),
    (b"\x1f\x8b", "gzip 压缩包，请先解压"),
    (b"SQLite format 3", "SQLite 数据库"),
    (b"{\\rtf", "RTF 文档"),
    (b"\x7fELF", "程序文件"),
    (b"MZ\x90", "程序文件"),
]
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD = 8192


class Part:
    """One file, by itself or out of an archive; `label` names it for people."""

    def __init__(self, label: str, stream: IO[bytes], title: str = "") -> None:
        self.label = label
        self.title = title
        """Its name within the archive, "" for a file by itself."""
        self._stream = stream
        self._size = 1

    def done(self) -> float:
        """Return the share that is read, from 0 to 1."""
        return 1.0 if self._stream.closed else min(self._stream.tell() / max(self._size, 1), 1.0)

    def head(self) -> bytes:
        """Return the first bytes. Raises ImportProblem when there are none."""
        self._stream.seek(0, io.SEEK_END)
        self._size = self._stream.tell()
        self._stream.seek(0)
        head = self._stream.read(_HEAD)
        self._stream.seek(0)
        if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t"):
            raise ImportProblem(self.label, "文件是空的")
        return head

    def content(self, stack: ExitStack, fit: Fit) -> Objects | Sheets:
        """Return what is in it. Raises ImportProblem when that is nothing to import."""
        head = self.head()
        if head.startswith(_ZIP):
            if archives.is_workbook(self.label, self._stream):
                return Sheets(workbooks.sheets(self.label, self._stream, stack))
            raise ImportProblem(self.label, "压缩包里又是压缩包，请先解压")
        if head.startswith(_OLD_EXCEL):
            raise ImportProblem(
                self.label,
                "这是旧版 Excel（.xls）或加了密码的文件，请在 Excel 里另存为 .xlsx 或 CSV",
            )
        for mark, name in _OTHER_FORMATS:
            if head.startswith(mark):
                raise ImportProblem(self.label, f"这是{name}，不是 CSV、TSV、XLSX 或 JSON")
        return self._text(stack, fit)

    def _text(self, stack: ExitStack, fit: Fit) -> Objects | Sheets:
        encoding = encodings.detect(self._stream)
        if encoding is None:
            raise ImportProblem(
                self.label, "不是文本，或编码认不出（认得 UTF-8、GBK、GB18030、UTF-16）"
            )
        start = self._stream.read(_HEAD).decode(encoding, "replace").lstrip("\ufeff \r\n\t")
        self._stream.seek(0)
        if webpages.is_office_xml(start):
            rows = webpages.office_rows(self.label, self._stream, encoding)
            return Sheets(iter([Sheet("", rows)]))
        if webpages.is_page(start):
            rows = webpages.page_rows(self.label, self._stream, encoding)
            return Sheets(iter([Sheet("", rows)]))
        text = io.TextIOWrapper(self._stream, encoding, errors="replace", newline="")
        stack.callback(text.detach)
        if json_files.is_json(start):
            return json_files.objects(self.label, text, start)
        delimiter = delimiter_of(start, fit)
        return Sheets(iter([Sheet("", delimited(self.label, text, delimiter))]))


class Opened:
    """An open file, or the files of an open archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stack = ExitStack()
        self._stream: IO[bytes] = io.BytesIO()
        self._share: Callable[[], float] = lambda: 0.0

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
        return self._share()

    def parts(self) -> Iterator[Part | ImportProblem]:
        """Yield the file, or one by one the files of an archive; a problem for one that is broken.

        Raises ImportProblem when there is nothing to read at all.
        """
        whole = Part(self.path.name, self._stream)
        self._share = whole.done
        is_archive = whole.head().startswith(_ZIP)
        if not is_archive or archives.is_workbook(whole.label, self._stream):
            yield whole
            return
        for name, content in archives.files(whole.label, self._stream, self._stack):
            if isinstance(content, ImportProblem):
                yield content
            else:
                yield Part(f"{whole.label} 里的 {name}", content, title=name)


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件"
    if isinstance(error, IsADirectoryError):
        return "这是文件夹，不是文件"
    if isinstance(error, PermissionError):
        return "没有读它的权限"
    return f"读不了：{error.strerror}"
