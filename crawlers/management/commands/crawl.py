"""`fenghuo crawl SOURCE`: run one source now."""

import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from rich.console import Console

from config import clock
from crawlers.models import CrawlRun, Outcome, Source
from crawlers.runs import AlreadyRunning, run_source


class Command(BaseCommand):
    """Runs a source whether or not it is due, and says in a line how it went."""

    help = "立即采集一个信源"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SOURCE", help="信源的代号")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verbosity"] < 2:  # what the spider logged; the result says it in a line
            logging.getLogger("crawlers.runs").setLevel(logging.WARNING)
        try:
            run = self._run(options["source"])
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

    def _run(self, slug: str) -> CrawlRun:
        source = Source.objects.filter(slug=slug).first()
        if source is None:
            known = "、".join(Source.objects.values_list("slug", flat=True)) or "一个也没有"
            raise CommandError(f"没有代号为“{slug}”的信源；已有：{known}")
        source.lease_token = ""  # whoever has it, it is not this command
        if not self.stdout.isatty():
            return run_source(source, now=clock.now())
        with Console().status(f"采集 {source.name}") as status:

            def show(run: CrawlRun) -> None:
                status.update(f"采集 {source.name}：{_counts(run)}")

            return run_source(source, now=clock.now(), progress=show)


def _counts(run: CrawlRun) -> str:
    return f"新增 {run.accepted}，重复 {run.duplicates}，拒收 {run.rejected}"


def _result(run: CrawlRun) -> str:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0
    line = f"{run.name}：{Outcome(run.outcome).label}，{_counts(run)}，用时 {seconds:.1f} 秒"
    reason = run.get_block_reason_display() if run.block_reason else ""
    why = "，".join(filter(None, [reason, run.detail]))
    return f"{line}（{why}）" if why else line
