"""The import itself: read, name, clean and save in batches, and account for every row."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from catalog.models import Subject
from crawlers.drafts import Refused
from crawlers.importing import headers
from crawlers.importing.problems import ImportProblem
from crawlers.importing.rejects import RejectFile
from crawlers.importing.rows import Defaults, Record, records, swallowed
from crawlers.importing.tables import Objects, Opened
from crawlers.models import CrawlRun, Outcome
from crawlers.platforms import code
from crawlers.saving import save_batch

BATCH = 500
PLATFORM = "import"
KIND = "review"


@dataclass(slots=True)
class Tally:
    """How far an import is."""

    share: float = 0.0
    rows: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. A row with a follow-up counts as two posts."""

    rows: int
    accepted: int
    duplicates: int
    rejected: int
    rejected_path: Path | None
    columns: str


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    cells: list[Any]
    records: list[Record]


Progress = Callable[[Tally], None]


def import_file(
    path: Path,
    *,
    now: datetime,
    platform: str = "",
    kind: str = "",
    subject: str = "",
    mapping: Path | None = None,
    rejected: Path | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Import a file of posts; a second time adds nothing.

    `platform`, `kind` and `subject` (a slug) hold where the file has no such column.
    Rejected rows go to `rejected`, by default next to the file. Raises ImportProblem when the
    file, or what is left of it, cannot be read; the batches before that are stored.
    """
    aliases = headers.with_mapping(mapping) if mapping else headers.shipped()
    if subject and not Subject.objects.filter(slug=subject).exists():
        raise ImportProblem(path, f"没有代号为“{subject}”的监测对象")
    defaults = Defaults(code(platform) or PLATFORM, kind or KIND, subject)
    with (
        Opened(path) as opened,
        RejectFile(rejected or path.with_name(f"{path.name}.rejected.csv")) as rejects,
    ):
        reading = _Reading(opened, aliases, defaults, rejects)
        tally = _store(reading.rows(), opened, rejects, now, progress)
    return Imported(
        tally.rows,
        tally.accepted,
        tally.duplicates,
        tally.rejected,
        rejects.path if rejects.rows else None,
        reading.columns,
    )


def _store(
    rows: Iterator[_Row],
    opened: Opened,
    rejects: RejectFile,
    now: datetime,
    progress: Progress | None,
) -> Tally:
    began = time.monotonic()
    first = list(islice(rows, 1))  # before a run is recorded: most wrong files show here
    run = CrawlRun.objects.create(name=opened.path.name[:200], started_at=now)
    tally = Tally()
    with _Ended(run, now, began):
        for batch in _batches(chain(first, rows)):
            _save(batch, now, run, rejects, tally)
            tally.share = opened.done()
            if progress is not None:
                progress(tally)
    return tally


class _Reading:
    """Reads a file's rows by field, once its columns are known."""

    def __init__(
        self, opened: Opened, aliases: headers.Aliases, defaults: Defaults, rejects: RejectFile
    ) -> None:
        self._opened = opened
        self._aliases = aliases
        self._defaults = defaults
        self._rejects = rejects
        self.columns = ""

    def rows(self) -> Iterator[_Row]:
        content = self._opened.content(self._fit)
        if isinstance(content, Objects):
            self._rejects.names = ["原文"]
            yield from map(self._object, content.rows)
            return
        refunds = False
        for sheet in content.sheets:
            head = list(islice(sheet, headers.SEARCHED_ROWS))
            cells = [row for _, row in head]
            header = headers.find(cells, self._aliases)
            if header is not None:
                yield from self._table(header, chain(head[header.row + 1 :], sheet))
                return
            refunds = refunds or headers.of_refunds(cells, self._aliases)
        raise ImportProblem(
            self._opened.path,
            "看起来是退款或售后的导出，没有评价内容可导入"
            if refunds
            else "找不到表头：前 30 行里没有“评价内容”“评分”一类的列名；"
            "可用 --mapping 指一个对照文件",
        )

    def _fit(self, rows: list[list[Any]]) -> int:
        header = headers.find(rows, self._aliases)
        return len(header.columns) if header else 0

    def _table(
        self, header: headers.Header, rows: Iterable[tuple[int, list[Any]]]
    ) -> Iterator[_Row]:
        self.columns = header.described
        self._rejects.names = header.names
        width = len(header.names)
        for number, cells in rows:
            if not any(cell not in (None, "") for cell in cells):
                continue
            trouble = _trouble(cells, width)
            if trouble:
                shown = {"row": [str(cell)[:500] for cell in cells[:50]]}
                yield _Row(number, cells, [Refused(shown, trouble)])
                continue
            values = {field: cells[at] for field, at in header.columns.items() if at < len(cells)}
            yield _Row(number, cells, records(values, self._defaults))

    def _object(self, line: tuple[int, dict[str, Any] | str]) -> _Row:
        number, found = line
        if isinstance(found, str):
            return _Row(number, [], [Refused({"line": number}, found)])
        ranked: dict[str, tuple[int, Any]] = {}
        for key, value in found.items():
            known = self._aliases.field(key)
            if known is None or isinstance(value, dict | list):
                continue
            field, rank = known
            if value is not None and (field not in ranked or rank < ranked[field][0]):
                ranked[field] = rank, value
        values = {field: value for field, (_, value) in ranked.items()}
        if isinstance(found.get("extra"), dict):
            values["extra"] = found["extra"]
        return _Row(number, [str(found)[:2000]], records(values, self._defaults))


class _Ended:
    """Writes down how the import ended, however it ends."""

    def __init__(self, run: CrawlRun, now: datetime, began: float) -> None:
        self._run = run
        self._now = now
        self._began = began

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        outcome = Outcome.OK
        if kind is not None:
            outcome = Outcome.FAILED if issubclass(kind, Exception) else Outcome.STOPPED
        CrawlRun.objects.filter(pk=self._run.pk).update(
            finished_at=self._now + timedelta(seconds=time.monotonic() - self._began),
            outcome=outcome,
            detail="" if error is None else str(error)[:500],
        )


def _trouble(cells: list[Any], width: int) -> str:
    """Return why a row cannot be trusted to be one row of the table, "" when it can."""
    if any(cell not in (None, "") for cell in cells[width:]):
        return f"有 {len(cells)} 列，表头只有 {width} 列：可能有没加引号的分隔符"
    if swallowed(cells, width):
        return "有引号没有闭合，后面的几行被并进了这一格"
    if any(isinstance(cell, str) and "\ufffd" in cell for cell in cells):
        return "有认不出的字符，编码可能混杂"
    return ""


def _batches(rows: Iterator[_Row]) -> Iterator[list[_Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _save(
    batch: list[_Row], now: datetime, run: CrawlRun, rejects: RejectFile, tally: Tally
) -> None:
    owners = [row for row in batch for _ in row.records]
    saved = save_batch([record for row in batch for record in row.records], now=now, run=run)
    for index, reason in saved.rejected:
        row = owners[index]
        rejects.add(row.number, reason, row.cells)
    tally.rows += len(batch)
    tally.accepted += saved.accepted
    tally.duplicates += saved.duplicates
    tally.rejected += len(saved.rejected)
