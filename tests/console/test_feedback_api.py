"""Corrections that come over the API: the same as from the page, in the name of the token."""

from typing import Any

import pytest

from opinion.models import Feedback, Mention
from tests.alerts.factories import make_mention, make_subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def mention() -> Mention:
    return make_mention(post={"native_id": "c-1", "kind": "complaint"})


def send(api: Any, **body: Any) -> Any:
    post = {"platform": "jd", "kind": "complaint", "native_id": "c-1"}
    return api("POST", "/feedback", {**post, **body}, scope="incidents")


@pytest.mark.parametrize(
    ("body", "correct"),
    [
        ({"verdict": "false_alarm"}, {"wrong_rules": ["leak"]}),
        ({"verdict": "false_alarm", "wrong_rules": []}, {"wrong_rules": []}),
        ({"verdict": "label", "label": "neu"}, {"label": "neu"}),
        ({"verdict": "category", "categories": []}, {"categories": []}),
        (
            {"verdict": "confirmed"},
            {"label": "neg", "categories": ["quality"], "wrong_rules": []},
        ),
    ],
)
def test_a_statement_is_kept_in_the_name_of_the_token(
    api: Any,
    mention: Mention,
    body: dict[str, Any],
    correct: dict[str, Any],
) -> None:
    answer = send(api, **body)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert (said["subject"], said["verdict"], said["correct"]) == ("s2", body["verdict"], correct)
    assert said["said"]["label"] == "neg"
    kept = Feedback.objects.get()
    assert (kept.mention, kept.correct, kept.actor, kept.via) == (mention, correct, None, "test")


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "guess"},
        {"verdict": "label"},
        {"verdict": "label", "label": "angry"},
        {"verdict": "label", "label": "neg", "categories": []},
        {"verdict": "category", "categories": ["noise"]},
        {"verdict": "category", "categories": "quality"},
        {"verdict": "false_alarm", "wrong_rules": ["none-such"]},
        {},
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    api: Any,
    mention: Mention,
    body: dict[str, Any],
) -> None:
    answer = send(api, **body)
    assert answer.status_code == 422
    assert answer.json()["detail"]
    assert not Feedback.objects.exists()


def test_a_post_about_two_subjects_wants_one_named(
    api: Any,
    mention: Mention,
) -> None:
    other = Mention.objects.get(pk=mention.pk)
    other.pk, other.subject = None, make_subject("brand", "星禾")
    other.save(force_insert=True)
    answer = send(api, verdict="confirmed")
    assert answer.status_code == 422
    assert "brand, s2" in answer.json()["detail"]
    assert send(api, verdict="confirmed", subject="s2").status_code == 200
    assert Feedback.objects.get().mention == mention


def test_a_post_that_is_not_known_or_not_about_it_is_not_found(
    api: Any,
    mention: Mention,
) -> None:
    assert send(api, verdict="confirmed", native_id="none").status_code == 404
    assert send(api, verdict="confirmed", subject="other").status_code == 404
