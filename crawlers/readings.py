"""How one value is read from a row: by selectors, cut out by a pattern, constant, or joined.

In YAML a reading is a selector; or `{select:, match:, all:, join:}`; or `{value: constant}`; or a
list of these, which are joined.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import regex
from pydantic import BaseModel, BeforeValidator, ValidationError

from crawlers.cleaning import clean_line, clean_text
from crawlers.selectors import Spot

_SECONDS = 0.2
"""For one pattern on one text: a page may be written to keep a pattern busy for ever."""
_LONGEST_PATTERN = 300
_LONGEST_LINE = 1000
_KEYS = ("select", "match", "value", "all", "join")

Pattern = regex.Pattern[str]


class TooSlow(ValueError):
    """A pattern took too long on a text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a reading. With neither `spot` nor `value` it reads nothing."""

    spot: Spot | None = None
    value: str = ""
    match: Pattern | None = None
    every: bool = False
    joint: str = "\n"

    def read(self, row: Any) -> str:
        """Return the first of what stands there, or all of it joined."""
        if self.spot is None:
            return self.value
        words = self.spot.words(row)
        found = filter(None, map(self._cut, words))
        return self.joint.join(found) if self.every else next(found, "")

    def _cut(self, words: str) -> str:
        if self.match is None:
            return words
        found = search(self.match, clean_text(words))
        return (found[1] or "").strip() if found else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value of a row, from its pieces."""

    pieces: tuple[Piece, ...]

    def text(self, row: Any) -> str:
        """Return the value as the page writes it, markup and all."""
        return "\n".join(filter(None, (piece.read(row) for piece in self.pieces)))

    def line(self, row: Any) -> str:
        """Return the value as one clean line."""
        return clean_line(self.text(row), limit=_LONGEST_LINE)

    def link(self, row: Any) -> str:
        """Return the value as an address: the pieces without anything between them."""
        return "".join(piece.read(row).strip() for piece in self.pieces)

    @property
    def spots(self) -> list[Spot]:
        """Where it looks."""
        return [piece.spot for piece in self.pieces if piece.spot is not None]


def read_reading(said: Any) -> Reading:
    """Return the reading that the YAML describes. Raises ValueError in words for the operator."""
    if isinstance(said, Reading):
        return said
    parts = said if isinstance(said, list) else [said]
    if not parts:
        raise ValueError("是空的；应是选择器、{select:, match:}、{value:}，或它们的列表")
    return Reading(tuple(map(_piece, parts)))


def _piece(said: Any) -> Piece:
    if isinstance(said, str):
        return Piece(Spot.read(said))
    if not isinstance(said, Mapping):
        raise ValueError("应是选择器（文字）、{select:, match:}、{value:}，或它们的列表")
    unknown = sorted(set(map(str, said)) - set(_KEYS))
    if unknown:
        raise ValueError(f"没有“{unknown[0]}”这一项；可用 {'、'.join(_KEYS)}")
    if "value" in said:
        value = said["value"]
        if len(said) > 1 or isinstance(value, bool | list | dict) or value is None:
            raise ValueError("value 是写死的值，应是文字或数字，不与别的同写")
        return Piece(value=str(value))
    if "select" not in said:
        raise ValueError("缺少 select（从哪里读）或 value（写死的值）")
    joint = said.get("join", "\n")
    if not isinstance(joint, str):
        raise ValueError("join 应是文字")
    every = said.get("all", False)
    if not isinstance(every, bool):
        raise ValueError("all 应为 true 或 false")
    match = read_pattern(said["match"], groups=1) if "match" in said else None
    return Piece(Spot.read(said["select"]), match=match, every=every, joint=joint)


def read_pattern(said: Any, *, groups: int | None = None) -> Pattern:
    """Return the regular expression. Raises ValueError in words for the operator."""
    if not isinstance(said, str) or not said:
        raise ValueError("正则应是文字")
    if len(said) > _LONGEST_PATTERN:
        raise ValueError(f"正则太长（最多 {_LONGEST_PATTERN} 字）")
    try:
        pattern = regex.compile(said)
    except (regex.error, ValueError, OverflowError, RecursionError) as exc:
        raise ValueError(f"正则“{said}”写法有误：{exc}") from None
    if groups is not None and pattern.groups != groups:
        raise ValueError(f"正则“{said}”里要有一对括号，括住要取的部分（现有 {pattern.groups} 对）")
    return pattern


def search(pattern: Pattern, text: str) -> "regex.Match[str] | None":
    """Search within the time limit. Raises TooSlow."""
    try:
        return pattern.search(text, timeout=_SECONDS)
    except TimeoutError:
        raise TooSlow(f"正则“{pattern.pattern}”在这一段文字上太慢") from None


def without(pattern: Pattern, text: str, *, seconds: float = 2.0) -> str:
    """Return the text without what the pattern matches. Raises TooSlow."""
    try:
        return str(pattern.sub("", text, timeout=seconds))
    except TimeoutError:
        raise TooSlow(f"正则“{pattern.pattern}”在这一页上太慢") from None


def as_list(value: Any) -> Any:
    """Return a value that may be written without a list as one."""
    return value if isinstance(value, list) else [value]


AReading = Annotated[Reading, BeforeValidator(read_reading)]
ASpot = Annotated[
    Spot, BeforeValidator(lambda said: said if isinstance(said, Spot) else Spot.read(said))
]
APattern = Annotated[Pattern, BeforeValidator(read_pattern)]

_MESSAGES = {
    "missing": "没有写",
    "string_type": "应是文字（数字请加引号）",
    "list_type": "应是列表",
    "dict_type": "应是“名字: 值”的一组",
    "model_type": "应是“名字: 值”的一组",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "too_short": "是空的",
    "string_too_short": "是空的",
}


def explained(exc: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong with parameters: field by field, in words for the operator."""
    said = [_explained(error, model) for error in exc.errors()]
    more = f"；另有 {len(said) - 3} 处" if len(said) > 3 else ""
    return "；".join(said[:3]) + more


def _explained(error: Any, model: type[BaseModel]) -> str:
    place = error["loc"]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in place)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return f"{where}：没有这个参数；可用 {'、'.join(_names(model, place[:-1]))}"
    if kind == "value_error":
        return f"{where}：{context['error']}" if where else str(context["error"])
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = "小于" if "ge" in context else "大于"
        return f"{where}：不能{bound} {context.get('ge', context.get('le'))}"
    if kind == "string_pattern_mismatch":
        return f"{where}：“{error['input']}”不合写法"
    return f"{where}：{_MESSAGES.get(kind, error['msg'])}"


def _names(model: Any, place: tuple[int | str, ...]) -> list[str]:
    """Return the names that may stand at a place within a model."""
    for part in place:
        if isinstance(part, int):
            continue
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        model = _model_in(fields[part].annotation)
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> Any:
    """Return the model within `Detail | None` or `list[Page]`."""
    inner = getattr(annotation, "__args__", ())
    return next((one for one in map(_model_in, inner) if hasattr(one, "model_fields")), annotation)
