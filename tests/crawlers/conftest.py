"""A small web site on loopback, a database of its own for real processes, and spiders by hand."""

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.crawlers.samples import NOW, PAGES

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """Answers by path; what is not there is 404. Every request is kept."""

    url: str = ""
    answers: dict[str, Answer | Callable[[dict[str, str]], Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def html(self, path: str, body: str, status: int = 200, **headers: str) -> None:
        head = {"Content-Type": "text/html; charset=utf-8"} | headers
        self.answers[path] = (status, head, body.encode())

    def json(self, path: str, value: Any, status: int = 200, **headers: str) -> None:
        head = {"Content-Type": "application/json"} | headers
        self.answers[path] = (status, head, json.dumps(value).encode())

    def page(self, path: str, name: str, kind: str = "text/html; charset=utf-8") -> None:
        self.answers[path] = (200, {"Content-Type": kind}, (PAGES / name).read_bytes())


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            answer = served.answers.get(self.path, (404, {}, b"not here"))
            if callable(answer):
                answer = answer(dict(self.headers))
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class World:
    """A data directory with a migrated database, for commands in processes of their own."""

    data: Path

    def environment(self, **more: str) -> dict[str, str]:
        return os.environ | {
            "FENGHUO_DATA_DIR": str(self.data),
            "DJANGO_SETTINGS_MODULE": "crawlers.child_settings",
            "FENGHUO_SECRET_KEY": "for tests",
            **more,
        }

    def command(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "django", *words],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.data / "fenghuo.sqlite3") as database:
            found = database.execute(statement, values).fetchall()
        database.close()
        return found

    def source(
        self, slug: str, spider: str, params: dict[str, Any], platform: str = "shop"
    ) -> None:
        self.rows(
            "insert into crawlers_source (slug, name, spider, platform, params, interval_seconds,"
            " enabled, checkpoint, lease_token, block_reason, failures)"
            " values (?, ?, ?, ?, ?, 600, 1, '{}', '', '', 0)",
            slug,
            slug,
            spider,
            platform,
            json.dumps({"delay_seconds": 0} | params),
        )

    def ids(self, kind: str) -> set[str]:
        rows = self.rows("select native_id from crawlers_post where kind = ?", kind)
        return {native_id for (native_id,) in rows}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = World(tmp_path_factory.mktemp("migrated"))
    done = world.command("migrate", "--skip-checks", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(world.data / "fenghuo.sqlite3") as database:
        database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    return world.data / "fenghuo.sqlite3"


@pytest.fixture
def world(migrated: Path, tmp_path: Path) -> World:
    data = tmp_path / "data"
    data.mkdir()
    (data / "fenghuo.sqlite3").write_bytes(migrated.read_bytes())
    return World(data)


@pytest.fixture
def now() -> datetime:
    return NOW.astimezone(UTC)
