"""The overview: the most urgent, each subject's index, what came in, how the sources are."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.lifecycle import Action
from catalog.models import Person, Subject
from crawlers.models import Source
from opinion import buckets
from tests.alerts.factories import NOW, make_mention, make_subject, open_incident
from tests.console.reading import html, text


def talk(
    subject: Subject, count: int, *, platform: str = "jd", hours: float = 1, **more: Any
) -> None:
    """Let `count` posts speak of a subject, counted in the index."""
    made = [
        make_mention(
            subject,
            f"漏水 {platform} {n}",
            published_at=NOW - timedelta(hours=hours),
            post={"platform": platform},
            **more,
        )
        for n in range(count)
    ]
    buckets.add(buckets.sums_of((mention, mention.post) for mention in made))


def test_the_nearest_severe_deadline_is_the_one_loud_thing(pages: Client) -> None:
    open_incident("severe", "safety", now=NOW - timedelta(minutes=18))
    open_incident("severe", "legal", now=NOW)
    page = pages.get("/")
    assert html(page).count('class="urgent"') == 1
    said = text(page)
    assert "电热水壶 S2 · 安全：" in said
    assert "12:00 内须响应 ，14:14 到时" in said


def test_a_taken_incident_counts_down_to_its_solution(pages: Client, lin: Person) -> None:
    incident = open_incident("severe")
    lifecycle.move(incident, Action.ACKNOWLEDGE, actor=lin, now=NOW)
    assert "4:00:00 内须解决" in text(pages.get("/"))


def test_a_calm_day_has_nothing_loud(pages: Client) -> None:
    open_incident("normal")
    page = pages.get("/")
    assert 'class="urgent"' not in html(page)
    assert "严重 0 没有未结的 普通 1 电热水壶 S2 · 质量 30:00 关注 0" in text(page)


def test_an_index_is_shown_with_evidence_and_what_moved_it(pages: Client) -> None:
    talk(make_subject(), 20)
    talk(make_subject(), 10, platform="weibo")
    said = text(pages.get("/"))
    assert "30 条 · 证据" in said
    assert "京东 +" in said
    assert "微博 +" in said


def test_little_evidence_is_said_so(pages: Client) -> None:
    talk(make_subject(), 2)
    page = pages.get("/")
    assert "2 条 · 证据不足，仅供参考" in text(page)
    assert 'class="nei" data-thin' in html(page)


def test_a_subject_nobody_speaks_of_is_listed(pages: Client) -> None:
    make_subject("quiet", "安静的牌子")
    make_subject("gone", "不看了", active=False)
    said = text(pages.get("/"))
    assert "安静的牌子" in said
    assert "没有提到它的帖文" in said
    assert "不看了" not in said


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("", "与 24 小时前相比"),
        ("6h", "与 6 小时前相比"),
        ("7d", "与 7 天前相比"),
        ("x", "与 24 小时前"),
    ],
)
def test_the_window_is_in_the_address(pages: Client, window: str, words: str) -> None:
    assert words in text(pages.get(f"/?window={window}"))


def test_new_posts_are_masked_and_folded(pages: Client) -> None:
    for _ in range(3):
        make_mention(text="漏水，打 13812342046 没人接")
    page = html(pages.get("/"))
    assert "13812342046" not in page
    assert page.count("138****2046") == 1
    assert "近 1 小时 3 条负面" in text(pages.get("/"))


@pytest.mark.parametrize(
    ("values", "state", "said"),
    [
        ({"last_ok_at": NOW - timedelta(seconds=40)}, "ok", "40 秒前"),
        ({"last_ok_at": NOW - timedelta(hours=3)}, "slow", "3 小时没有采到"),
        ({"last_ok_at": NOW, "failures": 1}, "slow", "上次没采成"),
        ({"last_ok_at": NOW - timedelta(hours=1), "failures": 2}, "down", "采集失败，1 小时无数据"),
        (
            {"last_ok_at": NOW - timedelta(hours=3), "block_reason": "login"},
            "down",
            "需要登录，3 小时无数据",
        ),
        ({"block_reason": "captcha"}, "down", "要求验证码，还没有采到过"),
        ({}, "slow", "还没有采过"),
    ],
)
def test_a_source_says_how_it_is(
    pages: Client, values: dict[str, Any], state: str, said: str
) -> None:
    Source.objects.create(slug="weibo", name="微博搜索", spider="x", platform="weibo", **values)
    page = pages.get("/")
    assert f'<li data-state="{state}">' in html(page)
    assert said in text(page)


def test_an_index_names_what_it_lacks(pages: Client) -> None:
    make_subject()
    values = {"last_ok_at": NOW - timedelta(hours=3, minutes=2), "block_reason": "login"}
    Source.objects.create(slug="w", name="微博搜索", spider="x", platform="weibo", **values)
    assert "不含 微博（需要登录，3 小时）" in text(pages.get("/"))


def test_a_new_house_says_what_to_do_first(pages: Client) -> None:
    said = text(pages.get("/"))
    assert "还没有监测对象" in said
    assert "还没有信源" in said


def test_more_subjects_cost_no_more_queries(
    pages: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            subject = make_subject(f"s{number}", f"对象 {number}")
            talk(subject, 1)
            open_incident("normal", subject=subject)
            Source.objects.create(
                slug=f"s{number}", name="x", spider="x", platform="jd", subject=subject
            )

    add(0, 5)
    with django_assert_max_num_queries(25) as few:
        pages.get("/")
    add(5, 50)
    with django_assert_num_queries(len(few)):
        pages.get("/")
