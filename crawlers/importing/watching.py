"""A watched folder: each file that has come to rest is imported once and put aside.

Whatever dies, and whenever: a file is moved only after all of it is stored, and the database takes
nothing twice. So a file that was being imported is still there, and is imported again.
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawlers.importing.problems import ImportProblem
from crawlers.importing.service import Imported

logger = logging.getLogger(__name__)
DONE, FAILED = "已导入", "有问题"
_UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".aria2", ".!ut")
_OWN = (".reason.txt", ".rejected.csv")
_LONGEST_NAME = 255

Take = Callable[[Path, Path], Imported]
"""Imports a file; its rejected rows go to the second path. Raises ImportProblem."""
Say = Callable[[str], None]


class Postponed(Exception):
    """A file could not be imported now for a reason that lies not in the file."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a file shows; alike in two looks, the file has come to rest."""

    size: int
    modified: int
    inode: int


class Folder:
    """A folder and what was seen in it. `take` imports a file, `say` tells the operator a line.

    Raises ImportProblem when the folder is none.
    """

    def __init__(self, path: Path, take: Take, say: Say) -> None:
        if not path.is_dir():
            raise ImportProblem(path, "没有这个文件夹")
        self.path = path
        self._take = take
        self._say = say
        self._seen: dict[str, _Look] = {}
        self._left: dict[str, _Look] = {}
        """Files that could not be put aside: not imported again until they change."""
        self._quiet = ""

    def look(self) -> int:
        """Look once; import what has come to rest since the look before. Return how many files."""
        try:
            now = dict(sorted(self._files()))
        except OSError as exc:
            self._say_once(f"{self.path.name}：读不了文件夹：{exc.strerror}")
            return 0
        resting = [name for name, look in now.items() if self._seen.get(name) == look]
        self._seen = now
        taken = 0
        for name in resting:
            if self._left.get(name) == now[name]:
                continue
            try:
                self._import(name, now[name])
            except Postponed as exc:
                self._say_once(f"{name}：{exc}；留在原处，稍后再试")
                return taken
            self._quiet = ""
            taken += 1
        return taken

    def _import(self, name: str, seen: _Look) -> None:
        path = self.path / name
        listed = self._folder(DONE) / f".{seen.inode}{_OWN[1]}"
        listed.unlink(missing_ok=True)
        try:
            imported = self._take(path, listed)
        except Postponed:
            raise
        except Exception as exc:  # whatever is wrong with one file, the rest goes on
            if not path.exists():  # somebody took it away, perhaps another watcher
                return
            if not isinstance(exc, ImportProblem):
                logger.exception("import of %s", path)
                exc = ImportProblem(path, f"程序没料到：{type(exc).__name__}: {exc}"[:300])
            self._put_aside(name, seen, listed, FAILED, str(exc), str(exc))
            return
        trouble = _trouble(imported)
        text = f"{name}：{described(imported)}"
        self._put_aside(name, seen, listed, FAILED if trouble else DONE, text, trouble)

    def _put_aside(
        self, name: str, seen: _Look, listed: Path, into: str, text: str, trouble: str
    ) -> None:
        """Move a file, at last: its list of rejected rows and the reason are there before it."""
        path = self.path / name
        try:
            if _look(path.lstat()) != seen:
                self._say(f"{text}；导入时还在变，稍后再导入一次")
                return
            target = _free(self._folder(into) / name)
            if listed.exists():
                listed.replace(_beside(target, _OWN[1]))
            if trouble:
                _beside(target, _OWN[0]).write_text(f"{trouble}\n", encoding="utf-8")
            path.rename(target)
        except FileNotFoundError:
            self._say(f"{text}；文件已被拿走")
        except OSError as exc:
            self._left[name] = seen
            self._say(f"{text}；移不走（{exc.strerror}），留在原处")
        else:
            self._say(f"{text}；移到 {into}/{target.name}")

    def _folder(self, name: str) -> Path:
        folder = self.path / name
        try:
            folder.mkdir(exist_ok=True)
        except OSError as exc:
            raise Postponed(f"建不了文件夹 {name}：{exc.strerror}") from None
        return folder

    def _files(self) -> Iterator[tuple[str, _Look]]:
        """Yield the files that may be imported; links, hidden and unfinished ones are passed by."""
        with os.scandir(self.path) as entries:
            found = list(entries)
        names = {entry.name for entry in found}
        for entry in found:
            try:
                if not _is_candidate(entry.name, names) or not entry.is_file(follow_symlinks=False):
                    continue
                look = _look(Path(entry.path).lstat())
            except OSError:  # gone in between
                continue
            if look.size:  # a browser makes an empty file first
                yield entry.name, look

    def _say_once(self, text: str) -> None:
        """Say what may hold on for hours one time only."""
        if text != self._quiet:
            self._quiet = text
            self._say(text)


def watch(folder: Folder, wait: Callable[[], None]) -> None:
    """Look again and again, with a wait in between, until a wait or an import is interrupted."""
    while True:
        folder.look()
        wait()


def described(imported: Imported) -> str:
    """Return what became of a file in a line."""
    what = f"{imported.tables}，" if imported.tables else ""
    return (
        f"{what}{imported.rows} 行，新增 {imported.accepted}，重复 {imported.duplicates}，"
        f"拒收 {imported.rejected}"
    )


def _trouble(imported: Imported) -> str:
    """Return why a file that was read wants a person's eye, "" when it does not."""
    if imported.troubles:
        return "\n".join(imported.troubles)
    if imported.accepted + imported.duplicates:
        return ""
    return "没有一行能导入" + ("，原因见拒收清单" if imported.rejected else "：表头下面是空的")


def _is_candidate(name: str, names: set[str]) -> bool:
    lowered = name.lower()
    return not (
        name.startswith((".", "~$"))
        or lowered.endswith(_UNFINISHED)
        or lowered.endswith(_OWN)
        or lowered in {"thumbs.db", "desktop.ini"}
        or any(f"{name}{suffix}" in names for suffix in _UNFINISHED)
    )


def _look(stat: os.stat_result) -> _Look:
    return _Look(stat.st_size, stat.st_mtime_ns, stat.st_ino)


def _free(wanted: Path) -> Path:
    """Return the path, or one like it with a number that no file has."""
    target, number = wanted, 1
    while os.path.lexists(target):
        number += 1
        target = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return target


def _beside(target: Path, suffix: str) -> Path:
    """Return a file's name with a suffix; a name too long for that loses its end."""
    name = target.name
    while len(os.fsencode(name + suffix)) > _LONGEST_NAME:
        name = name[:-1]
    return target.with_name(name + suffix)
