"""What a labelled text complains of, as far as its label tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nlp.categories import Category

# jd_food: its readers marked each aspect of a review; of these their words mean what ours do.
_SETS = {
    "jd_food": {
        "物流": Category.LOGISTICS,
        "包装": Category.PACKAGING,
        "价格": Category.PRICE,
        "售后": Category.AFTER_SALES,
        "品质": Category.QUALITY,
        "口感": Category.QUALITY,
        "色泽": Category.QUALITY,
    }
}
_TOLD_IN_FULL = (Category.LOGISTICS, Category.PACKAGING)


@dataclass(frozen=True, slots=True)
class Aspects:
    """`named` are the categories a text complains of; of others, only `known` ones it does not.

    `severe` is None where nobody judged it.
    """

    named: tuple[str, ...]
    known: tuple[str, ...]
    severe: bool | None

    @classmethod
    def whole(cls, categories: Sequence[str], severe: bool) -> "Aspects":
        """Return what somebody found who judged all categories."""
        return cls(tuple(categories), tuple(Category), severe)


def by_reviewer(dataset: str, aspects: Any) -> Aspects | None:
    """Return what the aspects of a row of a public set tell; None when they tell nothing."""
    names = _SETS.get(dataset)
    if names is None or not isinstance(aspects, list):
        return None
    found = {
        names[entry["aspect"]]
        for entry in aspects
        if isinstance(entry, dict)
        and entry.get("polarity") == "neg"
        and entry.get("aspect") in names
    }
    return Aspects(tuple(sorted(found)), tuple(sorted({*found, *_TOLD_IN_FULL})), None)
