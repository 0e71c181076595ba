"""The header row of a table: where it stands, what the table is, and which column fills what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawlers.importing.collected import is_collected
from crawlers.importing.mapping import ColumnNames, Profile, Table

SEARCHED_ROWS = 30
# What a header must have at least to be of such a table: one field of each group.
_NEEDS: Mapping[Table, tuple[frozenset[str], ...]] = {
    Table.REFUNDS: (
        frozenset({"native_id"}),
        frozenset({"state", "type", "amount", "applied_at"}),
    ),
    Table.POSTS: (frozenset({"text", "rating"}),),
    Table.ORDERS: (frozenset({"product_id"}), frozenset({"day"}), frozenset({"lines"})),
}
_CLAIMS = {Table.REFUNDS: 2, Table.POSTS: 1, Table.ORDERS: 0}
"""Between tables that fit a row equally well: a refund's number is no accident, a date may be."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header row: which columns fill which fields."""

    row: int
    table: Table
    columns: Mapping[str, int]
    names: Sequence[str]
    profile: Profile | None = None
    collected: bool = False
    """The columns are a public crawler's own keys: each row is one of its objects."""

    @property
    def described(self) -> str:
        """The columns that are read, for people."""
        return "、".join(f"{self.names[at]}→{field}" for field, at in self.columns.items())

    def is_repeated_by(self, cells: Sequence[Any]) -> bool:
        """Tell whether a row is this header once more, as in files put together of several."""
        return len(cells) >= len(self.names) and all(
            _shown(cell) == name for cell, name in zip(cells, self.names, strict=False)
        )


def find(rows: Sequence[Sequence[Any]], known: ColumnNames) -> Header | None:
    """Return the header among a table's first rows: the one with most known names."""
    best: tuple[int, int] | None = None
    found: Header | None = None
    for number, cells in enumerate(rows[:SEARCHED_ROWS]):
        header = _header(number, cells, known)
        if header is None:
            continue
        fit = len(header.columns), _CLAIMS[header.table]
        if best is None or fit > best:
            best, found = fit, header
    return found


def _header(number: int, cells: Sequence[Any], known: ColumnNames) -> Header | None:
    names = [_shown(cell) for cell in cells]
    if is_collected(names):
        columns = {name: at for at, name in enumerate(names) if name}
        return Header(number, Table.POSTS, columns, names, collected=True)
    fitting = []
    for table, needs in _NEEDS.items():
        profile = known.recognise(table, cells)
        columns = _columns(cells, known, table, profile)
        if all(group & set(columns) for group in needs):
            fitting.append(Header(number, table, columns, names, profile))
    return max(
        fitting, key=lambda header: (len(header.columns), _CLAIMS[header.table]), default=None
    )


def _columns(
    cells: Sequence[Any], known: ColumnNames, table: Table, profile: Profile | None
) -> dict[str, int]:
    names = known.names(table, profile)
    found: dict[str, tuple[int, int]] = {}
    for at, cell in enumerate(cells):
        named = names.field(cell)
        if named is not None:
            field, rank = named
            found[field] = min(found.get(field, (rank, at)), (rank, at))
    return {field: at for field, (_, at) in found.items()}


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell).strip("\ufeff\u200b \t\r\n\u00a0\u3000")
