"""Turns texts into hashed character features, the same on every machine.

A feature is a run of one to three characters, or a pair of characters within reach of a negating
word in its clause, so that 没有质量问题 does not look like 质量问题. Each is hashed to one of
`2 ** bits` columns by arithmetic on code points that wraps at 64 bits; there is no vocabulary.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_NEGATIONS = "不没无未别勿莫甭毫"
_CLAUSE_ENDS = "，。！？；：、,.!?;:~… \n"
_REACH = 6  # characters after a negating word that it is taken to govern

_PRIME = np.uint64(0x100000001B3)
_SALTS = {"one": 0, "two": 2 << 40, "three": 3 << 40, "negated": (7 << 40) ^ 11}


class Features(NamedTuple):
    """Distinct features of a batch: `columns[i]` occurs in text `rows[i]`; rows ascend."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def features(texts: Sequence[str], bits: int) -> Features:
    """Return the features of each text; an empty text has none."""
    points, edge = _code_points(texts)
    following, next_edge = np.roll(points, -1), np.roll(edge, -1)
    pairs = points * _PRIME + following
    triples = pairs * _PRIME + np.roll(points, -2)
    within = ~edge
    kinds = [
        (within, points, "one"),
        (~(edge & next_edge), pairs, "two"),
        (~next_edge & ~(edge & np.roll(edge, -2)), triples, "three"),
        (within & ~next_edge & _negated(points, edge), pairs, "negated"),
    ]
    row = np.cumsum(edge) - 1
    keys = [
        (row[wanted] << bits) | _columns(values[wanted], _SALTS[kind], bits)
        for wanted, values, kind in kinds
    ]
    distinct = np.unique(np.concatenate(keys))
    distinct = distinct[: np.searchsorted(distinct, len(texts) << bits)]
    return Features(distinct >> bits, distinct & ((1 << bits) - 1))


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Return the characters of all texts with an edge before each, and two at the end."""
    joined = "\n" + "\n".join(texts) + "\n\n\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    edge = np.zeros(len(points), dtype=np.bool_)
    edge[0] = True
    edge[np.cumsum(lengths + 1)] = True
    edge[-3:] = True
    return points.astype(np.uint64), edge


def _membership(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(0x110000, dtype=np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


_IS_NEGATION = _membership(_NEGATIONS)
_IS_CLAUSE_END = _membership(_CLAUSE_ENDS)


def _negated(points: NDArray[np.uint64], edge: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell for each character whether a negating word stands before it in its clause."""
    at = np.arange(len(points))
    last_negation = np.maximum.accumulate(np.where(_IS_NEGATION[points], at, -1))
    last_end = np.maximum.accumulate(np.where(_IS_CLAUSE_END[points] | edge, at, -1))
    before = (last_negation > last_end) & (at > last_negation)
    return before & (at - last_negation <= _REACH)


def _columns(values: NDArray[np.uint64], salt: int, bits: int) -> NDArray[np.int64]:
    mixed = values ^ np.uint64(salt)
    for shift, factor in ((31, 0x9E3779B97F4A7C15), (29, 0xBF58476D1CE4E5B9)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(32)
    return (mixed & np.uint64((1 << bits) - 1)).astype(np.int64)
