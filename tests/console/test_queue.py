"""The incident queue: tabs, filters, order, refreshing, taking several at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import lifecycle
from alerts.lifecycle import Action
from alerts.models import Incident
from catalog.models import Person
from console.queue import PAGE_SIZE
from tests.alerts.factories import NOW, make_subject, open_incident
from tests.console.reading import html, rows, text


@pytest.fixture
def several(pages: Client, lin: Person, zhou: Person) -> dict[str, Incident]:
    """One incident of each kind."""
    kettle = make_subject("s2", "电热水壶 S2")
    fryer = make_subject("v8", "空气炸锅 V8")
    found = {
        "severe": open_incident("severe", "safety", subject=fryer),
        "late": open_incident(
            "normal", "after_sales", subject=kettle, now=NOW - timedelta(hours=1)
        ),
        "normal": open_incident("normal", "price", subject=fryer),
        "watch": open_incident("watch", "logistics", subject=kettle),
        "taken": open_incident("severe", "legal", subject=kettle),
        "solved": open_incident("normal", "quality", subject=kettle),
    }
    lifecycle.move(found["taken"], Action.ACKNOWLEDGE, actor=zhou, now=NOW)
    lifecycle.assign(Incident.objects.get(pk=found["taken"].pk), zhou, actor=lin, now=NOW)
    lifecycle.move(found["solved"], Action.RESOLVE, actor=zhou, now=NOW, reason="换货")
    return found


def test_the_worst_and_most_pressing_comes_first_and_the_solved_last(
    pages: Client, several: dict[str, Incident]
) -> None:
    assert rows(pages.get("/incidents?tab=all")) == [
        "空气炸锅 V8 · 安全",
        "电热水壶 S2 · 监管法律",
        "电热水壶 S2 · 售后退款",
        "空气炸锅 V8 · 价格",
        "电热水壶 S2 · 物流",
        "电热水壶 S2 · 质量",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"severe", "late", "normal", "watch", "taken"}),
        ("?tab=mine", {"severe", "late", "normal", "watch"}),
        ("?tab=unclaimed", {"severe", "late", "normal", "watch"}),
        ("?tab=pressing", {"late"}),
        ("?tab=unverified", {"solved"}),
        ("?tab=nonsense", {"severe", "late", "normal", "watch", "taken"}),
        ("?level=severe", {"severe", "taken"}),
        ("?level=x&category=y", {"severe", "late", "normal", "watch", "taken"}),
        ("?subject=v8", {"severe", "normal"}),
        ("?category=price", {"normal"}),
        ("?q=物流", {"watch"}),
        ("?q=炸锅 安全", {"severe"}),
        ("?q=周敏", {"taken"}),
        ("?q=%00", {"severe", "late", "normal", "watch", "taken"}),
        ("?q=E-999999", set()),
        ("?page=-3&owner=abc", {"severe", "late", "normal", "watch", "taken"}),
        ("?page=99", {"severe", "late", "normal", "watch", "taken"}),
    ],
)
def test_tabs_and_filters_live_in_the_address(
    pages: Client, several: dict[str, Incident], query: str, found: set[str]
) -> None:
    assert set(rows(pages.get(f"/incidents{query}"))) == {str(several[name]) for name in found}


def test_an_incident_is_found_by_its_number(pages: Client, several: dict[str, Incident]) -> None:
    wanted = several["watch"]
    assert rows(pages.get(f"/incidents?q={wanted.number}")) == [str(wanted)]


def test_tabs_say_how_many(pages: Client, several: dict[str, Incident]) -> None:
    said = text(pages.get("/incidents"))
    assert "全部 6 未结 5 我的 4 待认领 4 临期超时 1 待验证 1" in said


def test_clocks_say_what_is_left(pages: Client, several: dict[str, Incident]) -> None:
    page = html(pages.get("/incidents"))
    assert ">30:00</time>" in page
    assert ">超 30:00</time>" in page
    due = (NOW + timedelta(minutes=30)).isoformat()
    assert f'data-due="{due}"' in page


def test_an_empty_queue_says_what_is_true(pages: Client) -> None:
    assert "没有待处理的事件" in text(pages.get("/incidents"))
    assert "还没有发生过事件" in text(pages.get("/incidents?tab=all"))
    assert "没有你要处理的事件" in text(pages.get("/incidents?tab=mine"))
    assert "没有符合的事件" in text(pages.get("/incidents?q=zz"))


def test_the_pages_of_a_long_queue_are_linked(pages: Client) -> None:
    for number in range(PAGE_SIZE + 1):
        open_incident("watch", subject=make_subject(f"s{number}", f"对象 {number}"))
    first = pages.get("/incidents?level=watch")
    assert len(rows(first)) == PAGE_SIZE
    assert 'href="?level=watch&amp;page=2"' in html(first)
    assert len(rows(pages.get("/incidents?level=watch&page=2"))) == 1


def test_more_rows_cost_no_more_queries(
    pages: Client, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    for number in range(5):
        open_incident("normal", subject=make_subject(f"s{number}", f"对象 {number}"))
    with django_assert_max_num_queries(20) as few:
        pages.get("/incidents")
    for number in range(5, 50):
        open_incident("normal", subject=make_subject(f"s{number}", f"对象 {number}"))
    with django_assert_num_queries(len(few)):
        pages.get("/incidents")


def test_a_refresh_redraws_the_rows_that_are_shown_and_tells_what_arrived(
    pages: Client, several: dict[str, Incident]
) -> None:
    shown = several["severe"]
    lifecycle.move(shown, Action.ACKNOWLEDGE, actor=None, now=NOW)
    seen = several["severe"].pk
    page = html(pages.get(f"/incidents/rows?id={shown.pk}&seen={seen}"))
    assert f'id="row-{shown.pk}"' in page
    assert "已认领" in page
    assert f'id="row-{several["late"].pk}"' not in page
    assert "电热水壶 S2 · 监管法律 等 4 件" in page


def test_nothing_arrived_shows_nothing(pages: Client, several: dict[str, Incident]) -> None:
    newest = max(incident.pk for incident in several.values())
    assert 'class="arrive"' not in html(pages.get(f"/incidents/rows?seen={newest}"))


def test_several_are_taken_at_once(
    pages: Client, several: dict[str, Incident], lin: Person
) -> None:
    ids = [several["severe"].pk, several["normal"].pk, several["taken"].pk]
    response = pages.post(
        "/incidents/acknowledge", {"id": ids, "next": "/incidents?tab=mine"}, follow=True
    )
    assert response.redirect_chain == [("/incidents?tab=mine", 302)]
    said = html(response)
    assert "已认领 2 件" in said
    assert f"{several['taken'].number}：" in said
    assert Incident.objects.get(pk=ids[0]).owner == lin


@pytest.mark.parametrize("ids", [["x"], [""], ["-1"], ["99999999999999"], []])
def test_nonsense_chosen_takes_nothing(
    pages: Client, several: dict[str, Incident], ids: list[str]
) -> None:
    assert pages.post("/incidents/acknowledge", {"id": ids}).status_code == 302
    assert Incident.objects.filter(state="open").count() == 4


def test_taking_by_a_link_is_refused(pages: Client) -> None:
    assert pages.get("/incidents/acknowledge").status_code == 405
