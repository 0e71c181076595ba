"""The import itself: read, name, clean and save in batches, and account for every row."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from catalog.models import Subject
from catalog.yaml_store import Mistakes
from crawlers.importing import mapping as column_names
from crawlers.importing.files import Opened
from crawlers.importing.problems import ImportProblem, WronglyAsked
from crawlers.importing.reading import Asked, Reading, Row
from crawlers.importing.rejects import RejectFile
from crawlers.models import CrawlRun, Outcome
from crawlers.platforms import code
from crawlers.saving import save_batch

BATCH = 500


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
    tables: str
    """Which exports were recognised, for people; "" for a plain table of posts."""
    troubles: tuple[str, ...] = ()
    """The files of an archive that could not be read, each with its trouble."""


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
    """Import a file of posts, after-sale cases or order counts; a second time adds nothing.

    `platform`, `kind` and `subject` (a slug) hold where the file has no such column; `mapping` is
    a file like exports.yaml. Rejected rows go to `rejected`, by default next to the file. Raises
    ImportProblem when the file, or what is left of it, cannot be read; what was read before that
    is stored.
    """
    known = known_columns(mapping)
    if subject and not Subject.objects.filter(slug=subject).exists():
        raise WronglyAsked(path, f"没有代号为“{subject}”的监测对象")
    with (
        Opened(path) as opened,
        RejectFile(rejected or path.with_name(f"{path.name}.rejected.csv")) as rejects,
    ):
        reading = Reading(opened, known, Asked(code(platform), kind, subject), now=now)
        tally = _store(reading, opened, rejects, now, progress)
    return Imported(
        tally.rows,
        tally.accepted,
        tally.duplicates,
        tally.rejected,
        rejects.path if rejects.rows else None,
        "、".join(reading.tables),
        tuple(reading.troubles),
    )


def known_columns(mapping: Path | None) -> column_names.ColumnNames:
    """Return the names of columns that hold. Raises WronglyAsked, with file and line."""
    try:
        return column_names.load(mapping)
    except Mistakes as exc:
        raise WronglyAsked("列名对照文件", "\n".join(["有误", *map(str, exc.errors)])) from None


def _store(
    reading: Reading,
    opened: Opened,
    rejects: RejectFile,
    now: datetime,
    progress: Progress | None,
) -> Tally:
    began = time.monotonic()
    tally = Tally()
    with closing(reading.rows()) as rows:  # while the file is still open
        first = list(islice(rows, 1))  # before a run is recorded: most wrong files show here
        run = CrawlRun.objects.create(name=opened.path.name[:200], started_at=now)
        with _Ended(run, reading, now, began):
            for batch in _batches(chain(first, rows)):
                _save(batch, now, run, rejects, tally)
                tally.share = opened.done()
                if progress is not None:
                    progress(tally)
    return tally


class _Ended:
    """Writes down how the import ended, however it ends."""

    def __init__(self, run: CrawlRun, reading: Reading, now: datetime, began: float) -> None:
        self._run = run
        self._reading = reading
        self._now = now
        self._began = began

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        outcome = Outcome.FAILED if self._reading.troubles else Outcome.OK
        if kind is not None:
            outcome = Outcome.FAILED if issubclass(kind, Exception) else Outcome.STOPPED
        detail = "；".join(self._reading.troubles) if error is None else str(error)
        CrawlRun.objects.filter(pk=self._run.pk).update(
            finished_at=self._now + timedelta(seconds=time.monotonic() - self._began),
            outcome=outcome,
            detail=detail[:500],
        )


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Yield the rows in batches; also those read before the file broke off."""
    batch: list[Row] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except ImportProblem:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _save(
    batch: list[Row], now: datetime, run: CrawlRun, rejects: RejectFile, tally: Tally
) -> None:
    owners = [row for row in batch for _ in row.records]
    saved = save_batch([record for row in batch for record in row.records], now=now, run=run)
    for index, reason in saved.rejected:
        row = owners[index]
        rejects.add(row.place, reason, row.cells, row.names)
    tally.rows += len(batch)
    tally.accepted += saved.accepted
    tally.duplicates += saved.duplicates
    tally.rejected += len(saved.rejected)
