"""`fenghuo sources`: how each source is doing."""

import json
import sys
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db.models import Sum
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config import clock
from config.clock import SHANGHAI
from crawlers import health
from crawlers.health import State, Verdict
from crawlers.models import CrawlRun

Counts = tuple[int, int, int]
_DAY = timedelta(hours=24)
_TONES = {
    State.GREEN: "green",
    State.LATE: "yellow",
    State.BLOCKED: "red",
    State.BROKEN: "red",
    State.NEW: "dim",
    State.OFF: "dim",
}
_HEADS = ("状态", "信源", "平台", "上次采到", "下次", "新增/重复/拒收", "原因", "从何时起")


class Command(BaseCommand):
    """Prints a table on a terminal, a line a source elsewhere, JSON when asked."""

    help = "列出每个信源的状况：正常、迟到、受阻或故障，原因和从何时起"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="每个信源一个对象的 JSON 数组")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        try:
            verdicts = health.judge_all(now=now)
            counts = _counts(now)
        except DatabaseError as exc:
            first = str(exc).strip().splitlines()[:1]
            raise CommandError(
                f"数据库用不了：{''.join(first)}（还没有建表的话，先运行 fenghuo migrate）"
            ) from None
        rows = [(verdict, counts.get(verdict.source.pk, (0, 0, 0))) for verdict in verdicts]
        if options["json"]:
            told = [_told(*row, now=now) for row in rows]
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        elif not rows:
            self.stdout.write("还没有信源。在 sources.yaml 写好后运行 fenghuo load")
        elif self.stdout.isatty():
            Console(file=sys.stdout).print(_table(rows, now))
        else:
            for row in rows:
                self.stdout.write("\t".join(_cells(*row, now=now)))


def _counts(now: datetime) -> dict[int, Counts]:
    """Return new, duplicate and refused of the last day by source."""
    rows = (
        CrawlRun.objects.filter(started_at__gt=now - _DAY, source__isnull=False)
        .order_by()
        .values_list("source_id")
        .annotate(Sum("accepted"), Sum("duplicates"), Sum("rejected"))
    )
    return {pk: (new, old, bad) for pk, new, old, bad in rows}


def _table(rows: list[tuple[Verdict, Counts]], now: datetime) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for head in _HEADS:
        table.add_column(head, overflow="fold", no_wrap=head == "状态")
    for verdict, counts in rows:
        # Reasons quote what sites answer: that is no markup.
        state, *rest = (escape(cell) for cell in _cells(verdict, counts, now=now))
        table.add_row(f"[{_TONES[verdict.state]}]{state}[/]", *rest)
    return table


def _cells(verdict: Verdict, counts: Counts, *, now: datetime) -> list[str]:
    source = verdict.source
    cells = [
        verdict.state.label,
        f"{source.name}（{source.slug}）",
        verdict.platform,
        _moment(source.last_ok_at),
        _next(verdict, now),
        "/".join(map(str, counts)),
        verdict.reason,
        _moment(verdict.since),
    ]
    return ["".join(filter(str.isprintable, " ".join(cell.split()))) for cell in cells]


def _next(verdict: Verdict, now: datetime) -> str:
    source = verdict.source
    if not source.enabled:
        return "—"
    if source.lease_until and source.lease_until > now:
        return "正在采集"
    due = source.next_run_at
    return _moment(due) if due and due > now else "马上"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}" if at else "—"


def _told(verdict: Verdict, counts: Counts, *, now: datetime) -> dict[str, Any]:
    source = verdict.source
    return {
        "source": source.slug,
        "name": source.name,
        "platform": source.platform,
        "spider": source.spider,
        "subject": source.subject.slug if source.subject else None,
        "state": verdict.state,
        "cause": verdict.cause,
        "block_reason": source.block_reason,
        "reason": verdict.reason,
        "since": _iso(verdict.since),
        "last_ok_at": _iso(source.last_ok_at),
        "next_run_at": _iso(source.next_run_at) if source.enabled else None,
        "running": bool(source.lease_until and source.lease_until > now),
        "last_day": dict(zip(("new", "duplicates", "refused"), counts, strict=True)),
        "gap": source.gap,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
