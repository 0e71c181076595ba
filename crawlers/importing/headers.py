"""Which column is what: the header row, found by the names that exports are known to use."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from crawlers.importing.problems import ImportProblem

SEARCHED_ROWS = 30
_NOISE = re.compile(r"[\s*＊:：_\-\"'`()（）\[\]【】<>《》{}]+")
_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_ENOUGH = frozenset({"text", "rating"})
"""A header without any of these is of no file of posts."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """The table of names: for each, its field and its rank within the field."""

    by_name: Mapping[str, tuple[str, int]]
    refunds: frozenset[str]

    def field(self, name: Any) -> tuple[str, int] | None:
        """Return field and rank of a header, None when it is not known."""
        if not isinstance(name, str) or len(name) > 40:
            return None
        text = unicodedata.normalize("NFKC", name)
        return self.by_name.get(_bare(text)) or self.by_name.get(_bare(_IN_BRACKETS.sub("", text)))


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: which columns fill which fields."""

    row: int
    columns: Mapping[str, int]
    names: Sequence[str]

    @property
    def described(self) -> str:
        """The columns that are read, for people."""
        return "、".join(f"{self.names[at]}→{field}" for field, at in self.columns.items())


@cache
def shipped() -> Aliases:
    """Return the table that comes with Fenghuo."""
    text = resources.files("crawlers.importing").joinpath("aliases.toml").read_text("utf-8")
    return _table(tomllib.loads(text), {})


def with_mapping(path: Path) -> Aliases:
    """Return the shipped table with the names of a mapping file in front.

    Raises ImportProblem that names the mistake.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise ImportProblem(path, f"读不了：{exc.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ImportProblem(path, f"不是正确的 TOML：{exc}") from None
    text = resources.files("crawlers.importing").joinpath("aliases.toml").read_text("utf-8")
    base = tomllib.loads(text)
    fields = given.get("fields", given)
    for name, headers in fields.items():
        if name not in base["fields"]:
            known = "、".join(base["fields"])
            raise ImportProblem(path, f"没有字段“{name}”；可用：{known}")
        if not isinstance(headers, list) or not all(isinstance(one, str) for one in headers):
            raise ImportProblem(path, f"字段“{name}”应是一列表头，如 {name} = ['表头']")
    return _table(base, fields)


def find(rows: Sequence[Sequence[Any]], aliases: Aliases) -> Header | None:
    """Return the header among a table's first rows: the one with most known names."""
    best: Header | None = None
    for number, cells in enumerate(rows[:SEARCHED_ROWS]):
        columns = _columns(cells, aliases)
        if _ENOUGH & set(columns) and (best is None or len(columns) > len(best.columns)):
            best = Header(number, columns, ["" if cell is None else str(cell) for cell in cells])
    return best


def of_refunds(rows: Sequence[Sequence[Any]], aliases: Aliases) -> bool:
    """Tell whether a table is an export of refunds."""
    return any(
        len({_bare(cell) for cell in cells if isinstance(cell, str)} & aliases.refunds) >= 2
        for cells in rows[:SEARCHED_ROWS]
    )


def _columns(cells: Sequence[Any], aliases: Aliases) -> dict[str, int]:
    found: dict[str, tuple[int, int]] = {}
    for at, cell in enumerate(cells):
        known = aliases.field(cell)
        if known is not None:
            field, rank = known
            found[field] = min(found.get(field, (rank, at)), (rank, at))
    return {field: at for field, (_, at) in found.items()}


def _table(base: Mapping[str, Any], given: Mapping[str, list[str]]) -> Aliases:
    by_name: dict[str, tuple[str, int]] = {}
    for field, names in given.items():
        for rank, name in enumerate(names):
            by_name.setdefault(_bare(name), (field, rank - len(names)))
    for field, names in base["fields"].items():
        for rank, name in enumerate(names):
            by_name.setdefault(_bare(name), (field, rank))
    return Aliases(by_name, frozenset(map(_bare, base["refunds"]["headers"])))


def _bare(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()
