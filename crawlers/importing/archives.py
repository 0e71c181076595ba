"""Zip files: the exports within, bounded in number and size. Nothing is unpacked under its name."""

import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import PurePosixPath
from typing import IO

from crawlers.importing.problems import ImportProblem

UNPACKED_BYTES = 1 << 30
MOST_FILES = 200
_SHARED_STRINGS_BYTES = 1 << 28  # they alone are held in memory
_CHUNK = 1 << 20
# What shops put beside their tables.
_PASSED_OVER = frozenset(
    (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".mp4", ".mov", ".pdf", ".doc", ".docx")
)


def opened(file: str, stream: IO[bytes]) -> zipfile.ZipFile:
    """Return the archive. Raises ImportProblem when it is broken or too large."""
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise ImportProblem(file, "压缩包或 XLSX 已损坏，打不开") from None
    if sum(entry.file_size for entry in archive.infolist()) > UNPACKED_BYTES:
        raise ImportProblem(file, f"解压后超过 {UNPACKED_BYTES >> 20} MB，请拆小")
    return archive


def is_workbook(file: str, stream: IO[bytes]) -> bool:
    """Tell whether an archive is a workbook. Raises ImportProblem when it is another document."""
    entries = opened(file, stream).infolist()
    if any(entry.filename.startswith(("word/", "ppt/")) for entry in entries):
        raise ImportProblem(file, "这是 Word 或 PPT 文档，不是表格")
    for entry in entries:
        if entry.filename == "xl/sharedStrings.xml" and entry.file_size > _SHARED_STRINGS_BYTES:
            raise ImportProblem(file, "工作簿里的文字太多，请拆成几个文件或另存为 CSV")
    return any(entry.filename.startswith("xl/") for entry in entries)


def files(
    file: str, stream: IO[bytes], stack: ExitStack
) -> Iterator[tuple[str, IO[bytes] | ImportProblem]]:
    """Yield name and content of each file in an archive, or why it cannot be read.

    Pictures and hidden files are passed over. Raises ImportProblem when there is nothing to read,
    or too much.
    """
    archive = opened(file, stream)
    wanted = [entry for entry in archive.infolist() if _is_wanted(entry)]
    if not wanted:
        raise ImportProblem(file, "压缩包里没有可以导入的文件")
    if len(wanted) > MOST_FILES:
        raise ImportProblem(file, f"压缩包里有 {len(wanted)} 个文件，最多 {MOST_FILES} 个；请拆小")
    left = UNPACKED_BYTES
    for entry in wanted:
        name = _shown(entry)
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 (the stack closes it)
        try:
            left -= _unpack(archive, entry, copy, left)
        except (RuntimeError, zipfile.BadZipFile, NotImplementedError, OSError, EOFError):
            yield name, ImportProblem(f"{file} 里的 {name}", "有密码或已损坏，解不开")
            continue
        except ValueError:
            raise ImportProblem(file, f"解压后超过 {UNPACKED_BYTES >> 20} MB，请拆小") from None
        yield name, copy
        copy.close()


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: IO[bytes], left: int) -> int:
    """Unpack one file; return its size. Raises ValueError when there is not so much room left.

    What an archive says of its sizes is not believed.
    """
    size = 0
    with archive.open(entry) as packed:
        while chunk := packed.read(_CHUNK):
            size += len(chunk)
            if size > left:
                raise ValueError(size)
            copy.write(chunk)
    copy.seek(0)
    return size


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return not (
        entry.is_dir()
        or is_link
        or path.parts[:1] == ("__MACOSX",)
        or path.name.startswith((".", "~$"))
        or path.name == "Thumbs.db"
        or path.suffix.lower() in _PASSED_OVER
    )


def _shown(entry: zipfile.ZipInfo) -> str:
    """Return a name for people; of archives that Windows packed, decoded as Windows meant it."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:100] or "？"
