"""How well near copies are found: edited copies of our own texts, and texts that are none.

Copies are made as people make them: words put before or after, a character lost or mistyped, other
punctuation. Found is a copy whose fingerprint is near and shares a band, as the clusters need it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlp.fingerprint import NEAR, bands, fingerprint, near
from nlp.training.corpus import Example

LENGTHS = (15, 30, 60, 201)
"""Where groups of texts by length begin and end, in characters."""

_TAILS = ("求扩散", "大家小心", "！！！", "[微笑]", "有没有一样的", " #避雷#")
_HEADS = ("转发：", "看看这个，", "帮朋友转：", "【转】")
_MARKS = str.maketrans("，。！；", " ！。，")

Edit = Callable[[str, random.Random], str]


@dataclass(frozen=True, slots=True)
class CopyCount:
    """Texts of `begin` to under `end` characters: copies made, and those found."""

    begin: int
    end: int
    copies: int
    found: int

    @property
    def recall(self) -> float | None:
        return self.found / self.copies if self.copies else None


@dataclass(frozen=True, slots=True)
class Copies:
    """Recall by length; of `others`, pairs of texts that are no copies, `mistaken` were near."""

    counts: list[CopyCount]
    others: int
    mistaken: int


def copies(examples: Sequence[Example]) -> Copies:
    """Measure on the texts of `examples`; always the same edits."""
    chance = random.Random(0)
    made = [(len(one.text), _found(one.text, edit, chance)) for one in examples for edit in _EDITS]
    counts = [
        CopyCount(begin, end, len(own), sum(own))
        for begin, end in pairwise(LENGTHS)
        for own in [[found for length, found in made if begin <= length < end]]
    ]
    # One of each minimal pair: its members are near copies, and ought to be found.
    apart = {one.pair or one.id: one.text for one in examples if len(one.text) >= LENGTHS[0]}
    return Copies(counts, *_mistaken([fingerprint(text) for text in apart.values()]))


def _found(text: str, edit: Edit, chance: random.Random) -> bool:
    own, other = fingerprint(text), fingerprint(edit(text, chance))
    return near(own, other) and bool(set(bands(own)) & set(bands(other)))


def _mistaken(prints: list[int]) -> tuple[int, int]:
    """Return the number of pairs, and of near ones."""
    values: NDArray[np.uint64] = np.array(prints, np.int64).view(np.uint64)
    count = sum(
        int((np.bitwise_count(values[place + 1 :] ^ value) <= NEAR).sum())
        for place, value in enumerate(values)
    )
    return len(values) * (len(values) - 1) // 2, count


def _tail(text: str, chance: random.Random) -> str:
    return text + chance.choice(_TAILS)


def _head(text: str, chance: random.Random) -> str:
    return chance.choice(_HEADS) + text


def _lost(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + 1 :]


def _mistyped(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("的了是不我一有大") + text[place + 1 :]


def _marks(text: str, chance: random.Random) -> str:
    return text.translate(_MARKS)


_EDITS: tuple[Edit, ...] = (_tail, _head, _lost, _mistyped, _marks)
