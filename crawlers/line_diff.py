"""The lines that differ between two texts, however long and however alike their lines are."""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

_MOST_COMPARED = 3_000
"""More lines than these are not put in order against each other: that takes their square."""


def changed_lines(before: str, after: str) -> str:
    """Return the lines that went (`- `) and came (`+ `), in order, without those that stayed."""
    old, new = before.split("\n"), after.split("\n")
    start = _alike(old, new)
    old, new = old[start:], new[start:]
    end = _alike(old[::-1], new[::-1])
    old, new = old[: len(old) - end], new[: len(new) - end]
    matched = _matched if len(old) + len(new) <= _MOST_COMPARED else _counted
    return "\n".join(matched(old, new))


def _alike(one: list[str], other: list[str]) -> int:
    """Return how many lines the two have in common at their beginnings."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _matched(old: list[str], new: list[str]) -> Iterator[str]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind != "equal":
            yield from (f"- {line}" for line in old[old_from:old_to])
            yield from (f"+ {line}" for line in new[new_from:new_to])


def _counted(old: list[str], new: list[str]) -> Iterator[str]:
    """Compare by how often a line stands there; a line that only moved has not changed."""
    for sign, lines, others in (("-", old, new), ("+", new, old)):
        left = Counter(others)
        for line in lines:
            if left[line] > 0:
                left[line] -= 1
            else:
                yield f"{sign} {line}"
