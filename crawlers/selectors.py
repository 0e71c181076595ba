"""One way to say where a value stands in a page: CSS, XPath, or a path into JSON.

`//li` and `.//a/@href` are XPath, `$.data.list[*]` is a path into JSON, all else is CSS with
`::text` and `::attr(x)`. Nothing that is written here or on a page is ever run as code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cssselect import SelectorError
from parsel import Selector

MOST_FOUND = 2_000
"""Of one page no more places are looked at: no honest list is longer."""
_LONGEST = 500
_XPATH = ("/", "./", "../", "(/", "(./")
_STEP = re.compile(
    r"\.(?P<name>[^.\[\]'\"*\s]+)|\[(?P<number>[0-9]{1,6})\]|\[(?P<each>\*)\]"
    r"|\[(?:'(?P<single>[^']+)'|\"(?P<double>[^\"]+)\")\]"
)
_EACH = None
_NOWHERE = Selector("<html></html>", type="html")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place, or several, within a page, a row of it, or a JSON value."""

    said: str
    steps: tuple[str | int | None, ...] | None = None
    """Of a path into JSON; None of CSS and XPath."""

    @classmethod
    def read(cls, said: Any) -> "Spot":
        """Return the place that the text names. Raises ValueError when it names none."""
        if not isinstance(said, str) or not said.strip():
            raise ValueError("应是选择器（文字）")
        said = said.strip()
        if len(said) > _LONGEST:
            raise ValueError(f"选择器太长（最多 {_LONGEST} 字）")
        if said.startswith("$"):
            return cls(said, _steps(said))
        spot = cls(said)
        if spot.is_xpath and re.search(r"\bre:", said):
            raise ValueError(f"“{said}”：XPath 里不能用 re:，请把正则写在 match 里")
        try:
            spot.nodes(_NOWHERE)
        except (SelectorError, ValueError, TypeError) as exc:
            kind = "XPath" if spot.is_xpath else "CSS 选择器"
            raise ValueError(f"“{said}”不是能用的 {kind}（{_in_short(exc)}）") from None
        return spot

    @property
    def is_json(self) -> bool:
        """It leads into JSON, not into a page of HTML."""
        return self.steps is not None

    @property
    def is_xpath(self) -> bool:
        """It is written as XPath."""
        return self.said.startswith(_XPATH)

    def outer(self) -> "Spot":
        """Return the place one step above, of a path into JSON."""
        return Spot(self.said, (self.steps or ())[:-1])

    def nodes(self, within: Any) -> list[Any]:
        """Return what stands there, in order: selectors of a page, values of JSON."""
        if self.steps is not None:
            return list(islice(_walk(within, self.steps), MOST_FOUND))
        if not isinstance(within, Selector):
            return []
        if self.is_xpath:
            # In a row, // means below the row: from the page's root every row would read alike.
            path = f".{self.said}" if self.said.startswith("//") else self.said
            return list(within.xpath(path)[:MOST_FOUND])
        return list(within.css(self.said)[:MOST_FOUND])

    def words(self, within: Any) -> Iterator[str]:
        """Yield what is written there, as the page writes it: of an element, its HTML.

        What is blank is left out. Raises ValueError where JSON holds no single value.
        """
        for node in self.nodes(within):
            text = node.get() if isinstance(node, Selector) else plain(node)
            if text and text.strip():
                yield text

    def first(self, within: Any) -> str:
        """Return the first of what is written there, "" when there is nothing."""
        return next(self.words(within), "").strip()


def plain(value: Any) -> str:
    """Return a single JSON value as text; null is "". Raises ValueError for a list or object."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value) if isinstance(value, str) or abs(value) < 1e300 else ""
    raise ValueError(f"取到的是{'列表' if isinstance(value, list) else '对象'}，不是一个值")


def _steps(said: str) -> tuple[str | int | None, ...]:
    steps: list[str | int | None] = []
    at = 1
    while at < len(said):
        step = _STEP.match(said, at)
        if step is None:
            raise ValueError(
                f"“{said}”从第 {at + 1} 个字起看不懂；JSON 路径只能写 $.名字、[0]、[*]、['名字']"
            )
        if step["number"]:
            steps.append(int(step["number"]))
        else:
            steps.append(
                _EACH if step["each"] else step["name"] or step["single"] or step["double"]
            )
        at = step.end()
    return tuple(steps)


def _walk(value: Any, steps: tuple[str | int | None, ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step is _EACH:
        for item in value if isinstance(value, list) else ():
            yield from _walk(item, rest)
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield from _walk(value[step], rest)
    elif isinstance(value, dict) and step in value:
        yield from _walk(value[step], rest)


def _in_short(exc: Exception) -> str:
    return " ".join(str(exc).split())[:100]
