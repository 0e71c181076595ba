"""Sentences that were written to find the shipped rules out: complaints of every kind, and texts
that only look like one. The mood comes from no model here: every text is taken for angry."""

from functools import cache
from pathlib import Path

import pytest

from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules import Hit, RuleSet, load_rules

_ROWS = [
    tuple(line.split(" | "))
    for line in (Path(__file__).parent / "data" / "probes.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
COMPLAINTS = [row for row in _ROWS if row[0] != "-"]
HARMLESS = [row[2] for row in _ROWS if row[0] == "-"]


@cache
def _rules() -> RuleSet:
    folder = Path(__file__).parents[2] / "config" / "defaults" / "rules"
    return RuleSet(load_rules(folder, examples=False))


def _hits(text: str) -> list[Hit]:
    found = _rules().match(normalise(text), names=["星禾"], rivals=["杉泊", "杉泊电器"])
    return found.hits


@pytest.mark.parametrize(("categories", "level", "text"), COMPLAINTS)
def test_a_complaint_is_heard(categories: str, level: str, text: str) -> None:
    hits = _hits(text)
    assert {hit.category.value for hit in hits} & set(categories.split())
    assert any(hit.level is Level.SEVERE for hit in hits) is (level == "s")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_one_is_let_be(text: str) -> None:
    assert _hits(text) == []
