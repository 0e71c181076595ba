"""Corrections are kept with what the machine said."""

from typing import Any

import pytest

from catalog.models import Person
from opinion import feedback
from tests.opinion.makers import NOW, make_mention, make_subject

pytestmark = pytest.mark.django_db


def test_a_correction_remembers_what_was_said() -> None:
    mention = make_mention(make_subject(), categories=["quality"], level="severe")
    person = Person.objects.create(username="li")
    kept = feedback.record(mention, "label", correct={"label": "pos"}, actor=person, now=NOW)
    kept.refresh_from_db()
    assert kept.correct == {"label": "pos"}
    assert (kept.said["label"], kept.said["level"], kept.said["p_neg"]) == ("neg", "severe", 0.9)
    assert (kept.said["categories"], kept.said["versions"]) == (["quality"], "fake+1")
    assert (kept.actor, kept.at) == (person, NOW)
    mention.refresh_from_db()
    assert mention.label == "neg"


@pytest.mark.parametrize(
    ("kind", "correct", "named"),
    [
        ("guess", {}, "guess"),
        ("label", {"label": "angry"}, "angry"),
        ("category", {"categories": ["quality", "noise"]}, "noise"),
        ("label", {"mood": "neg"}, "mood"),
    ],
)
def test_a_correction_to_what_does_not_exist_is_refused(
    kind: str, correct: dict[str, Any], named: str
) -> None:
    mention = make_mention(make_subject())
    person = Person.objects.create(username="li")
    with pytest.raises(feedback.UnusableFeedback, match=named):
        feedback.record(mention, kind, correct=correct, actor=person, now=NOW)
