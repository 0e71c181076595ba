"""fenghuo load: make the database follow YAML files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from catalog.yaml_store import Loaded, Mistake, Mistakes
from console import configuration
from console.management.failures import database_failures, fail


class Command(BaseCommand):
    """Loads what is right, lists what is wrong, and says what it did."""

    help = (
        "Load rules, manual, subjects, sources and teams from YAML. A file with a mistake changes "
        "nothing; what a person has edited since is kept."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=configuration.DEFAULTS,
            help="a folder, or one of its files (default: the defaults that Fenghuo brings)",
        )
        parser.add_argument(
            "--force", action="store_true", help="also overwrite what people have edited"
        )

    def handle(self, *args: Any, path: Path, force: bool, **options: Any) -> None:
        with database_failures(self):
            try:
                mistakes = self._load(path, force)
            except Mistakes as exc:
                mistakes = exc.errors
        if mistakes:
            raise fail(self, [*mistakes, f"{len(mistakes)} 处有误，所在文件未载入"])

    def _load(self, path: Path, force: bool) -> list[Mistake]:
        files = configuration.read(path)
        known = configuration.names_in_database()
        mistakes: list[Mistake] = []
        done: dict[str, Loaded] = {}
        for file in files:
            wrong = [*file.mistakes, *configuration.unresolved(file, known)]
            if wrong:
                mistakes += sorted(wrong)
                continue
            entries = [located.entry for located in file.entries]
            loaded = file.store.load(entries, force=force)
            known[file.store.kind] = set(file.store.rows())
            _join(done.setdefault(file.store.label, Loaded()), loaded)
        for label, loaded in done.items():
            self.stdout.write(_summary(label, loaded))
        return mistakes


def _join(total: Loaded, part: Loaded) -> None:
    total.added += part.added
    total.changed += part.changed
    total.same += part.same
    total.kept += part.kept


def _summary(label: str, loaded: Loaded) -> str:
    counts = f"新增 {len(loaded.added)}，更新 {len(loaded.changed)}，不变 {len(loaded.same)}"
    if not loaded.kept:
        return f"{label}：{counts}"
    names = "、".join(loaded.kept[:5]) + (" 等" if len(loaded.kept) > 5 else "")
    return f"{label}：{counts}，保留人工改动 {len(loaded.kept)}（{names}；--force 覆盖）"
