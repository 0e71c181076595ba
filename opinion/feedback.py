"""What people correct: kept beside what the machine said, to learn from."""

from datetime import datetime
from typing import Any

from catalog.models import Person
from nlp.categories import Category
from opinion.models import Feedback, Mention


class UnusableFeedback(ValueError):
    """The correction names something that does not exist; the message says what, in Chinese."""


def record(
    mention: Mention,
    kind: str,
    *,
    actor: Person,
    now: datetime,
    correct: dict[str, Any] | None = None,
) -> Feedback:
    """Keep a correction with what the machine said; the mention itself stays as it is.

    `correct` may hold `label` (neg, neu, pos, none) and `categories`. Raises UnusableFeedback.
    """
    right = correct or {}
    if kind not in Feedback.Kind.values:
        raise UnusableFeedback(f"没有这种纠正：{kind}")
    unknown = right.keys() - {"label", "categories"}
    if unknown:
        raise UnusableFeedback(f"不认识：{'、'.join(sorted(unknown))}")
    if "label" in right and right["label"] not in Mention.Label.values:
        raise UnusableFeedback(f"没有这种情感：{right['label']}")
    wrong = set(right.get("categories", [])) - {category.value for category in Category}
    if wrong:
        raise UnusableFeedback(f"没有这个类别：{'、'.join(sorted(wrong))}")
    feedback: Feedback = Feedback.objects.create(
        mention=mention, kind=kind, said=said(mention), correct=right, actor=actor, at=now
    )
    return feedback


def said(mention: Mention) -> dict[str, Any]:
    """Return what the machine said about a mention."""
    return {
        "label": mention.label,
        "p_neg": mention.p_neg,
        "p_neu": mention.p_neu,
        "p_pos": mention.p_pos,
        "level": mention.level,
        "categories": mention.categories,
        "hits": mention.hits,
        "versions": mention.versions,
    }
