"""Corrections are kept with what the machine said."""

from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Person
from opinion import feedback
from opinion.models import Feedback, Mention
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


def hit(rule: str, category: str = "quality", level: str = "severe", text: str = "漏水") -> Any:
    place = {"start": 0, "end": len(text)}
    return {"rule": rule, "category": category, "level": level, "text": text, **place}


@pytest.fixture
def alarmed() -> Mention:
    """A mention that two rules hit, in two categories."""
    hits = [hit("leak"), hit("late", "logistics", "watch", "还没到")]
    categories = ["quality", "logistics"]
    return make_mention(make_subject(), hits=hits, categories=categories, level="severe")


@pytest.fixture
def li() -> Person:
    return Person.objects.create(username="li")


def stand(mention: Mention) -> feedback.Verdict:
    return feedback.verdicts([mention.pk])[mention.pk]


def revise(mention: Mention, actor: Person, minutes: int = 0, **changes: Any) -> list[Feedback]:
    """Send the form as it stands, with these changes."""
    wanted = {"label": "neg", "categories": ["quality", "logistics"], "wrong_rules": [], **changes}
    return feedback.revise(mention, **wanted, actor=actor, now=NOW + timedelta(minutes=minutes))


def test_a_false_alarm_means_all_that_alarmed_unless_rules_are_named(
    alarmed: Mention, li: Person
) -> None:
    every = feedback.record(alarmed, "false_alarm", actor=li, now=NOW)
    assert every.correct == {"wrong_rules": ["leak", "late"]}
    named = {"wrong_rules": ["late"]}
    one = feedback.record(alarmed, "false_alarm", actor=li, now=NOW, correct=named)
    assert one.correct == named
    assert stand(alarmed).judged_rules == {"leak": True, "late": False}


@pytest.mark.parametrize(
    ("kind", "correct", "named"),
    [
        ("false_alarm", {"wrong_rules": ["none-such"]}, "none-such"),
        ("label", {}, "情感"),
        ("category", {}, "类别"),
        ("confirmed", {"label": "pos"}, "label"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused(
    alarmed: Mention, li: Person, kind: str, correct: dict[str, Any], named: str
) -> None:
    with pytest.raises(feedback.UnusableFeedback, match=named):
        feedback.record(alarmed, kind, actor=li, now=NOW, correct=correct)
    assert not Feedback.objects.exists()


def test_what_raised_no_alarm_is_no_false_alarm(li: Person) -> None:
    quiet = make_mention(make_subject(), level="", label="pos")
    with pytest.raises(feedback.UnusableFeedback, match="没有预警"):
        feedback.record(quiet, "false_alarm", actor=li, now=NOW)


def test_an_alarm_without_a_word_is_the_models(li: Person) -> None:
    angry = make_mention(make_subject(), level="watch", hits=[])
    feedback.record(angry, "label", actor=li, now=NOW, correct={"label": "neu"})
    assert stand(angry).judged_rules == {feedback.MODEL_ALONE: False}


def test_only_what_changed_is_kept_part_by_part(alarmed: Mention, li: Person) -> None:
    assert revise(alarmed, li) == []
    kept = revise(alarmed, li, 1, label="neu", categories=["service"], wrong_rules=["leak"])
    assert [row.kind for row in kept] == ["false_alarm", "label", "category"]
    stands = stand(alarmed)
    assert (stands.label, stands.categories) == ("neu", ["service"])
    assert stands.judged_rules == {"leak": False, "late": True}


def test_correcting_again_takes_a_correction_back(alarmed: Mention, li: Person) -> None:
    revise(alarmed, li, label="pos", wrong_rules=["leak"])
    again = revise(alarmed, li, 1)
    assert [row.correct for row in again] == [{"wrong_rules": []}, {"label": "neg"}]
    stands = stand(alarmed)
    assert (stands.label, stands.wrong_rules) == ("neg", [])
    assert Feedback.objects.count() == 4


def test_two_people_add_up_and_the_later_wins(alarmed: Mention, li: Person) -> None:
    wang = Person.objects.create(username="wang")
    for minutes, actor, kind, correct in [
        (0, li, "label", {"label": "pos"}),
        (1, wang, "category", {"categories": ["price", "service"]}),
        (2, wang, "label", {"label": "neu"}),
    ]:
        now = NOW + timedelta(minutes=minutes)
        feedback.record(alarmed, kind, actor=actor, now=now, correct=correct)
    stands = stand(alarmed)
    assert (stands.label, stands.categories) == ("neu", ["service", "price"])
    assert (stands.actor, stands.wrong_rules) == (wang, None)


def test_a_confirmation_says_that_all_was_right(alarmed: Mention, li: Person) -> None:
    feedback.record(alarmed, "label", actor=li, now=NOW, correct={"label": "pos"})
    feedback.record(alarmed, "confirmed", actor=li, now=NOW + timedelta(minutes=1))
    stands = stand(alarmed)
    assert (stands.label, stands.categories) == ("neg", ["quality", "logistics"])
    assert stands.judged_rules == {"leak": True, "late": True}


def test_categories_judge_the_rules_and_a_mood_does_not(alarmed: Mention, li: Person) -> None:
    feedback.record(alarmed, "label", actor=li, now=NOW, correct={"label": "pos"})
    assert stand(alarmed).judged_rules == {}
    right = {"categories": ["quality"]}
    feedback.record(alarmed, "category", actor=li, now=NOW, correct=right)
    assert stand(alarmed).judged_rules == {"leak": True, "late": False}


def test_who_came_over_the_api_is_named(alarmed: Mention) -> None:
    feedback.record(alarmed, "confirmed", actor=None, now=NOW, via="crm")
    assert (stand(alarmed).actor, stand(alarmed).via) == (None, "crm")


def test_reading_many_verdicts_is_one_query(li: Person, django_assert_num_queries: Any) -> None:
    subject = make_subject()
    mentions = [make_mention(subject) for _ in range(3)]
    for mention in mentions:
        feedback.record(mention, "confirmed", actor=li, now=NOW)
    with django_assert_num_queries(1):
        found = feedback.verdicts(mention.pk for mention in mentions)
        assert {str(verdict.actor) for verdict in found.values()} == {str(li)}
    with django_assert_num_queries(1):
        texts = [verdict.mention.post.text for verdict in feedback.all_verdicts()]
    assert len(texts) == 3
