"""fenghuo export: the configuration in the database, as YAML files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from console import configuration
from console.management.failures import database_failures, fail


class Command(BaseCommand):
    """Writes what `load` reads."""

    help = "Write rules, manual, subjects, sources and teams as YAML, ready to be loaded again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            default=Path(settings.DATA_DIR) / "export",
            help="where to write (default: 'export' in the data directory)",
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            with database_failures(self):
                written = configuration.export(folder)
        except OSError as exc:
            raise fail(self, [f"写不了 {exc.filename or folder}：{exc.strerror}"]) from None
        for path, count in written.items():
            self.stdout.write(f"{path}：{count} 条")
        if not written:
            self.stdout.write("数据库里还没有配置，未写任何文件")
