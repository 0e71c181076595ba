"""Sentences of this project's own: frames filled with words, many of each frame."""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nlp.scorer import Label

FRAMES_FILE = Path(__file__).parent / "frames.yaml"
_OF_EACH = 40  # sentences of one frame, at most
_SLOT = re.compile(r"\{([A-Z]+)\}")


def sentences() -> Iterator[tuple[Label, str]]:
    """Yield (label, text); always the same ones, none twice."""
    content: dict[str, Any] = YAML(typ="safe").load(FRAMES_FILE)
    words: dict[str, list[str]] = content["words"]
    chance = random.Random(0)
    told: set[str] = set()
    for label, frames in content["frames"].items():
        for frame in frames:
            filled = {_fill(frame, words, chance) for _ in range(_OF_EACH)} - told
            told |= filled
            yield from ((label, text) for text in sorted(filled))


def _fill(frame: str, words: dict[str, list[str]], chance: random.Random) -> str:
    used: set[str] = set()

    def word(slot: re.Match[str]) -> str:
        chosen = chance.choice([word for word in words[slot.group(1)] if word not in used])
        used.add(chosen)
        return chosen

    return _SLOT.sub(word, frame)
