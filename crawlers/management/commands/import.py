# ruff: noqa: N999 (the file must be called as the command is)
"""`fenghuo import FILE …`: posts, after-sale cases and order counts from files."""

import math
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import close_old_connections
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from catalog.models import Subject
from config import clock
from crawlers.importing import (
    Folder,
    Imported,
    ImportProblem,
    Postponed,
    Tally,
    WronglyAsked,
    described,
    import_file,
    known_columns,
    watch,
)
from crawlers.models import Post

_LINE_EVERY = 5_000
_EVERY_S = 10.0


class Command(BaseCommand):
    """Imports files one after another; one that fails does not hold up the others."""

    help = (
        "从 CSV、TSV、XLSX、JSON 文件和压缩包导入评价、帖文、售后单和订单数；重复导入不会重复入库"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
        parser.add_argument(
            "--platform", default="", help="平台，如 jd 或 京东；表中有平台列时以列为准"
        )
        parser.add_argument(
            "--kind", default="", choices=Post.Kind.values, help="帖文类型（review）"
        )
        parser.add_argument("--subject", default="", help="监测对象的代号")
        parser.add_argument(
            "--mapping", type=Path, help="列名对照文件（YAML，格式同 exports.yaml）"
        )
        parser.add_argument("--rejected", type=Path, help="拒收清单写到哪里（FILE.rejected.csv）")
        parser.add_argument(
            "--watch",
            type=Path,
            metavar="DIR",
            help="盯着一个文件夹：写完的文件自动导入，再移到其中的 已导入 或 有问题",
        )
        parser.add_argument(
            "--every",
            type=_seconds,
            metavar="SECONDS",
            help=f"与 --watch 同用：隔多少秒看一次（{_EVERY_S:g}）",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        if bool(files) == bool(options["watch"]):
            raise CommandError("请给出要导入的文件，或用 --watch 指一个文件夹", returncode=2)
        if options["rejected"] and (len(files) > 1 or options["watch"]):
            raise CommandError("--rejected 只能配一个文件", returncode=2)
        if options["every"] and not options["watch"]:
            raise CommandError("--every 要和 --watch 同用", returncode=2)
        if options["watch"]:
            self._watch(options)
            return
        done = [self._one(path, options) for path in files]
        if not all(done):
            sys.exit(1)

    def _one(self, path: Path, options: dict[str, Any]) -> bool:
        """Import a file and say so; return whether all is well."""
        try:
            imported = self._import(path, options["rejected"], options)
        except ImportProblem as exc:
            self.stderr.write(f"导入失败：{exc}")
            return False
        except DatabaseError as exc:
            raise CommandError(_database(exc)) from None
        except KeyboardInterrupt:
            raise CommandError(f"{path.name}：已停止；再导入一次会补上其余的行") from None
        self.stdout.write(_result(path, imported))
        for trouble in imported.troubles:
            self.stderr.write(f"没有导入：{trouble}")
        return bool(imported.accepted + imported.duplicates) and not imported.troubles

    def _watch(self, options: dict[str, Any]) -> None:
        def take(path: Path, rejected: Path) -> Imported:
            close_old_connections()  # it may have been days since the last file
            try:
                return self._import(path, rejected, options)
            except DatabaseError as exc:
                raise Postponed(_database(exc)) from None
            except WronglyAsked as exc:
                raise Postponed(str(exc)) from None

        def say(text: str) -> None:
            self.stdout.write(f"{clock.now().astimezone(clock.SHANGHAI):%m-%d %H:%M} {text}")
            self.stdout.flush()

        every = options["every"] or _EVERY_S
        try:
            self._check(options)
            folder = Folder(options["watch"], take, say)
            self.stdout.write(f"盯着 {options['watch']}，每 {every:g} 秒看一次；按 Ctrl-C 结束")
            watch(folder, lambda: time.sleep(every))
        except ImportProblem as exc:
            raise CommandError(str(exc)) from None
        except KeyboardInterrupt:
            self.stdout.write("已停止；没导完的文件还在原处")

    def _check(self, options: dict[str, Any]) -> None:
        """Raise what is wrong with the options before the first file is blamed for it."""
        known_columns(options["mapping"])
        subject = options["subject"]
        try:
            if subject and not Subject.objects.filter(slug=subject).exists():
                raise CommandError(f"没有代号为“{subject}”的监测对象")
        except DatabaseError as exc:
            raise CommandError(_database(exc)) from None

    def _import(self, path: Path, rejected: Path | None, options: dict[str, Any]) -> Imported:
        settings = {name: options[name] for name in ("platform", "kind", "subject", "mapping")}
        settings["rejected"] = rejected
        if not self.stdout.isatty():
            return import_file(path, now=clock.now(), progress=self._lines(path), **settings)
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, transient=bool(options["watch"])) as bar:
            task = bar.add_task(path.name, total=1.0, counts="")

            def show(tally: Tally) -> None:
                bar.update(task, completed=tally.share, counts=_counts(tally))

            return import_file(path, now=clock.now(), progress=show, **settings)

    def _lines(self, path: Path) -> Any:
        said = 0

        def show(tally: Tally) -> None:
            nonlocal said
            if tally.rows - said >= _LINE_EVERY:
                said = tally.rows
                self.stdout.write(
                    f"{path.name}：{tally.share:.0%}，{tally.rows} 行，{_counts(tally)}"
                )

        return show


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ArgumentTypeError("要大于 0")
    return seconds


def _database(error: DatabaseError) -> str:
    first = str(error).strip().splitlines()[:1]
    return f"数据库用不了：{''.join(first)}（还没有建表的话，先运行 fenghuo migrate）"


def _counts(counted: Tally) -> str:
    return f"新增 {counted.accepted}，重复 {counted.duplicates}，拒收 {counted.rejected}"


def _result(path: Path, imported: Imported) -> str:
    where = f"（原因见 {imported.rejected_path}）" if imported.rejected_path else ""
    return f"{path.name}：{described(imported)}{where}"
