"""An open platform on loopback: it takes forms and JSON, and answers by method."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest


@dataclass
class Gateway:
    """Answers each call with what `answer` makes of its path and fields. Every call is kept."""

    url: str = ""
    answer: Callable[[str, dict[str, Any]], Any] = lambda path, fields: {}
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    served = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/robots.txt":
                self._send(404, b"not here")
                return
            fields: dict[str, Any] = dict(parse_qsl(parts.query))
            fields |= json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
            served.calls.append((parts.path, fields))
            self._send(200, json.dumps(served.answer(parts.path, fields)).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json;charset=utf-8")
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
