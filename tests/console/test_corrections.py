"""People say at a post what the machine got wrong, and the page shows what they said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import incidents
from alerts.models import Incident, IncidentPost
from catalog.models import Person
from opinion.feedback import verdicts
from opinion.models import Feedback, Mention
from tests.alerts.factories import NOW, make_mention, make_subject, open_incident, rule_signal
from tests.console.reading import html, text

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def incident(pages: Client) -> Incident:
    return open_incident()


@pytest.fixture
def mention(incident: Incident) -> Mention:
    return IncidentPost.objects.get(incident=incident).mention


def address(incident: Incident, mention: Mention) -> str:
    return f"/incidents/{incident.pk}/posts/{mention.pk}"


def send(pages: Client, incident: Incident, mention: Mention, **changes: Any) -> Any:
    """Send the form as the machine filled it in, with these changes."""
    data = {"label": "neg", "category": ["quality"], "wrong": [], **changes}
    return pages.post(address(incident, mention), data, follow=True)


def test_a_post_offers_to_be_corrected(pages: Client, incident: Incident, mention: Mention) -> None:
    page = html(pages.get(f"/incidents/{incident.pk}"))
    assert f'href="{address(incident, mention)}?posts=1"' in page
    assert 'id="d-correct"' in page


def test_what_was_ruled_out_can_be_corrected_too(pages: Client, incident: Incident) -> None:
    words = "没有质量问题，挺好用"
    off = {"rule": "q", "category": "quality", "level": "severe", "text": "质量问题"}
    off |= {"start": 2, "end": 6, "reason": "negated", "label": "否定"}
    quiet = make_mention(
        text=words, hit="", level="", category="", categories=[], suppressed=[off], label="pos"
    )
    form = html(pages.get(address(incident, quiet)))
    assert "不该预警" not in form
    assert "机器没有判类别" in form
    page = text(send(pages, incident, quiet, label="neg", category=["quality"]))
    assert "情感：负面（机器判正面） 类别：质量（机器没有判类别）" in page


def test_the_form_stands_as_the_machine_judged(
    pages: Client, incident: Incident, mention: Mention
) -> None:
    form = html(pages.get(address(incident, mention)))
    assert "「漏水」不该预警" in form
    assert "严重 · 质量 · leak" in form
    assert 'name="label" value="neg" checked' in form
    assert 'name="category" value="quality" checked' in form
    assert form.count("checked>") == 2
    assert '<mark data-level="severe">漏水</mark>' in form
    assert form.startswith("<!doctype html>")


def test_inside_the_page_the_form_comes_alone(
    pages: Client, incident: Incident, mention: Mention
) -> None:
    answer = pages.get(address(incident, mention), headers={"HX-Request": "true"})
    assert html(answer).lstrip().startswith("<form")
    assert "hx-post" in html(answer)


def test_a_false_alarm_is_kept_with_what_the_machine_said_and_shown(
    pages: Client, incident: Incident, mention: Mention, lin: Person
) -> None:
    page = send(pages, incident, mention, wrong=["leak"])
    (kept,) = Feedback.objects.all()
    assert (kept.kind, kept.correct, kept.actor) == (
        "false_alarm",
        {"wrong_rules": ["leak"]},
        lin,
    )
    assert (kept.said["label"], kept.said["p_neg"], kept.said["versions"]) == ("neg", 0.95, "t")
    assert (kept.said["categories"], kept.said["hits"][0]["rule"]) == (["quality"], "leak")
    assert "误报「漏水」 林晓 今天 14:02" in text(page)
    assert "已改判帖文" in html(page)


def test_label_and_categories_are_corrected_in_one_go(
    pages: Client, incident: Incident, mention: Mention
) -> None:
    page = text(send(pages, incident, mention, label="neu", category=["price", "logistics"]))
    assert "情感：中性（机器判负面） 类别：价格、物流（机器判质量）" in page
    assert page.count("林晓 改判帖文，") == 1, "one line of the timeline"
    mention.refresh_from_db()
    assert (mention.label, mention.categories) == ("neg", ["quality"])


def test_agreement_is_kept_and_shown(pages: Client, incident: Incident, mention: Mention) -> None:
    page = send(pages, incident, mention, confirm="1", label="pos")
    assert Feedback.objects.get().kind == "confirmed"
    assert '<span class="tag" data-kind="ok">判得对</span>' in html(page)
    assert "林晓 看过帖文，判得对" in text(page)


def test_an_unchanged_form_keeps_nothing(
    pages: Client, incident: Incident, mention: Mention
) -> None:
    assert "没有改动" in html(send(pages, incident, mention))
    assert not Feedback.objects.exists()


def test_correcting_again_takes_it_back(
    pages: Client, incident: Incident, mention: Mention, at: Any
) -> None:
    send(pages, incident, mention, label="pos", wrong=["leak"])
    form = html(pages.get(address(incident, mention)))
    assert 'name="label" value="pos" checked' in form
    assert 'name="wrong" value="leak" checked' in form
    at(NOW + timedelta(minutes=1))
    page = html(send(pages, incident, mention))
    assert '<span class="tag" data-kind="ok">判得对</span>' in page
    stands = verdicts([mention.pk])[mention.pk]
    assert (stands.label, stands.wrong_rules) == ("neg", [])


@pytest.mark.parametrize(
    "wrong", [{"label": "angry"}, {"category": ["noise"]}, {"wrong": ["none-such"]}]
)
def test_what_does_not_exist_is_refused_in_words(
    pages: Client, incident: Incident, mention: Mention, wrong: dict[str, Any]
) -> None:
    page = send(pages, incident, mention, **{"label": "pos", **wrong})
    assert "没有保存" in text(page)
    assert not Feedback.objects.exists()


def test_the_page_of_posts_is_kept(pages: Client, incident: Incident) -> None:
    incidents.attach([rule_signal(make_mention(text=f"漏水 {n}")) for n in range(15)], now=NOW)
    last = IncidentPost.objects.order_by("pk")[0].mention
    answer = pages.post(address(incident, last), {"confirm": "1", "posts": "2"})
    assert answer.headers["Location"] == f"/incidents/{incident.pk}?posts=2#i-posts"
    answer = pages.post(address(incident, last), {"confirm": "1", "posts": "//evil.example"})
    assert answer.headers["Location"] == f"/incidents/{incident.pk}#i-posts"


def test_a_post_of_another_subject_and_incident_is_not_found(
    pages: Client, incident: Incident
) -> None:
    other = make_mention(make_subject("v8", "V8"))
    assert pages.get(address(incident, other)).status_code == 404
    assert send(pages, incident, other, label="pos").status_code == 404
    assert pages.get("/incidents/999/posts/1").status_code == 404


def test_a_hostile_post_and_personal_data_stay_harmless_in_the_form(pages: Client) -> None:
    hostile = "漏水<script>alert(1)</script> 电话 13812342046"
    incident = open_incident(text=hostile)
    form = html(pages.get(address(incident, IncidentPost.objects.get().mention)))
    assert "<script>alert" not in form
    assert "13812342046" not in form


@pytest.mark.parametrize("role", ["值班公关", "客服", "分析", "管理"])
def test_every_role_may_correct(
    client: Client, incident: Incident, mention: Mention, person: Callable[..., Person], role: str
) -> None:
    client.force_login(person("someone", role), backend=BACKEND)
    assert client.post(address(incident, mention), {"confirm": "1"}).status_code == 302
    assert Feedback.objects.get().actor.username == "someone"


def test_who_may_only_look_is_offered_nothing_and_refused(
    client: Client, incident: Incident, mention: Mention, person: Callable[..., Person]
) -> None:
    from django.contrib.auth.models import Permission

    looker = person("looker", "分析")
    looker.groups.clear()
    looker.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client.force_login(looker, backend=BACKEND)
    assert "改判" not in html(client.get(f"/incidents/{incident.pk}"))
    assert client.get(address(incident, mention)).status_code == 403
    assert client.post(address(incident, mention), {"confirm": "1"}).status_code == 403
    assert not Feedback.objects.exists()


def test_a_stranger_is_sent_to_the_login(incident: Incident, mention: Mention) -> None:
    stranger = Client()
    for answer in (
        stranger.get(address(incident, mention)),
        stranger.post(address(incident, mention), {"confirm": "1"}),
    ):
        assert answer.headers["Location"].startswith("/login?next=")


def test_more_corrections_cost_no_more_queries(
    pages: Client,
    incident: Incident,
    mention: Mention,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    send(pages, incident, mention, label="pos")
    pages.get(f"/incidents/{incident.pk}")
    with django_assert_max_num_queries(32) as seen:
        pages.get(f"/incidents/{incident.pk}")
    few = len(seen)
    signals = [rule_signal(make_mention(text=f"漏水 {n}")) for n in range(8)]
    incidents.attach(signals, now=NOW)
    for signal in signals:
        send(pages, incident, signal.mention, label="pos")
    with django_assert_num_queries(few):
        pages.get(f"/incidents/{incident.pk}")
