"""A site on loopback that replays long lists, newest first: fast, and as unkind as it is told.

A list of `size` things holds the numbers 1 to `size`; number n always looks the same, so a test
knows what must be stored. It answers in the shapes of `tests.crawlers.replayed`. In a thread of
a test (`with Replay(...) as site`), or, for a benchmark, in a process of its own
(`python -m tests.crawlers.replay --size 100000`, which prints its address).
"""

import argparse
import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.crawlers.replayed import SHAPES, Things

Hook = Callable[[int, str], None]
_REASONS = {200: "OK", 302: "Found", 404: "Not Found"}


class Fault(Enum):
    """What may happen instead of an answer."""

    HANG = "nothing comes, the connection stays"
    CUT = "half of the body comes, then the connection ends"
    DIE = "the connection ends at once"


@dataclass
class Replay:
    """The server. What it serves may be changed while it runs, between two requests."""

    things: Things = field(default_factory=Things)
    faults: dict[int, Fault] = field(default_factory=dict)
    """By the number of the request, the first is 1."""
    before: Hook | None = None
    """Called with number and path of a request before it is answered; `after` likewise."""
    after: Hook | None = None
    url: str = ""
    served: int = 0
    pages: int = 0
    """Requests for lists and their pages; robots.txt is none."""
    first_at: float = 0.0
    last_at: float = 0.0

    def answer(self, target: str) -> tuple[int, str, bytes]:
        """Return status, content type and body for the target of a request."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        for prefix, shape in SHAPES:
            if parts.path.startswith(prefix):
                self.pages += 1
                self.last_at = time.monotonic()
                self.first_at = self.first_at or self.last_at
                return shape(self.things, parts.path, query)
        if parts.path == "/-/served":
            told = {"pages": self.pages, "first_at": self.first_at, "last_at": self.last_at}
            return 200, "application/json", json.dumps(told).encode()
        if parts.path == "/-/reset":
            self.pages, self.first_at = 0, 0.0
            return 200, "text/plain", b"ok"
        return 404, "text/plain", b"not here"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        self._open: set[asyncio.BaseTransport] = set()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def _end(self) -> None:
        self._server.close()
        for transport in list(self._open):
            transport.close()
        await asyncio.sleep(0)

    async def forever(self) -> None:
        """Listen, print the address, and serve until the process ends."""
        await self._listen()
        print(self.url, flush=True)  # noqa: T201
        await self._server.serve_forever()


class _Connection(asyncio.Protocol):
    """One connection: requests with or without a body, answered in their order."""

    def __init__(self, site: Replay) -> None:
        self._site = site
        self._waiting = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._site._open.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._site._open.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, rest = self._waiting.partition(b"\r\n\r\n")
            length = _body_length(head)
            if len(rest) < length:
                return
            self._waiting = rest[length:]
            target = head.split(b" ", 2)[1].decode("latin-1")
            if length:
                target += ("&" if "?" in target else "?") + rest[:length].decode("latin-1")
            self._answer(target)

    def _answer(self, target: str) -> None:
        site = self._site
        site.served += 1
        number = site.served
        if site.before is not None:
            site.before(number, target)
        status, kind, body = site.answer(target)
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        fault = site.faults.get(number)
        if fault is None:
            self._transport.write(head + body)
        elif fault is Fault.CUT:
            self._transport.write(head + body[: len(body) // 2])
        if fault in (Fault.CUT, Fault.DIE):
            self._transport.close()
        if site.after is not None:
            site.after(number, target)


def _body_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--page-size", type=int, default=10)
    options = parser.parse_args()
    site = Replay(Things(size=options.size, page_size=options.page_size))
    asyncio.run(site.forever())


if __name__ == "__main__":
    main()
