"""Configuration as YAML: strict reading, and rows that follow their file.

Every mistake is a `Mistake` with file and line; `Mistakes` is the exception that carries them all.
A `Store` ties one kind of entry (teams, subjects, …) to its table. A row that a person has edited
since it was last loaded is kept unless the load is forced, and one they deleted stays deleted.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction
from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from catalog.models import LoadedEntry


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong in a file; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Mistakes(Exception):
    """A file that cannot be used, with everything that is wrong with it."""

    def __init__(self, errors: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = list(errors)


class Entry(BaseModel):
    """One entry of a file: unknown fields are refused, for they are nearly always misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)


E = TypeVar("E", bound=BaseModel)


@dataclass(frozen=True)
class Located(Generic[E]):
    """An entry and where it stands."""

    entry: E
    file: str
    line: int


@dataclass(frozen=True)
class Reference:
    """An entry's pointer to another: the field, the kind of what it names, and the name."""

    field: str
    kind: str
    name: str


@dataclass
class Loaded:
    """What a load did: keys of rows added, changed, left alike, and kept as a person left them."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class Store(ABC, Generic[E]):
    """One kind of entry: how it is read, which row it becomes, and back."""

    kind: ClassVar[str]
    label: ClassVar[str]
    entry: type[E]

    @abstractmethod
    def key(self, entry: E) -> str:
        """Return what tells one entry from another."""

    @abstractmethod
    def rows(self) -> dict[str, Any]:
        """Return the rows in the database by key."""

    @abstractmethod
    def dump(self, row: Any) -> E:
        """Return a row as the entry it would be loaded from."""

    @abstractmethod
    def save(self, entry: E, row: Any | None) -> None:
        """Write the entry over `row`, or as a new row."""

    def references(self, entry: E) -> list[Reference]:
        """Return what the entry points to."""
        return []

    def ordered(self, entries: Iterable[E]) -> list[E]:
        """Return the entries in an order in which each may point to those before it."""
        return list(entries)

    def read(self, path: Path) -> list[Located[E]]:
        """Read a file. Raises Mistakes."""
        return read_list(path, self.entry)

    def dump_plain(self, entry: E) -> dict[str, Any]:
        """Return the entry as it stands in an exported file, without what is default."""
        return entry.model_dump(mode="json", exclude_defaults=True)

    def export(self) -> list[dict[str, Any]]:
        """Return all rows as plain data, ready to be written and loaded again."""
        return [
            self.dump_plain(entry) for entry in self.ordered(map(self.dump, self.rows().values()))
        ]

    @transaction.atomic
    def load(self, entries: Iterable[E], *, force: bool = False) -> Loaded:
        """Make the rows follow the entries, all or nothing; `force` overwrites people's edits."""
        rows = self.rows()
        known = dict(LoadedEntry.objects.filter(kind=self.kind).values_list("key", "digest"))
        loaded = Loaded()
        for entry in self.ordered(entries):
            key = self.key(entry)
            row = rows.get(key)
            was, wanted = known.get(key), _digest(entry)
            now = None if row is None else _digest(self.dump(row))
            if now == wanted:
                loaded.same.append(key)
            elif now != was and not force:  # also: loaded once (was), and gone now (None)
                loaded.kept.append(key)
                continue
            else:
                self.save(entry, row)
                (loaded.added if row is None else loaded.changed).append(key)
            if was != wanted:
                LoadedEntry.objects.update_or_create(
                    kind=self.kind, key=key, defaults={"digest": wanted}
                )
        return loaded


def _digest(entry: BaseModel) -> str:
    # Without warnings: what a person made of a row need not fit its entry.
    plain = entry.model_dump(mode="json", warnings=False)
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_list(path: Path, entry: type[E]) -> list[Located[E]]:
    """Read a YAML list of entries; an empty file is an empty list.

    Raises Mistakes with every entry that is wrong, not only the first.
    """
    document = _parse(path)
    if document is None:
        return []
    if not isinstance(document, CommentedSeq):
        raise Mistakes([Mistake(str(path), 1, "应为列表，每一条以“- ”开头")])
    found: list[Located[E]] = []
    mistakes: list[Mistake] = []
    for number, item in enumerate(document):
        line = line_of(document, (number,))
        if not isinstance(item, CommentedMap):
            mistakes.append(Mistake(str(path), line, "应为“字段: 值”的一组"))
            continue
        try:
            found.append(Located(entry.model_validate(_plain(item)), str(path), line))
        except ValidationError as exc:
            mistakes += [
                Mistake(str(path), line_of(item, error["loc"]), explain(error, entry))
                for error in exc.errors()
            ]
    if mistakes:
        raise Mistakes(sorted(mistakes))
    return found


def write_list(path: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write entries as YAML; the file is replaced in one step, or left as it was."""
    yaml = YAML()
    yaml.allow_unicode = True
    yaml.width = 100
    yaml.indent(mapping=2, sequence=4, offset=2)
    half = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with half.open("w", encoding="utf-8") as file:
        yaml.dump(list(entries), file)
    half.replace(path)


def _parse(path: Path) -> Any:
    try:
        return YAML(typ="rt", pure=True).load(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise Mistakes([Mistake(str(path), 1, f"读不了：{exc.strerror}")]) from None
    except UnicodeDecodeError as exc:
        line = exc.object.count(b"\n", 0, exc.start) + 1
        raise Mistakes([Mistake(str(path), line, "不是 UTF-8 编码")]) from None
    except MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        line = mark.line + 1 if mark else 1
        raise Mistakes([Mistake(str(path), line, f"YAML 写法有误：{exc.problem}")]) from None
    except YAMLError as exc:
        raise Mistakes([Mistake(str(path), 1, f"YAML 写法有误：{exc}")]) from None


def line_of(node: Any, where: Sequence[int | str]) -> int:
    """Return the line, from 1, of the place that the path `where` leads to below `node`."""
    line = node.lc.line
    for part in where:
        try:
            line = (node.lc.key(part) if isinstance(node, CommentedMap) else node.lc.item(part))[0]
            node = node[part]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return int(line) + 1


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(value)
    return value


_MESSAGES = {
    "missing": "缺少字段",
    "string_type": "应为文字（数字请加引号）",
    "list_type": "应为列表",
    "dict_type": "应为“字段: 值”的一组",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
}


def explain(error: Any, entry: type[BaseModel]) -> str:
    """Return one of pydantic's errors in words that name the field."""
    where = ".".join(map(str, error["loc"]))
    kind, context = error["type"], error.get("ctx", {})
    if kind in {"enum", "literal_error"}:  # of a choice, pydantic names the branch as well
        where = str(error["loc"][0])
    if kind in _MESSAGES:
        return f"{where}：{_MESSAGES[kind]}"
    if kind == "extra_forbidden":
        return f"{where}：没有这个字段；可用 {'、'.join(entry.model_fields)}"
    if kind in {"enum", "literal_error"}:
        return (
            f"{where}：“{error['input']}”不可用；应为 {context['expected'].replace(' or ', ', ')}"
        )
    if kind == "value_error":
        return f"{where}：{context['error']}" if where else str(context["error"])
    return f"{where}：{error['msg']}"
