"""The corpus written for this project: what public sets have almost none of.

Negation, sarcasm, rumours, other people's brands, safety events and their look-alikes, many of them
as minimal pairs: the same sentence with the one change that turns its label. A fifth is held out
and no training sees it; the members of a pair are always on one side.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.scorer import Label

FOLDER = Path(__file__).parent / "corpus"
_ONE_IN = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One text: what it says, what it complains of, and which difficulty it shows."""

    id: str
    text: str
    label: Label
    categories: tuple[str, ...]
    severe: bool
    phenomenon: str
    voice: str
    pair: str | None

    @property
    def held_out(self) -> bool:
        """Whether the text belongs to the fifth that only measures."""
        return zlib.crc32((self.pair or self.id).encode()) % _ONE_IN == 0


def read_corpus(folder: Path = FOLDER) -> Iterator[Example]:
    """Yield every example, file by file in the order of their names."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield Example(**{**record, "categories": tuple(record["categories"])})
