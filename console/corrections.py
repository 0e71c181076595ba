"""What people found wrong in a post: how a page says it, and what the form to say it offers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nlp.categories import Category
from nlp.levels import Level
from nlp.masking import mask
from opinion import feedback
from opinion.feedback import MODEL_ALONE, Verdict
from opinion.models import Mention

CORRECT = "opinion.add_feedback"
WORDS_SHOWN = 3
WORD_LENGTH = 20
_CHOICES = ("neg", "neu", "pos")  # "none" is for texts without words: no choice of a person


@dataclass(frozen=True)
class Correction:
    """What people said of a post, in a few words each; `right` when all of it is agreement."""

    words: list[str]
    right: bool
    who: str
    at: datetime


@dataclass(frozen=True)
class Choice:
    """One box or button of the form."""

    value: str
    label: str
    chosen: bool
    hint: str = ""


@dataclass(frozen=True)
class Form:
    """What the form offers, as it stands by now; the machine's answers stand beside it."""

    alarms: list[Choice]
    labels: list[Choice]
    categories: list[Choice]
    machine_label: str
    machine_categories: str


def correction(verdict: Verdict) -> Correction:
    """Return what people said as a page shows it."""
    words = _differences(verdict)
    who = str(verdict.actor) if verdict.actor else verdict.via and f"接口 {verdict.via}"
    return Correction(words or ["判得对"], not words, who, verdict.at)


def form(mention: Mention, verdict: Verdict | None) -> Form:
    """Return the form for one mention, with what stands by now chosen."""
    machine = feedback.said(mention)
    wrong = (verdict and verdict.wrong_rules) or []
    label = (verdict and verdict.label) or mention.label
    categories = feedback.standing_categories(mention, verdict)
    return Form(
        alarms=[
            Choice(rule, _alarm(machine, rule), rule in wrong, _origin(machine, rule))
            for rule in feedback.alarms(machine)
        ],
        labels=[Choice(value, _label(value), value == label) for value in _CHOICES],
        categories=[Choice(c.value, c.label, c.value in categories) for c in Category],
        machine_label=_label(mention.label),
        machine_categories=_by_machine(mention.categories),
    )


def _differences(verdict: Verdict) -> list[str]:
    machine, words = verdict.said, []
    if verdict.wrong_rules:
        words.append(f"误报{'、'.join(_quoted(machine, rule) for rule in verdict.wrong_rules)}")
    if verdict.label is not None and verdict.label != machine["label"]:
        words.append(f"情感：{_label(verdict.label)}（机器判{_label(machine['label'])}）")
    found = verdict.categories
    if found is not None and set(found) != set(machine["categories"]):
        words.append(f"类别：{_names(found) or '无'}（{_by_machine(machine['categories'])}）")
    return words


def _alarm(machine: Mapping[str, Any], rule: str) -> str:
    return f"{_quoted(machine, rule)}不该预警" if rule else "不该预警"


def _quoted(machine: Mapping[str, Any], rule: str) -> str:
    """Return the words that a rule hit, as quoted words; nothing for the model alone."""
    if rule == MODEL_ALONE:
        return ""
    hits = [mask(str(hit["text"])) for hit in machine["hits"] if hit["rule"] == rule]
    return "".join(f"「{_cut(text)}」" for text in list(dict.fromkeys(hits))[:WORDS_SHOWN])


def _cut(text: str) -> str:
    return text if len(text) <= WORD_LENGTH else f"{text[:WORD_LENGTH]}……"


def _origin(machine: Mapping[str, Any], rule: str) -> str:
    if rule == MODEL_ALONE:
        return "没有命中词，模型判为明显负面"
    hits = [hit for hit in machine["hits"] if hit["rule"] == rule]
    level = Level.highest(Level(hit["level"]) for hit in hits)
    return f"{level.label if level else ''} · {_names([hits[0]['category']])} · {rule}"


def _label(value: str) -> str:
    return str(Mention.Label(value).label)


def _names(categories: Iterable[str]) -> str:
    return "、".join(Category(value).label for value in categories)


def _by_machine(categories: Iterable[str]) -> str:
    names = _names(categories)
    return f"机器判{names}" if names else "机器没有判类别"
