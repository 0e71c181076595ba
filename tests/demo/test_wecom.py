"""The WeCom stand-in: the same answers as the real robot, and an inbox."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from demo.wecom import check
from tests.demo.conftest import Clock

SEND = "/cgi-bin/webhook/send"
PNG = b"\x89PNG demo"


def markdown(content: object) -> dict[str, Any]:
    return {"msgtype": "markdown", "markdown": {"content": content}}


def image(md5: str) -> dict[str, Any]:
    body = {"base64": base64.b64encode(PNG).decode(), "md5": md5}
    return {"msgtype": "image", "image": body}


def articles(count: int, **more: str) -> dict[str, Any]:
    one = {"title": "标题", "url": "https://console.example/i/7"} | more
    return {"msgtype": "news", "news": {"articles": [one] * count}}


def card(**changes: Any) -> dict[str, Any]:
    body = {
        "card_type": "text_notice",
        "main_title": {"title": "严重预警"},
        "card_action": {"type": 1, "url": "https://console.example/i/7"},
    } | changes
    return {"msgtype": "template_card", "template_card": body}


def send(site: TestClient, payload: Any, key: str = "key-duty") -> Any:
    answer = site.post(SEND, params={"key": key}, json=payload)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("payload", "errcode"),
    [
        (markdown("**严重** 星禾"), 0),
        (markdown("烽" * 1365), 0),
        (markdown("烽" * 1366), 40058),
        (markdown("  "), 44004),
        (markdown(7), 44004),
        ({"msgtype": "markdown"}, 44004),
        ({"msgtype": "markdown_v2", "markdown_v2": {"content": "- 一"}}, 0),
        ({"msgtype": "text", "text": {"content": "烽火", "mentioned_list": ["@all"]}}, 0),
        ({"msgtype": "text", "text": {"content": "火" * 683}}, 40058),
        ({"msgtype": "poem", "poem": {"content": "烽火"}}, 40008),
        ({"markdown": {"content": "x"}}, 40008),
        ({"msgtype": ["markdown"]}, 40008),
        ([], 40008),
        ("x", 40008),
        (None, 40008),
        (articles(1), 0),
        (articles(8), 0),
        (articles(9), 45008),
        (articles(0), 44004),
        (articles(1, url=""), 40058),
        (card(), 0),
        (card(card_type="button_interaction"), 40058),
        (card(card_action=None), 40058),
        (card(main_title={}), 40058),
        (card(main_title={}, sub_title_text="近 1 小时负面 42 条"), 0),
        (image(hashlib.md5(PNG, usedforsecurity=False).hexdigest()), 0),
        (image("0" * 32), 40058),
        ({"msgtype": "image", "image": {"base64": "%%"}}, 40058),
        ({"msgtype": "file", "file": {"media_id": "3a8"}}, 40007),
    ],
)
def test_a_message_is_judged_as_wecom_does(payload: Any, errcode: int) -> None:
    assert check(payload) == errcode


def test_what_is_accepted_and_what_is_refused_is_in_the_inbox_newest_first(
    site: TestClient,
) -> None:
    assert send(site, markdown("一")) == {"errcode": 0, "errmsg": "ok"}
    assert send(site, markdown("二"), key="key-daily")["errcode"] == 0
    assert send(site, markdown(""))["errcode"] == 44004
    inbox = site.get("/inbox.json").json()
    assert [(entry["robot"], entry["errcode"]) for entry in inbox] == [
        ("值班群", 44004),
        ("日常群", 0),
        ("值班群", 0),
    ]
    assert inbox[2]["payload"] == markdown("一")
    assert inbox[0]["received_at"].endswith("+00:00")
    assert len(site.get("/inbox.json", params={"limit": 1}).json()) == 1


def test_an_unknown_key_is_refused_without_being_told(site: TestClient, tmp_path: Path) -> None:
    answer = send(site, markdown("一"), key="secret-of-another")
    assert answer["errcode"] == 93000
    assert site.post(SEND, json=markdown("一")).json()["errcode"] == 93000
    assert "secret-of-another" not in json.dumps(answer)
    assert "secret-of-another" not in (tmp_path / "inbox.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
def test_broken_json_is_answered_in_wecoms_words(site: TestClient, body: bytes) -> None:
    answer = site.post(SEND, params={"key": "key-duty"}, content=body)
    assert answer.status_code == 200
    assert answer.json()["errcode"] == 40008
    assert "Warning: wrong json format." in answer.json()["errmsg"]
    assert "raw" in site.get("/inbox.json").json()[0]["payload"]


def test_a_robot_takes_twenty_a_minute_refused_ones_counted(site: TestClient, clock: Clock) -> None:
    for number in range(20):
        clock.at(number)
        assert send(site, markdown("" if number % 2 else "一"))["errcode"] in (0, 44004)
    assert send(site, markdown("一"))["errcode"] == 45009
    assert send(site, markdown("一"), key="key-daily")["errcode"] == 0
    clock.at(59.9)
    assert send(site, markdown("一"))["errcode"] == 45009
    clock.at(80)
    assert send(site, markdown("一"))["errcode"] == 0


def test_an_inbox_survives_a_line_cut_short(site: TestClient, tmp_path: Path) -> None:
    send(site, markdown("一"))
    with (tmp_path / "inbox.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"robot": "值班')
    assert len(site.get("/inbox.json").json()) == 1


def test_an_empty_inbox_is_an_empty_list(site: TestClient) -> None:
    assert site.get("/inbox.json").json() == []


@pytest.mark.parametrize("limit", ["", "x", "-1"])
def test_a_limit_that_is_none_is_a_hundred(site: TestClient, limit: str) -> None:
    send(site, markdown("一"))
    assert len(site.get("/inbox.json", params={"limit": limit}).json()) == 1


def test_the_robot_is_called_by_post_only(site: TestClient) -> None:
    assert site.get(SEND).status_code == 405
