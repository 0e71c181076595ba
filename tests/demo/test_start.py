"""Starting the demo: once, again, and badly."""

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from demo.__main__ import robots_of
from demo.scene import DemoError, story_start
from demo.site import create_app
from tests.demo.conftest import ROBOTS, START, Clock


def test_a_restart_goes_on_where_the_story_was(tmp_path: Path, clock: Clock) -> None:
    query = {"q": "星禾"}
    with TestClient(create_app(tmp_path, ROBOTS, clock)) as first:
        clock.at(60)
        before = first.get("/weibo/api/search", params=query).json()
    with TestClient(create_app(tmp_path, ROBOTS, clock)) as second:
        assert second.get("/weibo/api/search", params=query).json() == before


def test_another_folder_begins_anew(tmp_path: Path) -> None:
    assert story_start(tmp_path / "a", START) == START
    later = START + timedelta(hours=5)
    assert story_start(tmp_path / "b", later) == later
    assert story_start(tmp_path / "a", later) == START


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"started_at": 5}', '{"started_at": "2024-11-18T06:00:00"}']
)
def test_a_start_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "demo-started.json").write_text(text, encoding="utf-8")
    with pytest.raises(DemoError, match=r"demo-started\.json"):
        story_start(tmp_path, START)


def test_robots_are_name_and_key() -> None:
    assert robots_of("值班群=a, 日常群=b,") == {"值班群": "a", "日常群": "b"}


@pytest.mark.parametrize("text", ["secret", "=secret", "name="])
def test_a_wrong_robot_is_refused_without_its_key(text: str) -> None:
    with pytest.raises(Exception, match="第 1 个机器人") as caught:
        robots_of(text)
    assert "secret" not in str(caught.value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def test_the_command_serves_quietly_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    port = str(free_port())
    process = start_demo("--port", port, "--data", str(tmp_path), "--robots", "值班群=k")
    transport = httpx.HTTPTransport(retries=8)  # backs off while the server starts
    with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
        assert "演示站" in client.get("/").text
        send = client.post("/cgi-bin/webhook/send?key=k", json={"msgtype": "text"})
        assert send.json()["errcode"] == 44004
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=20)
    assert (output, errors) == ("", "")
    assert process.returncode in (0, -signal.SIGTERM)
    assert json.loads((tmp_path / "demo-started.json").read_text())["started_at"]


def test_a_demo_that_cannot_start_says_why_and_where(tmp_path: Path) -> None:
    (tmp_path / "demo-started.json").write_text("{", encoding="utf-8")
    process = start_demo("--port", str(free_port()), "--data", str(tmp_path))
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "demo-started.json" in errors
    assert "Traceback" not in output + errors
