"""The text of a page's part, line by line as a reader sees it, however long it is.

A rule of a platform is a document: what `cleaning.clean_text` cuts off would change unseen.
"""

import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector

from crawlers.cleaning import storable

LONGEST = 400_000
_DROPPED = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "head", "button"})
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|big|cite|code|data|del|em|font|i|img|ins|kbd|label|mark|q|rp|rt|ruby|s|"
    "samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_CELLS = frozenset({"td", "th"})


def page_text(part: Selector) -> str:
    """Return the text of an element with a line for each block, without blank lines."""
    root = part.root
    if isinstance(root, str):  # what ::text or @attribute selects
        return lines_of(root)
    return lines_of("".join(_words(root)))


def lines_of(text: str) -> str:
    """Return a text with blanks within lines made one, and blank lines left out."""
    plain: str = storable(text[:LONGEST])
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return "\n".join(filter(None, lines))


def _words(root: Any) -> Iterator[str]:
    """Yield the words of a tree, and what stands between elements; no recursion, it may be deep."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, left = stack.pop()
        name = element.tag.lower() if isinstance(element.tag, str) else ""
        if left:
            yield _between(name)
            yield from _tail(element, root)
            continue
        if not name or name in _DROPPED:  # a comment, or nothing to read
            yield from _tail(element, root)
            continue
        yield _between(name)
        if element.text:
            yield " ".join(element.text.split("\n")) if name != "pre" else element.text
        stack.append((element, True))
        stack.extend((child, False) for child in reversed(element))


def _tail(element: Any, root: Any) -> Iterator[str]:
    if element is not root and element.tail:
        yield " ".join(element.tail.split("\n"))


def _between(name: str) -> str:
    if _INLINE.fullmatch(name):
        return ""
    return " " if name in _CELLS else "\n"
