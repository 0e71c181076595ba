"""A credible mention with an accepted hit speaks for itself."""

from collections.abc import Iterator

from nlp.analysis import CLEARLY_NEGATIVE
from nlp.categories import Category
from nlp.levels import Level
from opinion.detectors.situation import CREDIBLE, Situation
from opinion.models import Mention, Signal


def detect(situation: Situation) -> Iterator[Signal]:
    """One signal per mention and category, at the worst level of its hits there.

    A clearly negative mention without a hit is a signal to watch (category other). A post about a
    product and its brand speaks for the product: one finding, one signal.
    """
    closer = {(mention.post_id, mention.subject.parent_id) for mention in situation.mentions}
    for mention in situation.mentions:
        if mention.credibility < CREDIBLE or (mention.post_id, mention.subject_id) in closer:
            continue
        by_category: dict[str, list[dict[str, str]]] = {}
        for hit in mention.hits:
            by_category.setdefault(hit["category"], []).append(hit)
        for category, hits in by_category.items():
            worst = max(hits, key=lambda hit: Level(hit["level"]).rank)
            yield _signal(mention, category, worst["level"], worst["rule"], hits, situation)
        if not by_category and mention.p_neg >= CLEARLY_NEGATIVE:
            yield _signal(mention, Category.OTHER, Level.WATCH, "", [], situation)


def _signal(
    mention: Mention,
    category: str,
    level: str,
    rule: str,
    hits: list[dict[str, str]],
    situation: Situation,
) -> Signal:
    return Signal(
        subject=mention.subject,
        category=str(category),
        detector=Signal.Detector.RULE,
        level=str(level),
        key=f"rule:{mention.pk}:{category}",
        mention=mention,
        evidence={
            "rule": rule,
            "words": sorted({hit["text"] for hit in hits}),
            "mention": mention.pk,
            "count": len(hits),
        },
        at=situation.now,
    )
