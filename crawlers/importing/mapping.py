"""What the columns of an export are called: `exports.yaml`, and the operator's own on top of it.

Every mistake in such a file is told with file and line.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self

from django.conf import settings
from pydantic import AfterValidator, Field, model_validator

from catalog.yaml_store import Entry, Mistake, Mistakes, read_list
from crawlers.models import Post

FILE_NAME = "exports.yaml"
_NOISE = re.compile(r"[\s*＊:：_\-\"'`()（）\[\]【】<>《》{}]+")
_IN_BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
_LONGEST_HEADER = 40


class Table(StrEnum):
    """What the rows of a table are."""

    POSTS = "posts"
    REFUNDS = "refunds"
    ORDERS = "orders"

    @property
    def label(self) -> str:
        """The table as people call it."""
        return _LABELS[self]


_LABELS = {Table.POSTS: "帖文", Table.REFUNDS: "退款和售后", Table.ORDERS: "每日订单数"}
FIELDS: Mapping[Table, tuple[str, ...]] = MappingProxyType(
    {
        Table.POSTS: (
            *("native_id", "text", "title", "follow_up", "follow_up_at", "published_at", "rating"),
            *("service", "delivery", "sku", "product_id", "product", "order", "order_line"),
            *("author", "author_id", "reply", "likes", "comments", "reposts", "pictures"),
            *("platform", "kind", "url", "subject", "region", "amount", "ignore"),
        ),
        Table.REFUNDS: (
            *("native_id", "state", "type", "goods", "reason", "applied_at", "updated_at"),
            *("amount", "quantity", "order", "ordered_at", "product_id", "product", "sku"),
            *("platform", "ignore"),
        ),
        Table.ORDERS: ("product_id", "day", "lines", "platform", "ignore"),
    }
)
_ALL_FIELDS = frozenset(field for fields in FIELDS.values() for field in fields)
_IN_LINKS = frozenset({"native_id", "product_id"})


def bare(name: str) -> str:
    """Return a header without what exports dress it in: two that are alike are the same."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _known_field(name: str) -> str:
    if name not in _ALL_FIELDS:
        raise ValueError(f"没有这个字段；可用 {'、'.join(sorted(_ALL_FIELDS))}")
    return name


def _link(link: str) -> str:
    try:
        used = {name for _, name, _, _ in string.Formatter().parse(link) if name is not None}
    except ValueError:
        raise ValueError("花括号没有成对") from None
    if not used <= _IN_LINKS or not link.startswith(("http://", "https://")):
        raise ValueError("应是 http(s) 地址，其中只能用 {native_id} 和 {product_id}")
    return link


_Header = Annotated[str, Field(min_length=1, max_length=_LONGEST_HEADER)]
_Kind = Annotated[str, Field(pattern=f"^({'|'.join(Post.Kind.values)})$")]


class Profile(Entry):
    """One entry of exports.yaml: the names of columns, for all files or for those of one shop."""

    name: str = Field(min_length=1, max_length=40)
    table: Table
    platform: str = Field("", max_length=30)
    kind: _Kind | None = None
    headers: list[_Header] = []
    least: int = Field(3, ge=1)
    link: Annotated[str, AfterValidator(_link)] | None = None
    fields: dict[Annotated[str, AfterValidator(_known_field)], list[_Header]] = {}

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        allowed = FIELDS[self.table]
        for field in self.fields:
            if field not in allowed:
                raise ValueError(
                    f"fields：{self.table}（{self.table.label}）没有字段 {field}；"
                    f"可用 {'、'.join(allowed)}"
                )
        owners: dict[str, str] = {}
        for field, names in self.fields.items():
            for name in names:
                if owners.setdefault(bare(name), field) != field:
                    raise ValueError(
                        f"fields：表头“{name}”同时写给了 {owners[bare(name)]} 和 {field}"
                    )
        if self.headers and self.least > len(self.headers):
            raise ValueError(f"least：只有 {len(self.headers)} 个 headers，凑不够 {self.least} 个")
        return self


@dataclass(frozen=True)
class Names:
    """The headers of one table: for each, its field and its rank within the field."""

    by_name: Mapping[str, tuple[str, int]]

    def field(self, header: Any) -> tuple[str, int] | None:
        """Return field and rank of a header, None when it is not known or not wanted."""
        if not isinstance(header, str) or len(header) > _LONGEST_HEADER:
            return None
        text = unicodedata.normalize("NFKC", header)
        found = self.by_name.get(bare(text)) or self.by_name.get(bare(_IN_BRACKETS.sub("", text)))
        return None if found is None or found[0] == "ignore" else found


class ColumnNames:
    """All profiles, the operator's before those that come with Fenghuo."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._own = [profile for profile in profiles if profile.headers]
        self._general = [profile for profile in profiles if not profile.headers]
        self._names: dict[tuple[Table, str], Names] = {}

    def recognise(self, table: Table, headers: Iterable[Any]) -> Profile | None:
        """Return the profile that a header row is of; None when there is none, or no telling."""
        there = {bare(header) for header in headers if isinstance(header, str)}
        hits = [
            (len({bare(name) for name in profile.headers} & there), profile)
            for profile in self._own
            if profile.table is table
        ]
        enough = [(count, profile) for count, profile in hits if count >= profile.least]
        most = max((count for count, _ in enough), default=0)
        best = [profile for count, profile in enough if count == most]
        agreed = len({profile.platform for profile in best}) == 1
        return best[0] if agreed else None

    def names(self, table: Table, profile: Profile | None) -> Names:
        """Return the names that hold in a table that `profile` was recognised for."""
        key = table, profile.name if profile else ""
        if key not in self._names:
            first = [profile] if profile else []
            general = [other for other in self._general if other.table is table]
            self._names[key] = _joined([*first, *general])
        return self._names[key]


def shipped_file() -> Path:
    """Return the mapping that comes with Fenghuo."""
    return Path(settings.BASE_DIR) / "config" / "defaults" / FILE_NAME


def own_file() -> Path:
    """Return where the operator may keep a mapping of their own."""
    return Path(settings.DATA_DIR) / FILE_NAME


def load(given: Path | None = None) -> ColumnNames:
    """Return the shipped names, with the operator's file and the `given` one in front.

    Raises Mistakes, which tells every mistake with file and line.
    """
    files = [given] if given is not None else []
    if own_file().is_file():
        files.append(own_file())
    layers = [_shipped(), *(read(file) for file in reversed(files))]
    taken: dict[str, Profile] = {}
    for layer in reversed(layers):
        for profile in layer:
            taken.setdefault(profile.name, profile)
    return ColumnNames(list(taken.values()))


def read(file: Path) -> list[Profile]:
    """Read one mapping file. Raises Mistakes."""
    try:
        found = read_list(file, Profile)
    except Mistakes as exc:
        raise Mistakes(
            [
                Mistake(mistake.file, mistake.line, mistake.message.replace(".[key]", ""))
                for mistake in exc.errors
            ]
        ) from None
    lines: dict[str, int] = {}
    twice = [
        Mistake(one.file, one.line, f"“{one.entry.name}”已在第 {lines[one.entry.name]} 行写过")
        for one in found
        if lines.setdefault(one.entry.name, one.line) != one.line
    ]
    if twice:
        raise Mistakes(twice)
    return [located.entry for located in found]


@lru_cache(maxsize=1)
def _shipped() -> tuple[Profile, ...]:
    return tuple(read(shipped_file()))


def _joined(profiles: Sequence[Profile]) -> Names:
    """Return the profiles' names in one table; what an earlier one says of a name holds."""
    by_name: dict[str, tuple[str, int]] = {}
    for place, profile in enumerate(profiles):
        for field, names in profile.fields.items():
            for rank, name in enumerate(names):
                by_name.setdefault(bare(name), (field, place * 1000 + rank))
    return Names(by_name)


def mistakes(folder: Path) -> list[Mistake]:
    """Return what is wrong with the mapping in a folder of configuration, and the operator's own.

    Nothing when there is none. `folder` may be the mapping itself.
    """
    file = folder / FILE_NAME if folder.is_dir() else folder
    wrong: list[Mistake] = []
    for one in dict.fromkeys((file, own_file())):
        if one.name == FILE_NAME and one.is_file():
            try:
                read(one)
            except Mistakes as exc:
                wrong += exc.errors
    return wrong
