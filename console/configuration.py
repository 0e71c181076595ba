"""The configuration as a whole: which YAML files there are, what is in them, and what is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from alerts.manual_store import OTHERWISE, ManualStore, ManualYaml
from catalog.stores import SubjectStore, TeamEntry, TeamStore
from catalog.yaml_store import Located, Mistake, Mistakes, Store, write_list
from crawlers.source_store import SourceStore
from nlp.categories import Category
from nlp.levels import Level
from nlp.rules import RuleSet
from opinion.rule_store import RuleStore

DEFAULTS = Path(settings.BASE_DIR) / "config" / "defaults"

STORES: tuple[Store[Any], ...] = (
    TeamStore(),
    SubjectStore(),
    SourceStore(),
    RuleStore(),
    ManualStore(),
)
"""In the order of loading: each may point to those before it."""


@dataclass
class File:
    """One file: its entries, or what is wrong with it."""

    store: Store[Any]
    path: Path
    entries: list[Located[Any]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def find(path: Path) -> list[tuple[Store[Any], Path]]:
    """Return the known files at `path` (one of them, or a folder) in the order of loading.

    Raises Mistakes where there is none.
    """
    if not path.exists():
        raise Mistakes([Mistake(str(path), 1, "没有这个文件或文件夹")])
    found = [
        (store, file)
        for store in STORES
        for file in _files(path, store.kind)
        if file.is_file() and not file.name.startswith(".")
    ]
    if not found:
        names = "、".join(f"{store.kind}.yaml" for store in STORES)
        raise Mistakes([Mistake(str(path), 1, f"没有可读的配置；应有 {names} 或 rules/ 文件夹")])
    return found


def _files(path: Path, kind: str) -> list[Path]:
    if path.is_file():
        mine = path.stem == kind or path.resolve().parent.name == kind
        return [path] if mine else []
    if path.resolve().name == kind:
        return sorted(path.glob("*.yaml"))
    return [path / f"{kind}.yaml", *sorted((path / kind).glob("*.yaml"))]


def read(path: Path) -> list[File]:
    """Read what is at `path`, noting the mistakes of each file. Raises Mistakes as `find` does."""
    files = [_read(store, file) for store, file in find(path)]
    first: dict[tuple[str, str], Located[Any]] = {}
    for file in files:
        for located in file.entries:
            name = (file.store.kind, file.store.key(located.entry))
            before = first.setdefault(name, located)
            if before is not located:
                message = f"{file.store.label} {name[1]} 已在 {before.file}:{before.line} 写过"
                file.mistakes.append(Mistake(located.file, located.line, message))
    return files


def _read(store: Store[Any], path: Path) -> File:
    try:
        return File(store, path, store.read(path))
    except Mistakes as exc:
        return File(store, path, mistakes=exc.errors)


def names_in(files: Iterable[File]) -> dict[str, set[str]]:
    """Return the keys of all entries by kind."""
    names: dict[str, set[str]] = {store.kind: set() for store in STORES}
    for file in files:
        names[file.store.kind] |= {file.store.key(located.entry) for located in file.entries}
    return names


def names_in_database() -> dict[str, set[str]]:
    """Return the keys of all rows by kind."""
    return {store.kind: set(store.rows()) for store in STORES}


def unresolved(file: File, known: Mapping[str, set[str]]) -> list[Mistake]:
    """Return the entries of a file that point to what is neither known nor in the file."""
    own = names_in([file])
    labels = {store.kind: store.label for store in STORES}
    return [
        Mistake(
            located.file,
            located.line,
            f"{reference.field}：没有{labels[reference.kind]} {reference.name}",
        )
        for located in file.entries
        for reference in file.store.references(located.entry)
        if reference.name not in known[reference.kind] | own[reference.kind]
    ]


def untrue_examples(files: Iterable[File]) -> list[Mistake]:
    """Return the rules whose own sentences say otherwise."""
    specs = [
        located.entry
        for file in files
        if isinstance(file.store, RuleStore)
        for located in file.entries
    ]
    return [Mistake(error.file, error.line, error.message) for error in RuleSet(specs).check()]


def manual_gaps(file: File) -> list[Mistake]:
    """Return the levels for which some category has no entry in a whole manual."""
    entries: list[ManualYaml] = [located.entry for located in file.entries]
    gaps = []
    for level in Level:
        written = {str(entry.category) for entry in entries if entry.level is level}
        lacking = {category.value for category in Category} - written
        if OTHERWISE not in written and lacking:
            labels = "、".join(Category(name).label for name in sorted(lacking))
            message = f'级别 {level}（{level.label}）没有 {labels} 的条目，也没有兜底的 "*"'
            gaps.append(Mistake(str(file.path), 1, message))
    return gaps


def unknown_robots(file: File) -> list[Mistake]:
    """Return the teams whose robot the environment does not name."""
    teams: list[Located[TeamEntry]] = file.entries
    return [
        Mistake(
            team.file,
            team.line,
            f"robot：没有机器人 {team.entry.robot}；在 FENGHUO_WECOM_ROBOTS 里写上"
            f" {team.entry.robot}=key，或把这一行去掉",
        )
        for team in teams
        if team.entry.robot and team.entry.robot not in settings.WECOM_ROBOTS
    ]


def export(folder: Path) -> dict[Path, int]:
    """Write all rows as YAML, rules by category; return the entries of each file written."""
    written: dict[Path, int] = {}
    for store in STORES:
        entries = store.export()
        by_file: dict[Path, list[dict[str, Any]]] = {}
        for entry in entries:
            is_rule = isinstance(store, RuleStore)
            name = f"rules/{entry['category']}.yaml" if is_rule else f"{store.kind}.yaml"
            by_file.setdefault(folder / name, []).append(entry)
        for path, group in by_file.items():
            write_list(path, group)
            written[path] = len(group)
    return written
