"""Public texts that we judged: label, categories and severity by the text's id, without the text.

`judged.tsv` was written for this project by reading, one text at a time, some twelve thousand rows
of the public sets that `docs/model.md` names. It is of use to who has those sets, and of no harm
to others. An eighth is held out.
"""

import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from nlp.scorer import Label

FILE = Path(__file__).parent / "judged.tsv"
_ONE_IN = 8


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a text says, what it complains of, and whether it is severe."""

    label: Label
    categories: tuple[str, ...]
    severe: bool
    held_out: bool


@cache
def read_judged(path: Path = FILE) -> dict[str, Judgement]:
    """Return the judgements by the id of the text."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        identity, label, categories, severe = line.split("\t")
        found[identity] = Judgement(
            cast(Label, label),
            tuple(categories.split(",")) if categories else (),
            severe == "severe",
            zlib.crc32(identity.encode()) % _ONE_IN == 0,
        )
    return found
