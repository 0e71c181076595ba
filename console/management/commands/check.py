"""fenghuo check: is the configuration right, and can what it needs be reached?"""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from alerts.manual_store import ManualStore
from catalog.stores import TeamStore
from catalog.yaml_store import Mistake, Mistakes
from console import configuration, surroundings
from console.configuration import File
from console.management.failures import fail
from crawlers.importing import mapping as column_names


class Command(BaseCommand):
    """Names every failure on one line: what, where, and what to do."""

    help = "Validate the configuration, with file and line, and what it runs on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=configuration.DEFAULTS,
            help="a folder, or one of its files (default: the defaults that Fenghuo brings)",
        )

    def handle(self, *args: Any, path: Path, **options: Any) -> None:
        around = list(surroundings.findings())
        database_is_fine = all(f.ok for f in around if f.needs_database)
        try:
            files = configuration.read(path)
            mistakes = sorted(
                [*_mistakes(files, path, database_is_fine), *column_names.mistakes(path)]
            )
        except Mistakes as exc:
            files, mistakes = [], exc.errors
        for line in _counts(files):
            self.stdout.write(line)
        for finding in around:
            if finding.ok:
                self.stdout.write(finding.text)
        failures = [*mistakes, *(finding.text for finding in around if not finding.ok)]
        if failures:
            raise fail(self, [*failures, f"{len(failures)} 处需要处理"])
        self.stdout.write("一切就绪")


def _mistakes(files: list[File], path: Path, database_is_fine: bool) -> Iterator[Mistake]:
    known = configuration.names_in(files)
    if path.resolve() != configuration.DEFAULTS.resolve():
        defaults = configuration.names_in(configuration.read(configuration.DEFAULTS))
        known = {kind: known[kind] | defaults[kind] for kind in known}
    if database_is_fine:
        rows = configuration.names_in_database()
        known = {kind: known[kind] | rows[kind] for kind in known}
    for file in files:
        yield from file.mistakes
        yield from configuration.unresolved(file, known)
        if isinstance(file.store, ManualStore) and not file.mistakes:
            yield from configuration.manual_gaps(file)
        if isinstance(file.store, TeamStore):
            yield from configuration.unknown_robots(file)
    yield from configuration.untrue_examples(files)


def _counts(files: list[File]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for file in files:
        counts[file.store.label] = counts.get(file.store.label, 0) + len(file.entries)
    for label, count in counts.items():
        yield f"{label}：读到 {count} 条"
