"""What people correct: kept beside what the machine said, to learn from.

Every row is one statement of one person about one mention, and none is ever changed. A later one
wins over an earlier one, part by part (mood, categories, rules): so a correction is taken back by
correcting again. The mention itself stays as the machine read it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from catalog.models import Person
from nlp.categories import Category
from opinion.models import Feedback, Mention

MODEL_ALONE = ""
"""Stands in the place of a rule where a mention alarmed for its mood, with no word hit."""

Kind: Any = Feedback.Kind  # Django ships no types
_CATEGORIES = [category.value for category in Category]
_PARTS = {
    Kind.FALSE_ALARM: {"wrong_rules"},
    Kind.LABEL: {"label"},
    Kind.CATEGORY: {"categories"},
    Kind.CONFIRMED: set(),
}


class UnusableFeedback(ValueError):
    """The correction names something that does not exist; the message says what, in Chinese."""


@dataclass(frozen=True)
class Verdict:
    """What people have said of one mention by now; None where nobody has said anything.

    `said` is what the machine said when the last of them looked. `actor` and `via` are the last
    one's: a person, or the name of the API token.
    """

    mention: Mention
    said: dict[str, Any]
    label: str | None
    categories: list[str] | None
    wrong_rules: list[str] | None
    actor: Person | None
    via: str
    at: datetime

    @property
    def judged_rules(self) -> dict[str, bool]:
        """Whether each rule that alarmed was right; those that nobody judged are left out.

        Who names wrong rules has judged them all. Without that a rule is right when its category
        is among those that a person chose, and the model alone when a person calls the text
        negative: a mood tells nothing of a rule, as a content text may complain too.
        """
        alarmed = alarms(self.said)
        if self.wrong_rules is not None:
            return {rule: rule not in self.wrong_rules for rule in alarmed}
        judged: dict[str, bool] = {}
        if self.categories is not None:
            judged = {rule: of in self.categories for rule, of in alarmed.items() if rule}
        if MODEL_ALONE in alarmed and self.label is not None:
            judged[MODEL_ALONE] = self.label == Mention.Label.NEGATIVE
        return judged


def record(
    mention: Mention,
    kind: str,
    *,
    actor: Person | None,
    now: datetime,
    correct: Mapping[str, Any] | None = None,
    via: str = "",
) -> Feedback:
    """Keep one statement with what the machine said; return it.

    `correct` holds what is right: `label` (neg, neu, pos, none) for a wrong label, `categories` for
    wrong categories; for a false alarm `wrong_rules`, all that alarmed unless said. A confirmation
    needs nothing: everything that the machine said is right. Raises UnusableFeedback.
    """
    if kind not in Kind.values:
        raise UnusableFeedback(f"没有这种纠正：{kind}")
    feedback: Feedback = Feedback.objects.create(
        mention=mention,
        kind=kind,
        said=said(mention),
        correct=_checked(mention, Kind(kind), correct or {}),
        actor=actor,
        via=via,
        at=now,
    )
    return feedback


def revise(
    mention: Mention,
    *,
    label: str,
    categories: Iterable[str],
    wrong_rules: Iterable[str],
    actor: Person,
    now: datetime,
) -> list[Feedback]:
    """Keep what differs from what stands by now, in statements; return them, none if all is same.

    What stands is the last that people said, and where they said nothing what the machine said.
    An empty label says nothing. Raises UnusableFeedback; nothing is kept then.
    """
    last = verdicts([mention.pk]).get(mention.pk)
    wanted: list[tuple[str, dict[str, Any]]] = []
    rules = sorted(set(wrong_rules))
    if rules != sorted((last and last.wrong_rules) or []):
        wanted.append((Kind.FALSE_ALARM, {"wrong_rules": rules}))
    if label and label != ((last and last.label) or mention.label):
        wanted.append((Kind.LABEL, {"label": label}))
    chosen = set(categories)
    if chosen != set(standing_categories(mention, last)):
        wanted.append((Kind.CATEGORY, {"categories": sorted(chosen)}))
    with transaction.atomic():
        return [
            record(mention, kind, actor=actor, now=now, correct=correct) for kind, correct in wanted
        ]


def standing_categories(mention: Mention, verdict: Verdict | None) -> list[str]:
    """Return the categories by the last who said any, else by the machine."""
    if verdict is not None and verdict.categories is not None:
        return verdict.categories
    return list(mention.categories)


def verdicts(mentions: Iterable[int]) -> dict[int, Verdict]:
    """Return what people have said of these mentions, by mention; one query."""
    rows = _rows().filter(mention__in=list(mentions))
    return {verdict.mention.pk: verdict for verdict in _folded(rows)}


def all_verdicts() -> Iterator[Verdict]:
    """Yield what people have said of each mention, in the order of the mentions; memory is flat."""
    rows = _rows().select_related("mention__post", "mention__subject")
    return _folded(rows.iterator(chunk_size=1000))


def fold(rows: Sequence[Feedback]) -> Verdict:
    """Return what some statements about one mention say together; the later ones win."""
    parts: dict[str, Any] = {}
    for row in rows:
        if row.kind == Kind.FALSE_ALARM:
            parts["wrong_rules"] = list(alarms(row.said))
        parts.update(row.correct)
    last = rows[-1]
    return Verdict(
        mention=last.mention,
        said=last.said,
        label=parts.get("label"),
        categories=parts.get("categories"),
        wrong_rules=parts.get("wrong_rules"),
        actor=last.actor,
        via=last.via,
        at=last.at,
    )


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


def alarms(machine: Mapping[str, Any]) -> dict[str, str]:
    """Return the rules that alarmed with their categories; MODEL_ALONE where no rule did.

    `machine` is what `said` returns. Empty for a mention that raised no level.
    """
    hits = {str(hit["rule"]): str(hit["category"]) for hit in machine["hits"]}
    return hits or ({MODEL_ALONE: ""} if machine["level"] else {})


def _rows() -> QuerySet[Feedback]:
    return Feedback.objects.select_related("mention", "actor").order_by("mention_id", "at", "pk")


def _folded(rows: Iterable[Feedback]) -> Iterator[Verdict]:
    for _, statements in groupby(rows, key=attrgetter("mention_id")):
        yield fold(list(statements))


def _checked(mention: Mention, kind: Any, correct: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a statement, complete and in a fixed order."""
    unknown = correct.keys() - _PARTS[kind]
    if unknown:
        raise UnusableFeedback(f"「{kind.label}」不认识：{'、'.join(sorted(unknown))}")
    if kind == Kind.LABEL:
        return {"label": _label(correct.get("label"))}
    if kind == Kind.CATEGORY:
        return {"categories": _categories(correct.get("categories"))}
    if kind == Kind.FALSE_ALARM:
        return {"wrong_rules": _wrong_rules(mention, correct.get("wrong_rules"))}
    return {"label": mention.label, "categories": list(mention.categories), "wrong_rules": []}


def _label(label: str | None) -> str:
    if label is None:
        raise UnusableFeedback("写明正确的情感")
    if label not in Mention.Label.values:
        raise UnusableFeedback(f"没有这种情感：{label}")
    return label


def _categories(categories: Iterable[str] | None) -> list[str]:
    if categories is None:
        raise UnusableFeedback("写明正确的类别，一个都不是就留空")
    chosen = set(categories)
    wrong = chosen - set(_CATEGORIES)
    if wrong:
        raise UnusableFeedback(f"没有这个类别：{'、'.join(sorted(wrong))}")
    return [category for category in _CATEGORIES if category in chosen]


def _wrong_rules(mention: Mention, rules: Iterable[str] | None) -> list[str]:
    alarmed = alarms(said(mention))
    if not alarmed:
        raise UnusableFeedback("这条帖文没有预警，谈不上误报")
    if rules is None:
        return list(alarmed)
    unknown = set(rules) - alarmed.keys()
    if unknown:
        raise UnusableFeedback(f"这条帖文没有命中规则：{'、'.join(sorted(unknown))}")
    return [rule for rule in alarmed if rule in set(rules)]
