# ruff: noqa: N999 (the file must be called as the command is)
"""`fenghuo import FILE …`: posts from files."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from config import clock
from crawlers.importing import Imported, ImportProblem, Tally, import_file
from crawlers.models import Post

_LINE_EVERY = 5_000


class Command(BaseCommand):
    """Imports files one after another; one that fails does not hold up the others."""

    help = "从 CSV、TSV、XLSX 或 JSON 行文件导入帖文；重复导入不会重复入库"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--platform", default="", help="平台，如 jd 或 京东；表中有平台列时以列为准"
        )
        parser.add_argument(
            "--kind", default="", choices=Post.Kind.values, help="帖文类型（review）"
        )
        parser.add_argument("--subject", default="", help="监测对象的代号")
        parser.add_argument("--mapping", type=Path, help="列名对照文件（TOML）")
        parser.add_argument("--rejected", type=Path, help="拒收清单写到哪里（FILE.rejected.csv）")

    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        if options["rejected"] and len(files) > 1:
            raise CommandError("--rejected 只能配一个文件", returncode=2)
        failed = 0
        for path in files:
            try:
                imported = self._import(path, options)
            except ImportProblem as exc:
                failed += 1
                self.stderr.write(f"导入失败：{exc}")
                continue
            except DatabaseError as exc:
                first = str(exc).strip().splitlines()[:1]
                raise CommandError(
                    f"数据库用不了：{''.join(first)}（还没有建表的话，先运行 fenghuo migrate）"
                ) from None
            except KeyboardInterrupt:
                raise CommandError(f"{path.name}：已停止；再导入一次会补上其余的行") from None
            self.stdout.write(_result(path, imported))
            if not imported.accepted + imported.duplicates:
                failed += 1
        if failed:
            sys.exit(1)

    def _import(self, path: Path, options: dict[str, Any]) -> Imported:
        settings = {name: options[name] for name in ("platform", "kind", "subject", "mapping")}
        settings["rejected"] = options["rejected"]
        if not self.stdout.isatty():
            return import_file(path, now=clock.now(), progress=self._lines(path), **settings)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns) as bar:
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


def _counts(counted: Tally | Imported) -> str:
    return f"新增 {counted.accepted}，重复 {counted.duplicates}，拒收 {counted.rejected}"


def _result(path: Path, imported: Imported) -> str:
    where = f"（原因见 {imported.rejected_path}）" if imported.rejected_path else ""
    return f"{path.name}：{imported.rows} 行，{_counts(imported)}{where}"
