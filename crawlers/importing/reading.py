"""A file's rows as records: which table each of its sheets is, and what each row becomes."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

from crawlers.drafts import Refused
from crawlers.importing import collected, headers, sales
from crawlers.importing.files import Opened, Part
from crawlers.importing.headers import Header
from crawlers.importing.mapping import ColumnNames, Profile, Table
from crawlers.importing.problems import ImportProblem
from crawlers.importing.rows import Defaults, records, swallowed
from crawlers.importing.tables import Cells, Objects, Sheet, Sheets
from crawlers.observing import Observation
from crawlers.platforms import code, label

PLATFORM = "import"
KIND = "review"
_JSON_COLUMNS = ("原文",)
_SHOWN_CHARACTERS = 2000
_MOST_KEYS = 1000
"""Files whose objects all differ are not worth remembering."""

Record = Mapping[str, Any] | Refused | Observation
_Build = Callable[[Mapping[str, Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator says of a file: it holds where the file does not say otherwise."""

    platform: str = ""
    kind: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, what it says, and what it became."""

    place: str
    names: Sequence[str]
    cells: Cells
    records: list[Record]


class Reading:
    """Reads a file's rows. What could not be read of an archive is told by `troubles`."""

    def __init__(self, opened: Opened, known: ColumnNames, asked: Asked, *, now: datetime) -> None:
        self._opened = opened
        self._known = known
        self._asked = asked
        self._now = now
        self._keys: dict[tuple[str, ...], tuple[Header, _Build]] = {}
        self._orders = sales.OrderRows()
        self.troubles: list[str] = []
        self.tables: list[str] = []
        """What was recognised, for people: `千牛评价（淘宝）`."""

    def rows(self) -> Generator[Row, None, None]:
        """Yield all rows. Raises ImportProblem when there is nothing to read, or no reading on."""
        problem: ImportProblem | None = None
        read = 0
        for part in self._opened.parts():
            try:
                if isinstance(part, ImportProblem):
                    raise part
                yield from self._part(part)
                read += 1
            except ImportProblem as exc:
                problem = exc
                self.troubles.append(str(exc))
        if problem is not None and not read:
            raise problem

    def _part(self, part: Part) -> Iterator[Row]:
        with ExitStack() as stack:
            content = part.content(stack, self._fit)
            prefix = f"{part.title} " if part.title else ""
            if isinstance(content, Objects):
                for number, found in content.rows:
                    yield from self._object(f"{prefix}{number}", found)
            else:
                yield from self._sheets(part, content, prefix)

    def _sheets(self, part: Part, content: Sheets, prefix: str) -> Iterator[Row]:
        read = 0
        for sheet in content.sheets:
            head = list(islice(sheet.rows, headers.SEARCHED_ROWS))
            header = headers.find([cells for _, cells in head], self._known)
            if header is None:
                continue
            read += 1
            place = prefix if read == 1 else f"{prefix}{sheet.title}!"
            below = Sheet(sheet.title, chain(head[header.row + 1 :], sheet.rows))
            yield from self._table(header, below, place)
        if not read:
            raise ImportProblem(
                part.label,
                f"找不到表头：前 {headers.SEARCHED_ROWS} 行里没有“评价内容”“评分”“退款编号”"
                "一类的列名；可用 --mapping 指一个对照文件",
            )

    def _fit(self, beginning: list[Cells]) -> int:
        header = headers.find(beginning, self._known)
        return len(header.columns) if header else 0

    def _table(self, header: Header, sheet: Sheet, place: str) -> Iterator[Row]:
        build = self._builder(header)
        self._recognised(header)
        width = len(header.names)
        for number, cells in sheet.rows:
            if not any(cell not in (None, "") for cell in cells) or header.is_repeated_by(cells):
                continue
            trouble = _trouble(cells, width)
            found: list[Record]
            if trouble:
                shown = {"row": [str(cell)[:500] for cell in cells[:50]]}
                found = [Refused(shown, trouble)]
            else:
                found = build(
                    {field: cells[at] for field, at in header.columns.items() if at < len(cells)}
                )
            yield Row(f"{place}{number}", header.names, cells, found)

    def _object(self, place: str, found: dict[str, Any] | str) -> Iterator[Row]:
        if isinstance(found, str):
            yield Row(place, _JSON_COLUMNS, [], [Refused({"line": place}, found)])
            return
        shown = [str(found)[:_SHOWN_CHARACTERS]]
        taken = collected.records(found, platform=self._asked.platform, subject=self._asked.subject)
        if not taken:
            yield Row(place, _JSON_COLUMNS, shown, self._named(found))
        for record in taken:  # a whole answer holds many: they are saved bit by bit
            yield Row(place, _JSON_COLUMNS, shown, [record])

    def _named(self, found: dict[str, Any]) -> list[Record]:
        """Return what an object with the names of columns, or of the API, becomes."""
        keys = tuple(found)
        known = self._keys.get(keys)
        if known is None:
            header = headers.find([keys], self._known) or Header(0, Table.POSTS, {}, keys)
            known = header, self._builder(header)
            if len(self._keys) < _MOST_KEYS:
                self._keys[keys] = known
        header, build = known
        return build(self._values(found, header))

    def _values(self, found: Mapping[str, Any], header: Header) -> dict[str, Any]:
        names = self._known.names(header.table, header.profile)
        ranked: dict[str, tuple[int, Any]] = {}
        for key, value in found.items():
            named = names.field(key)
            if named is None or value is None or isinstance(value, dict | list):
                continue
            field, rank = named
            if field not in ranked or rank < ranked[field][0]:
                ranked[field] = rank, value
        values = {field: value for field, (_, value) in ranked.items()}
        extra = found.get("extra")
        return values | {"extra": extra} if isinstance(extra, dict) else values

    def _builder(self, header: Header) -> _Build:
        defaults = self._defaults(header.profile)
        if header.collected:
            return self._collected
        if header.table is Table.REFUNDS:
            return lambda values: [sales.case(values, defaults, now=self._now)]
        if header.table is Table.ORDERS:
            return lambda values: [self._orders.count(values, defaults, now=self._now)]
        return lambda values: list(records(values, defaults))

    def _collected(self, values: Mapping[str, Any]) -> list[Any]:
        found = collected.records(
            dict(values), platform=self._asked.platform, subject=self._asked.subject
        )
        shown = {name: str(value)[:500] for name, value in values.items()}
        return list(found) or [Refused(shown, "认不出是哪个平台的记录；可用 --platform 指明")]

    def _defaults(self, profile: Profile | None) -> Defaults:
        own = code(profile.platform) if profile else ""
        platform = self._asked.platform or own or PLATFORM
        kind = self._asked.kind or (profile.kind if profile else None) or KIND
        link = profile.link if profile and platform == own else None
        return Defaults(platform, kind, self._asked.subject, link or "")

    def _recognised(self, header: Header) -> None:
        if header.profile is not None:
            platform = self._asked.platform or code(header.profile.platform)
            text = (
                f"{header.profile.name}（{label(platform)}）" if platform else header.profile.name
            )
        else:
            text = "" if header.table is Table.POSTS else header.table.label
        if text and text not in self.tables:
            self.tables.append(text)


def _trouble(cells: Cells, width: int) -> str:
    """Return why a row cannot be trusted to be one row of the table, "" when it can."""
    if any(cell not in (None, "") for cell in cells[width:]):
        return f"有 {len(cells)} 列，表头只有 {width} 列：可能有没加引号的分隔符"
    if swallowed(cells, width):
        return "有引号没有闭合，后面的几行被并进了这一格"
    if any(isinstance(cell, str) and "\ufffd" in cell for cell in cells):
        return "有认不出的字符，编码可能混杂"
    return ""
