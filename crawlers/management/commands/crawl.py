"""`fenghuo crawl SOURCE`: run one source now."""

import logging
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config import clock
from crawlers.models import CrawlRun, Outcome, Source
from crawlers.runs import AlreadyRunning, Wish, run_source, try_source
from crawlers.times import parse_time

_SHOWN = 20
_WIDE = 160
_NARROW = 12
"""Cells, of which a Chinese character takes two: what is no wider stands on one line."""
_LONGEST = 100


class Command(BaseCommand):
    """Runs a source whether or not it is due, and says in a line how it went; or only tries it."""

    help = "立即采集一个信源"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE", help="信源的代号")
        parser.add_argument("--limit", type=_positive, metavar="N", help="最多采 N 条")
        parser.add_argument("--since", type=_moment, metavar="TIME", help="只要此后的：2026-11-01")
        parser.add_argument("--dry-run", action="store_true", help="试采：列出采到的，什么也不保存")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verbosity"] < 2:  # what the spider logged; the result says it in a line
            logging.getLogger("crawlers.runs").setLevel(logging.WARNING)
        wish = Wish(options["limit"], options["since"])
        try:
            source = self._source(options["source"])
            if options["dry_run"]:
                self._try(source, wish)
                return
            run = self._run(source, wish)
        except DatabaseError as exc:
            first = str(exc).strip().splitlines()[:1]
            raise CommandError(
                f"数据库用不了：{''.join(first)}（还没有建表的话，先运行 fenghuo migrate）"
            ) from None
        except KeyboardInterrupt:
            raise CommandError("已停止；采到的帖文都已保存") from None
        except AlreadyRunning as exc:
            raise CommandError(f"{exc} 正在采集，等它结束再试") from None
        self.stdout.write(_result(run))
        if run.outcome != Outcome.OK:
            sys.exit(1)

    def _source(self, slug: str) -> Source:
        source = Source.objects.filter(slug=slug).first()
        if source is None:
            known = "、".join(Source.objects.values_list("slug", flat=True)) or "一个也没有"
            raise CommandError(f"没有代号为“{slug}”的信源；已有：{known}")
        source.lease_token = ""  # whoever has it, it is not this command
        return source

    def _run(self, source: Source, wish: Wish) -> CrawlRun:
        if not self.stdout.isatty():
            return run_source(source, now=clock.now(), wish=wish)
        with Console().status(f"采集 {source.name}") as status:

            def show(run: CrawlRun) -> None:
                status.update(f"采集 {source.name}：{_counts(run)}")

            return run_source(source, now=clock.now(), progress=show, wish=wish)

    def _try(self, source: Source, wish: Wish) -> None:
        limit = wish.limit or _SHOWN
        if self.stdout.isatty():
            with Console().status(f"试采 {source.name}，不保存"):
                tried = try_source(source, wish=Wish(limit, wish.since))
        else:
            tried = try_source(source, wish=Wish(limit, wish.since))
        for table in _tables(tried.found):
            self._print(table)
        self.stdout.write(f"试采 {source.name}：{len(tried.found)} 条，没有保存")
        if tried.trouble:
            raise CommandError(tried.trouble)

    def _print(self, table: Table) -> None:
        if self.stdout.isatty():
            Console().print(table)
            return
        console = Console(width=_WIDE, file=StringIO())
        with console.capture() as drawn:
            console.print(table)
        self.stdout.write("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("要大于 0")
    return number


def _moment(text: str) -> datetime:
    try:
        return parse_time(text, now=clock.now())
    except ValueError as exc:
        raise ArgumentTypeError(str(exc)) from None


def _tables(found: list[dict[str, str]]) -> list[Table]:
    """Return a table for each kind of thing that was found, without columns that stay empty."""
    kinds: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in found:
        kinds.setdefault(tuple(row), []).append(row)
    return [_table(rows) for rows in kinds.values()]


def _table(rows: list[dict[str, str]]) -> Table:
    heads = [head for head in rows[0] if any(row[head].strip() for row in rows)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        widest = max(cell_len(row[head]) for row in rows)
        if widest <= _NARROW:
            table.add_column(head, no_wrap=True)
        else:  # Chinese has no spaces to break lines at: without folding, the rest would be cut off
            table.add_column(head, overflow="fold", min_width=8)
    for row in rows:
        # What is scraped is no markup.
        table.add_row(*(escape(_short(row[head])) for head in heads))
    return table


def _short(cell: str) -> str:
    line = " ".join(cell.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _counts(run: CrawlRun) -> str:
    return f"新增 {run.accepted}，重复 {run.duplicates}，拒收 {run.rejected}"


def _result(run: CrawlRun) -> str:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
    line = f"{run.name}：{Outcome(run.outcome).label}，{_counts(run)}，用时 {seconds:.1f} 秒"
    reason = run.get_block_reason_display() if run.block_reason else ""
    why = "，".join(filter(None, [reason, run.detail]))
    return f"{line}（{why}）" if why else line
