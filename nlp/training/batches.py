"""Batches of few shapes.

The matrix code for bfloat16 is compiled anew for each shape it meets, which took more time than
the training itself: so texts are padded to one of eight lengths, and a batch holds as many as
make the same number of places.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp.training.pieces import Pieces

LENGTHS = (16, 24, 32, 48, 64, 96, 128, 160)


class Batch(NamedTuple):
    """`rows` of one epoch, all padded to `length`."""

    length: int
    rows: NDArray[np.int64]


def shuffled(pieces: Sequence[Pieces], places: int, chance: np.random.Generator) -> list[Batch]:
    """Return full batches of `places` places in random order; some rows are taken twice to fill."""
    found = []
    for length, rows in _by_length(pieces):
        mixed = chance.permutation(rows)
        size = places // length
        for start in range(0, len(mixed), size):
            own = mixed[start : start + size]
            own = np.concatenate([own, chance.choice(mixed, size - len(own))])
            found.append(Batch(length, own))
    return [found[n] for n in chance.permutation(len(found))]


def in_order(pieces: Sequence[Pieces], places: int) -> list[Batch]:
    """Return batches that hold every row once."""
    return [
        Batch(length, rows[start : start + places // length])
        for length, rows in _by_length(pieces)
        for start in range(0, len(rows), places // length)
    ]


def padded(batch: Batch, pieces: Sequence[Pieces]) -> NDArray[np.int64]:
    """Return the ids: rows by length."""
    ids = np.zeros((len(batch.rows), batch.length), np.int64)
    for place, row in enumerate(batch.rows):
        ids[place, : len(pieces[row])] = pieces[row]
    return ids


def _by_length(pieces: Sequence[Pieces]) -> list[tuple[int, NDArray[np.int64]]]:
    sizes = np.searchsorted(LENGTHS, [len(own) for own in pieces])
    groups = [(length, np.flatnonzero(sizes == n)) for n, length in enumerate(LENGTHS)]
    return [(length, rows) for length, rows in groups if len(rows)]
