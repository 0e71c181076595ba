"""`fenghuo feedback export`: what people corrected leaves as JSON lines that training reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from catalog.models import Person
from nlp.training.feedback import read_feedback
from opinion import feedback
from opinion.commands import feedback as command
from opinion.models import Mention
from tests.opinion.makers import NOW, make_mention, make_post, make_subject
from tests.opinion.test_feedback import hit

pytestmark = pytest.mark.django_db
TEXT = "壶底漏水，客服让我打 13812342046，没人接"


@pytest.fixture
def mention() -> Mention:
    hits = [hit("leak"), hit("phone", "service", "normal", "13812342046")]
    said = {"hits": hits, "categories": ["quality", "service"], "level": "severe"}
    return make_mention(make_subject(), make_post(TEXT, rating=1), **said)


def judge(mention: Mention, kind: str, **correct: Any) -> None:
    li, _ = Person.objects.get_or_create(username="li", name="李雷")
    feedback.record(mention, kind, actor=li, now=NOW, correct=correct)


def exported(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert command.main(["export"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_a_line_holds_the_text_what_is_right_and_what_the_machine_said(
    mention: Mention, capfd: pytest.CaptureFixture[str]
) -> None:
    judge(mention, "label", label="neu")
    judge(mention, "category", categories=["service"])
    (row,) = exported(capfd)
    assert (row["label"], row["categories"], row["subject"]) == ("neu", ["service"], "xinghe")
    assert (row["said"]["label"], row["said"]["versions"]) == ("neg", "fake+1")
    assert [one["rule"] for one in row["said"]["hits"]] == ["leak", "phone"]
    assert (row["platform"], row["kind"], row["rating"]) == ("jd", "review", 1)


def test_personal_data_and_who_judged_stay_inside(
    mention: Mention, capfd: pytest.CaptureFixture[str]
) -> None:
    judge(mention, "confirmed")
    line = json.dumps(exported(capfd), ensure_ascii=False)
    assert "13812342046" not in line
    assert "138****2046" in line
    assert "李雷" not in line


@pytest.mark.parametrize(
    ("kind", "correct", "severe"),
    [
        ("confirmed", {}, True),
        ("false_alarm", {}, False),
        ("false_alarm", {"wrong_rules": ["phone"]}, True),
        ("false_alarm", {"wrong_rules": ["leak"]}, False),
        ("category", {"categories": ["service"]}, False),
        ("label", {"label": "pos"}, None),
    ],
)
def test_whether_it_is_severe_follows_from_the_judged_rules(
    mention: Mention,
    kind: str,
    correct: dict[str, Any],
    severe: bool | None,
    capfd: pytest.CaptureFixture[str],
) -> None:
    judge(mention, kind, **correct)
    assert exported(capfd)[0]["severe"] is severe


@pytest.mark.parametrize(("chosen", "severe"), [([], False), (["safety"], None)])
def test_a_missed_category_leaves_open_whether_it_is_severe(
    chosen: list[str], severe: bool | None, capfd: pytest.CaptureFixture[str]
) -> None:
    judge(make_mention(make_subject(), level=""), "category", categories=chosen)
    assert exported(capfd)[0]["severe"] is severe


def test_training_reads_what_was_exported(
    mention: Mention, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    judge(mention, "false_alarm", wrong_rules=["phone"])
    assert command.main(["export"]) == 0
    path = tmp_path / "feedback.jsonl"
    path.write_text(capfd.readouterr().out, encoding="utf-8")
    (read,) = read_feedback(path)
    assert (read.label, read.categories, read.wrong_rules) == (None, None, ("phone",))
    assert read.severe is True


def test_nothing_corrected_is_an_empty_file_and_a_line_for_people(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["export"]) == 0
    said = capfd.readouterr()
    assert (said.out, "还没有人改判" in said.err) == ("", True)


def test_a_reader_that_has_had_enough_is_no_failure(
    mention: Mention, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge(mention, "confirmed")

    def full(verdicts: Any) -> Any:
        raise BrokenPipeError
        yield b""

    monkeypatch.setattr(command, "_lines", full)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert command.main(["export"]) == 0
