"""The fingerprints of recent clusters, kept in memory: a newcomer is compared with all of them.

A table of bands would cost several rows for every post and still miss copies; one comparison with
100,000 fingerprints takes a tenth of a millisecond and misses none. The memory is filled from the
database and follows it, so any number of processes may keep one.
"""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from opinion.models import Cluster

MEMORY = timedelta(days=7)
"""How long a cluster takes in newcomers."""

OVERLAP = 1_000
"""So many of the newest are asked for again: other workers' rows may appear out of order."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Founders:
    """Clusters by pk with their fingerprints (as unsigned numbers), in the same order."""

    pks: NDArray[np.int64]
    prints: NDArray[np.uint64]
    founded: NDArray[np.float64]


class Memory:
    """The founders as of the last look; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Start again from the database: it is not the one that the memory was filled from."""
        empty = Founders(np.array([], np.int64), np.array([], np.uint64), np.array([], np.float64))
        self._founders = empty
        self._read_at = _LONG_AGO
        self._newest = 0
        self._seen: set[tuple[int, int]] = set()

    def founders(self, now: datetime) -> Founders:
        """Return the clusters founded within `MEMORY`, asking only for what is new."""
        with self._lock:
            if now < self._read_at - _TOLERANCE:  # what was dropped as too old may be wanted
                self.forget()
            rows = list(
                Cluster.objects.filter(founded_at__gt=now - MEMORY, pk__gt=self._newest - OVERLAP)
                .order_by("pk")
                .values_list("pk", "fingerprint", "founded_at")
            )
            fresh = [row for row in rows if row[:2] not in self._seen]
            self._seen = {row[:2] for row in rows}
            self._newest = rows[-1][0] if rows else self._newest
            self._read_at = max(now, self._read_at)
            self._founders = _joined(self._founders, fresh, now - MEMORY)
            return self._founders


def unsigned(fingerprint: int) -> np.uint64:
    """Return a signed fingerprint as the number that its bits are."""
    return np.uint64(fingerprint & 0xFFFF_FFFF_FFFF_FFFF)


def _joined(old: Founders, rows: list[tuple[int, int, datetime]], since: datetime) -> Founders:
    keep = old.founded > since.timestamp()
    return Founders(
        np.concatenate([old.pks[keep], np.array([row[0] for row in rows], np.int64)]),
        np.concatenate([old.prints[keep], np.array([unsigned(row[1]) for row in rows], np.uint64)]),
        np.concatenate(
            [old.founded[keep], np.array([row[2].timestamp() for row in rows], np.float64)]
        ),
    )


memory = Memory()
