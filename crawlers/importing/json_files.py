"""Files of JSON: an object a line, one array, or whole answers one after the other.

An array is read item by item: memory holds one item, not the file.
"""

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from crawlers.importing.problems import ImportProblem
from crawlers.importing.tables import Objects, lines

LONGEST_ITEM = 1 << 25
_CHUNK = 1 << 16
_IS_ARRAY = re.compile(r"\[\s*(?:[\[{\]]|$)")
_BETWEEN = re.compile(r"[\s,]*")
_SPACE = re.compile(r"\s*")
_EXACT_DIGITS = 15
_NEAR_END = 12
"""A value cut off by the end of what is read so far fails at most so far before it."""


def _exact(digits: str) -> int | str:
    """Keep long numbers, which are ids, as text: every digit counts and none is made up."""
    return digits if len(digits) > _EXACT_DIGITS else int(digits)


_DECODER = json.JSONDecoder(parse_int=_exact)


def is_json(start: str) -> bool:
    """Tell whether a text begins like JSON."""
    return start.startswith("{") or _IS_ARRAY.match(start) is not None


def objects(file: str, text: IO[str], start: str) -> Objects:
    """Return the objects of a JSON text that begins with `start`."""
    if start.startswith("["):
        return Objects(_numbered(_Values(file, text).of_array()))
    if _has_whole_lines(start):
        return Objects(_of_lines(file, text))
    return Objects(_numbered(_Values(file, text).one_after_another()))


def _has_whole_lines(start: str) -> bool:
    """Tell whether one of the first lines is an object by itself."""
    beginning = start.splitlines()
    return len(beginning) == 1 or any(
        isinstance(_decoded(line), dict) for line in beginning if line.startswith("{")
    )


def _decoded(line: str) -> Any:
    try:
        return _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None


def _of_lines(file: str, text: IO[str]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, line in enumerate(lines(file, text), start=1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line.lstrip("\ufeff"))
        except (ValueError, RecursionError) as exc:
            yield number, f"这一行不是 JSON：{str(exc)[:80]}"
            continue
        yield number, value if isinstance(value, dict) else "这一行不是 JSON 对象"


def _numbered(values: Iterator[Any]) -> Iterator[tuple[int, dict[str, Any] | str]]:
    for number, value in enumerate(values, start=1):
        yield number, value if isinstance(value, dict) else "这一条不是 JSON 对象"


class _Values:
    """Reads one JSON value after the other from a stream of text."""

    def __init__(self, file: str, text: IO[str]) -> None:
        self._file = file
        self._text = text
        self._read = ""
        self._at = 0
        self._count = 0
        self._ended = False

    def of_array(self) -> Iterator[Any]:
        """Yield the items of the one array that the text is. Raises ImportProblem."""
        self._skip(_SPACE)
        self._at += 1
        while True:
            self._skip(_BETWEEN)
            if self._at >= len(self._read):
                raise ImportProblem(
                    self._file, f"JSON 数组在第 {self._count} 条之后断了，文件不完整"
                )
            if self._read[self._at] == "]":
                return
            yield self._value()

    def one_after_another(self) -> Iterator[Any]:
        """Yield the values that stand one after the other. Raises ImportProblem."""
        while True:
            self._skip(_BETWEEN)
            if self._at >= len(self._read):
                return
            yield self._value()

    def _value(self) -> Any:
        self._count += 1
        chunk = _CHUNK
        while True:
            try:
                value, self._at = _DECODER.raw_decode(self._read, self._at)
            except json.JSONDecodeError as exc:
                if self._ended or self._is_broken(exc):
                    raise ImportProblem(
                        self._file, f"第 {self._count} 条不是正确的 JSON：{exc.msg}"
                    ) from None
            except RecursionError:
                raise ImportProblem(self._file, f"第 {self._count} 条嵌套太深") from None
            else:
                return value
            if len(self._read) - self._at > LONGEST_ITEM:
                raise ImportProblem(
                    self._file, f"第 {self._count} 条超过 {LONGEST_ITEM >> 20} MB，不像一条记录"
                )
            self._more(chunk)
            chunk *= 2  # so that a long item is not read again for each small chunk

    def _is_broken(self, error: json.JSONDecodeError) -> bool:
        """Tell a mistake in the text from a text that only goes on."""
        if error.msg.startswith("Unterminated string"):
            return False
        return error.pos < len(self._read) - _NEAR_END

    def _skip(self, pattern: re.Pattern[str]) -> None:
        while True:
            match = pattern.match(self._read, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._read) or self._ended:
                return
            self._more(_CHUNK)

    def _more(self, size: int) -> None:
        chunk = self._text.read(size)
        self._ended = not chunk
        self._read = self._read[self._at :] + (chunk if self._read else chunk.lstrip("\ufeff"))
        self._at = 0
