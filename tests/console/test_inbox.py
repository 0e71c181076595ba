"""The demo's inbox, and that there is none without the demo."""

from typing import Any

import httpx
import pytest
from django.test import Client

from catalog.models import Person
from console.views import inbox
from tests.console.reading import html, text


def entry(content: str, **more: Any) -> dict[str, Any]:
    return {
        "robot": "公关群",
        "received_at": "2026-11-21T06:02:00+00:00",
        "payload": {"msgtype": "markdown", "markdown": {"content": content}},
        "errcode": 0,
        **more,
    }


@pytest.fixture
def demo(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run with the demo; what it received is set by the test."""
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    def receive(found: Any) -> None:
        monkeypatch.setattr(inbox, "fetch", lambda: found)

    receive([])
    return receive


def test_without_the_demo_there_is_no_inbox(pages: Client) -> None:
    assert pages.get("/demo/inbox").status_code == 404
    page = html(pages.get("/"))
    assert "/demo/inbox" not in page
    assert "均为虚构" not in page


def test_in_the_demo_every_page_says_so(pages: Client, demo: Any) -> None:
    for address in ("/", "/incidents", "/me", "/demo/inbox"):
        page = html(pages.get(address))
        assert "以下品牌、帖文、人物均为虚构" in page
        assert "make up DEMO=no" in page
        assert 'href="/demo/inbox"' in page


def test_messages_are_shown_by_robot_the_newest_last(pages: Client, demo: Any, lin: Person) -> None:
    demo(
        [
            entry("第二条", received_at="2026-11-21T06:12:00+00:00"),
            entry("<@linxiao> 第一条"),
            entry("别的群", robot="日常群", errcode=45009),
        ]
    )
    said = text(pages.get("/demo/inbox"))
    assert said.index("@林晓 第一条") < said.index("第二条")
    assert "公关群 群聊 · 2 条消息" in said
    assert "日常群 群聊 · 1 条消息" in said
    assert "企业微信拒收，错误码 45009" in said


@pytest.mark.parametrize(
    "odd",
    [
        {"payload": None},
        {"payload": {"msgtype": "markdown", "markdown": "x"}},
        {"payload": {"msgtype": ["x"]}},
        {"payload": {"msgtype": "text", "text": {"content": "你好", "mentioned_list": [1, "all"]}}},
        {"received_at": "soon"},
        {"received_at": None, "robot": None},
    ],
)
def test_odd_messages_break_nothing(pages: Client, demo: Any, odd: dict[str, Any]) -> None:
    demo([entry("x", **odd)])
    assert pages.get("/demo/inbox").status_code == 200


def test_an_empty_inbox_says_when_the_first_message_comes(pages: Client, demo: Any) -> None:
    assert "还没有消息" in text(pages.get("/demo/inbox"))


def test_a_silent_stand_in_is_said_so(pages: Client, demo: Any) -> None:
    demo(None)
    assert "演示站没有应答" in text(pages.get("/demo/inbox"))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (httpx.Response(200, json=[{"robot": "a"}, "x"]), [{"robot": "a"}]),
        (httpx.Response(200, json={"no": "list"}), []),
        (httpx.Response(200, text="<html>"), None),
        (httpx.Response(500), None),
    ],
)
def test_what_the_stand_in_answers_is_checked(
    settings: Any, answer: httpx.Response, found: Any
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    assert inbox.fetch(httpx.MockTransport(lambda request: answer)) == found


def test_a_stand_in_that_cannot_be_reached_is_none(settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert inbox.fetch(httpx.MockTransport(refuse)) is None
