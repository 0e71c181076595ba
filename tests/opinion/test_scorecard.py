"""What people judged, in figures: per rule, for the label, for the categories."""

import json
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import Person
from opinion import feedback
from opinion.commands import evaluate
from opinion.models import Mention
from opinion.scorecard import Scorecard, measure, wilson
from tests.opinion.makers import NOW, make_mention, make_subject
from tests.opinion.test_feedback import hit


@pytest.fixture
def li(db: None) -> Person:
    return Person.objects.create(username="li")


@pytest.fixture
def leaks(li: Person) -> list[Mention]:
    """Ten mentions that one rule hit."""
    subject = make_subject()
    said = {"hits": [hit("leak")], "categories": ["quality"], "level": "severe"}
    return [make_mention(subject, **said) for _ in range(10)]


def judged() -> Scorecard:
    return measure(feedback.all_verdicts())


def judge(mention: Mention, li: Person, kind: str, **correct: Any) -> None:
    feedback.record(mention, kind, actor=li, now=NOW, correct=correct)


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(0, 1, 0.0, 0.793), (1, 1, 0.207, 1.0), (8, 10, 0.490, 0.943), (500, 1000, 0.469, 0.531)],
)
def test_the_interval_is_wilsons(right: int, count: int, low: float, high: float) -> None:
    assert wilson(right, count) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_a_rules_precision_counts_what_people_judged(leaks: list[Mention], li: Person) -> None:
    for mention in leaks[:6]:
        judge(mention, li, "confirmed")
    for mention in leaks[6:8]:
        judge(mention, li, "false_alarm")
    tally = judged().rules["leak"]
    assert (tally.right, tally.wrong, tally.category) == (6, 2, "quality")
    assert tally.share == 0.75


def test_a_rule_that_hits_twice_in_one_post_counts_once(li: Person) -> None:
    hits = [hit("leak"), hit("leak", text="渗水")]
    judge(make_mention(make_subject(), hits=hits, level="severe"), li, "confirmed")
    assert judged().rules["leak"].count == 1


def test_a_correction_that_was_taken_back_no_longer_counts(
    leaks: list[Mention], li: Person
) -> None:
    judge(leaks[0], li, "false_alarm")
    later = NOW + timedelta(minutes=1)
    feedback.record(leaks[0], "confirmed", actor=li, now=later)
    tally = judged().rules["leak"]
    assert (tally.right, tally.wrong) == (1, 0)


def test_labels_count_where_people_corrected_or_confirmed(leaks: list[Mention], li: Person) -> None:
    judge(leaks[0], li, "confirmed")
    judge(leaks[1], li, "label", label="pos")
    judge(leaks[2], li, "label", label="neu")
    judge(leaks[3], li, "category", categories=["price"])
    card = judged()
    assert (card.mentions, card.labels.right, card.labels.wrong) == (4, 1, 2)
    assert card.confusion == {("neg", "neg"): 1, ("neg", "pos"): 1, ("neg", "neu"): 1}


def test_categories_are_right_wrong_or_missed(leaks: list[Mention], li: Person) -> None:
    judge(leaks[0], li, "category", categories=["quality", "safety"])
    judge(leaks[1], li, "category", categories=[])
    found = judged().categories
    assert (found["quality"].right, found["quality"].wrong) == (1, 1)
    assert (found["safety"].missed, found["safety"].wrong) == (1, 0)


def test_the_command_prints_tables_for_people(
    leaks: list[Mention], li: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(leaks[0], li, "confirmed")
    judge(leaks[1], li, "false_alarm")
    judge(leaks[2], li, "label", label="pos")
    assert evaluate.main(["--feedback"]) == 0
    said = capsys.readouterr().out
    assert "人工看过 3 条提及" in said
    assert "leak" in said
    assert "50.0%" in said
    assert "情感判对 1 / 2" in said
    assert "人判正面" in said


def test_the_command_writes_json_with_stable_keys(
    leaks: list[Mention], li: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(leaks[0], li, "confirmed")
    judge(leaks[1], li, "label", label="pos")
    assert evaluate.main(["--feedback", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    (rule,) = said["rules"]
    assert rule.keys() == {
        "rule",
        "category",
        "judged",
        "right",
        "wrong",
        "precision",
        "low",
        "high",
    }
    assert (rule["rule"], rule["judged"], rule["precision"]) == ("leak", 1, 1.0)
    assert said["label"]["accuracy"] == 0.5
    assert said["label"]["confusion"] == {"neg": {"neg": 1, "pos": 1}}
    assert said["categories"] == {"quality": {"right": 1, "wrong": 0, "missed": 0}}


def test_with_no_feedback_the_command_says_how_to_give_some(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.main(["--feedback"]) == 0
    assert "还没有人改判" in capsys.readouterr().out
    assert evaluate.main(["--feedback", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["label"]["accuracy"] is None


def test_what_another_evaluation_takes_is_wrong_usage_here(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        evaluate.main(["--feedback", "--data", "somewhere"])
    assert ended.value.code == 2
