"""One incident: what its page tells, and what people do there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import incidents, lifecycle
from alerts.lifecycle import Action
from alerts.models import Incident, IncidentPost, Notification
from catalog.models import Person
from crawlers.models import Post
from opinion.models import Cluster
from tests.alerts.factories import (
    NOW,
    burst_signal,
    index_signal,
    make_mention,
    make_notification,
    make_subject,
    open_incident,
    rule_signal,
)
from tests.console.reading import html, text


@pytest.fixture
def incident(pages: Client) -> Incident:
    return open_incident()


def page(pages: Client, incident: Incident, query: str = "") -> Any:
    return pages.get(f"/incidents/{incident.pk}{query}")


def test_head_and_clocks_say_how_bad_and_by_when(pages: Client, incident: Incident) -> None:
    said = text(page(pages, incident))
    assert "严重 电热水壶 S2 · 质量 待认领" in said
    assert "负责人 林晓（公关值班）" in said
    assert "响应还剩 30:00 14:02 起算，7×24 计时 · 已计 00:00 · 14:32 到时" in said
    assert "目标 4 小时 · 18:02 到时 · 超时升级到 林晓" in said


def test_the_page_says_why(pages: Client, incident: Incident) -> None:
    signals = [burst_signal(incident.subject), index_signal(incident.subject, level="severe")]
    incidents.attach(signals, now=NOW)
    said = text(page(pages, incident))
    assert "「漏水」 1" in said
    assert "1 小时负面 23 条，同时段往常 2.1 条" in said
    assert "72.4 ，越过严重线 70；证据 46.0，来自 46 条帖文" in said


def test_look_alikes_are_counted_and_shown_with_the_reason(
    pages: Client, incident: Incident
) -> None:
    words = "没有质量问题，挺好用"
    off = {"rule": "q", "category": "quality", "level": "severe", "text": "质量问题"}
    off |= {"start": 2, "end": 6, "reason": "negated", "label": "否定"}
    make_mention(text=words, hit="", level="", category="", suppressed=[off], label="pos")
    found = page(pages, incident)
    assert "另有 1 条没有计入：否定 1" in text(found)
    assert '<mark data-off title="否定，未计入">质量问题</mark>' in html(found)


def test_the_words_that_counted_are_marked(pages: Client, incident: Incident) -> None:
    assert '<mark data-level="severe">漏水</mark>' in html(page(pages, incident))


def test_personal_data_is_hidden_everywhere(pages: Client) -> None:
    incident = open_incident(text="漏水了，电话 13812342046，订单号 382011112222333317")
    lifecycle.move(
        incident, Action.COMMENT, actor=None, now=NOW, reason="回拨 13900001111，已约上门"
    )
    found = html(page(pages, incident))
    for secret in ("13812342046", "382011112222333317", "13900001111"):
        assert secret not in found


HOSTILE = '漏水<script>alert(1)</script><img src=x onerror="x()">'


def test_a_hostile_post_stays_text(pages: Client) -> None:
    incident = open_incident(
        text=HOSTILE, post={"author": "<b>x</b>", "url": "javascript:alert(1)"}
    )
    found = html(page(pages, incident))
    assert "<script>alert" not in found
    assert "<img" not in found
    assert "javascript:" not in found
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found


def test_the_original_opens_elsewhere_and_tells_nothing(pages: Client) -> None:
    incident = open_incident(post={"url": "https://item.example/1?a=1&b=2"})
    link = 'href="https://item.example/1?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow"'
    assert link in html(page(pages, incident))


def test_what_says_nearly_the_same_is_folded(pages: Client) -> None:
    moments = {"founded_at": NOW, "first_at": NOW, "last_at": NOW, "fingerprint": 1}
    cluster = Cluster.objects.create(**moments)
    incident = open_incident(cluster=cluster, post={"author_hash": "a"})
    for number in range(4):
        mention = make_mention(
            text=f"也是漏水 {number}", cluster=cluster, post={"author_hash": "ab"[number % 2]}
        )
        IncidentPost.objects.create(incident=incident, mention=mention, at=NOW)
    Incident.objects.filter(pk=incident.pk).update(posts=5)
    said = text(page(pages, incident))
    assert "帖文 5 相似的已折叠为 1 组" in said
    assert "×5 · 2 人" in said


def test_tasks_are_ticked_and_unticked(pages: Client, incident: Incident, lin: Person) -> None:
    task = incident.tasks.get(party="pr")
    address = f"/incidents/{incident.pk}/tasks/{task.pk}"
    assert "备致歉口径 林晓 14:02" in text(pages.post(address, {"done": "1"}, follow=True))
    task.refresh_from_db()
    assert task.done_by == lin
    pages.post(address, {"done": "0"})
    task.refresh_from_db()
    assert task.done_at is None


def test_a_task_that_a_colleague_ticked_first_is_said(pages: Client, incident: Incident) -> None:
    task = incident.tasks.get(party="pr")
    lifecycle.finish_task(task, actor=None, now=NOW)
    response = pages.post(f"/incidents/{incident.pk}/tasks/{task.pk}", {"done": "1"}, follow=True)
    assert "同事刚刚改过这一项" in text(response)


def test_a_task_of_another_incident_is_not_found(pages: Client, incident: Incident) -> None:
    other = open_incident(category="price", subject=make_subject("v8", "V8"))
    task = other.tasks.get(party="pr")
    response = pages.post(f"/incidents/{incident.pk}/tasks/{task.pk}", {"done": "1"})
    assert response.status_code == 404


def test_what_was_sent_and_what_was_not(pages: Client, incident: Incident) -> None:
    Notification.objects.update(state="delivered", delivered_at=NOW)
    make_notification(incident=incident, state="undeliverable", error="机器人已被移出群")
    found = page(pages, incident)
    assert "企业微信 公关群 没有送出（新事件）：机器人已被移出群" in text(found)
    assert "2 次，1 次失败" in text(found)


def test_the_course_is_told_in_order(pages: Client, incident: Incident, lin: Person) -> None:
    later = NOW + timedelta(minutes=18)
    lifecycle.move(incident, Action.ACKNOWLEDGE, actor=lin, now=later)
    said = text(page(pages, incident))
    assert "事件打开为严重" in said
    assert said.index("事件打开为严重") < said.index("林晓 认领，用时 18 分钟，在时限内")


def test_the_script_can_be_copied(pages: Client, incident: Incident) -> None:
    assert "先停用，我们上门取件。" in text(page(pages, incident))


@pytest.mark.parametrize(
    ("action", "data", "state", "said"),
    [
        ("acknowledge", {}, "acknowledged", "已认领 E-{pk}，响应用时 0 秒"),
        ("start", {}, "in_progress", "开始处理 E-{pk}，响应用时 0 秒"),
        ("resolve", {"reason": "换货"}, "resolved", "已解决 E-{pk}，等待验证效果"),
        ("false_alarm", {"reason": "别家"}, "verified", "E-{pk} 已记为误报并关闭"),
        ("lower", {"reason": "个例", "level": "watch"}, "open", "E-{pk} 已改判为关注"),
    ],
)
def test_an_action_is_done_and_said(
    pages: Client, incident: Incident, action: str, data: dict[str, str], state: str, said: str
) -> None:
    response = pages.post(f"/incidents/{incident.pk}/{action}", data, follow=True)
    assert said.format(pk=incident.pk) in html(response)
    incident.refresh_from_db()
    assert incident.state == state


def test_solved_verified_reopened(pages: Client, incident: Incident) -> None:
    for action, state in [("resolve", "resolved"), ("verify", "verified"), ("reopen", "open")]:
        pages.post(f"/incidents/{incident.pk}/{action}", {"reason": "见经过"})
        incident.refresh_from_db()
        assert incident.state == state


def test_a_transfer_names_the_new_owner(pages: Client, incident: Incident, zhou: Person) -> None:
    data = {"person": str(zhou.pk), "reason": "样机今晚到"}
    response = pages.post(f"/incidents/{incident.pk}/assign", data, follow=True)
    assert f"{incident.number} 已转交给 周敏" in html(response)
    assert "从 林晓 转交给 周敏" in text(response)
    assert "样机今晚到" in text(response)


@pytest.mark.parametrize("chosen", ["", "abc", "999999", "99999999999999"])
def test_a_transfer_to_nobody_is_refused(pages: Client, incident: Incident, chosen: str) -> None:
    response = pages.post(f"/incidents/{incident.pk}/assign", {"person": chosen}, follow=True)
    assert "选一个在用的账号" in text(response)


@pytest.mark.parametrize("action", ["resolve", "false_alarm", "lower"])
def test_a_missing_reason_is_said_and_nothing_happens(
    pages: Client, incident: Incident, action: str
) -> None:
    response = pages.post(
        f"/incidents/{incident.pk}/{action}", {"reason": "  ", "level": "watch"}, follow=True
    )
    assert 'data-kind="error"' in html(response)
    incident.refresh_from_db()
    assert (incident.state, incident.level) == ("open", "severe")


def test_who_was_first_is_named(pages: Client, incident: Incident, zhou: Person, at: Any) -> None:
    lifecycle.move(incident, Action.ACKNOWLEDGE, actor=zhou, now=NOW)
    at(NOW + timedelta(minutes=2))
    response = pages.post(
        f"/incidents/{incident.pk}/acknowledge", {"seen_state": "open"}, follow=True
    )
    assert "周敏 2 分钟前已认领，你的修改没有保存" in text(response)


def test_a_transfer_over_a_transfer_is_refused(
    pages: Client, incident: Incident, zhou: Person, lin: Person
) -> None:
    before = incident.owner_id
    lifecycle.assign(incident, zhou, actor=lin, now=NOW)
    third = Person.objects.create(username="third")
    data = {"person": third.pk, "seen_owner": before, "seen_state": "open"}
    response = pages.post(f"/incidents/{incident.pk}/assign", data, follow=True)
    assert "已转交，你的修改没有保存" in text(response)
    incident.refresh_from_db()
    assert incident.owner == zhou


@pytest.mark.parametrize("action", ["assign", "resolve", "false_alarm", "lower"])
def test_without_scripts_a_form_has_its_own_page(
    pages: Client, incident: Incident, action: str
) -> None:
    response = pages.get(f"/incidents/{incident.pk}/{action}")
    assert response.status_code == 200
    assert f'action="/incidents/{incident.pk}/{action}"' in html(response)


@pytest.mark.parametrize("action", ["acknowledge", "verify", "reopen"])
def test_what_cannot_be_asked_now_leads_back(
    pages: Client, incident: Incident, action: str
) -> None:
    response = pages.get(f"/incidents/{incident.pk}/{action}")
    assert response.headers["Location"] == f"/incidents/{incident.pk}"


def test_an_unknown_action_or_incident_is_not_found(pages: Client, incident: Incident) -> None:
    assert pages.post(f"/incidents/{incident.pk}/explode").status_code == 404
    assert pages.post(f"/incidents/{incident.pk}/comment-x").status_code == 404
    assert pages.get("/incidents/999999").status_code == 404


def test_a_comment_is_kept_and_an_empty_one_refused(pages: Client, incident: Incident) -> None:
    address = f"/incidents/{incident.pk}/comment"
    assert "已联系用户" in text(pages.post(address, {"reason": "已联系用户"}, follow=True))
    assert "留言还是空的" in text(pages.post(address, {"reason": " "}, follow=True))


def test_the_effect_of_a_solution_is_shown(pages: Client, incident: Incident, lin: Person) -> None:
    lifecycle.move(incident, Action.RESOLVE, actor=lin, now=NOW, reason="召回")
    said = text(page(pages, incident))
    assert "解决前 24 小时 0 条，解决后 0 秒 0 条" in said.replace("  ", " ")


def test_more_posts_cost_no_more_queries(
    pages: Client,
    incident: Incident,
    django_assert_num_queries: Any,
    django_assert_max_num_queries: Any,
) -> None:
    def add(count: int) -> None:
        signals = [
            rule_signal(make_mention(text=f"漏水 {n} {Post.objects.count()}")) for n in range(count)
        ]
        incidents.attach(signals, now=NOW)

    add(5)
    with django_assert_max_num_queries(30) as few:
        page(pages, incident)
    add(45)
    with django_assert_num_queries(len(few)):
        page(pages, incident)


def test_posts_are_paged(pages: Client, incident: Incident) -> None:
    incidents.attach([rule_signal(make_mention(text=f"漏水 {n}")) for n in range(15)], now=NOW)
    assert "第 1 / 2 页" in text(page(pages, incident))
    assert "第 2 / 2 页" in text(page(pages, incident, "?posts=2"))
    assert "第 2 / 2 页" in text(page(pages, incident, "?posts=99"))
    assert "第 1 / 2 页" in text(page(pages, incident, "?posts=x"))
