"""A stand-in for the WeCom group robot: it checks as the real one does, and keeps what came.

Every call is answered with HTTP 200 and an `errcode`. Accepted and refused messages alike are
appended to `inbox.jsonl` in the data directory.
"""

import base64
import binascii
import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

INBOX = "inbox.jsonl"
MINUTE = timedelta(minutes=1)
PER_MINUTE = 20
"""Messages that one robot takes in a minute; refused ones count too."""

TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
IMAGE_BYTES = 2 * 1024 * 1024
ARTICLES = 8
CARDS = {"text_notice", "news_notice"}

NO_TYPE = 40008
INVALID = 40058
NO_MEDIA = 40007
EMPTY = 44004
TOO_MANY_ARTICLES = 45008
TOO_OFTEN = 45009
UNKNOWN_KEY = 93000

_WORDS = {
    NO_TYPE: "invalid message type",
    INVALID: "invalid Request Parameter",
    NO_MEDIA: "invalid media_id",
    EMPTY: "empty content",
    TOO_MANY_ARTICLES: "article count exceeds limit",
    TOO_OFTEN: "api freq out of limit",
    UNKNOWN_KEY: "invalid webhook url",
}


class Inbox:
    """The robots of the demo, and what was sent to them."""

    def __init__(self, folder: Path, robots: Mapping[str, str]) -> None:
        self._path = folder / INBOX
        self._names = {key: name for name, key in robots.items()}
        self._calls: dict[str, deque[datetime]] = {key: deque() for key in self._names}

    def receive(self, key: str, body: bytes, now: datetime) -> dict[str, Any]:
        """Take one call and keep it; return WeCom's answer."""
        payload, readable = _read(body)
        code = self._judge(key, payload if readable else None, now)
        entry = {
            "robot": self._names.get(key, ""),
            "received_at": now.isoformat(),
            "payload": payload,
            "errcode": code,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        return _answer(code, now, readable=readable)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the `limit` last calls, the newest first; a line cut short is left out."""
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        entries: list[dict[str, Any]] = []
        for line in reversed(lines):
            if len(entries) >= limit:
                break
            try:
                entries.append(json.loads(line))
            except ValueError:
                continue
        return entries

    def _judge(self, key: str, payload: Any, now: datetime) -> int:
        calls = self._calls.get(key)
        if calls is None:
            return UNKNOWN_KEY
        while calls and now - calls[0] >= MINUTE:
            calls.popleft()
        calls.append(now)
        if len(calls) > PER_MINUTE:
            return TOO_OFTEN
        return check(payload)


def check(payload: Any) -> int:
    """Return the errcode that WeCom gives for a message; 0 when it takes it."""
    if not isinstance(payload, dict) or not isinstance(payload.get("msgtype"), str):
        return NO_TYPE
    checker = _CHECKS.get(payload["msgtype"])
    if checker is None:
        return NO_TYPE
    content = payload.get(payload["msgtype"])
    return checker(content) if isinstance(content, dict) else EMPTY


def _check_text(limit: int) -> Callable[[dict[str, Any]], int]:
    def check_content(content: dict[str, Any]) -> int:
        text = content.get("content")
        if not isinstance(text, str) or not text.strip():
            return EMPTY
        return INVALID if len(text.encode()) > limit else 0

    return check_content


def _check_news(content: dict[str, Any]) -> int:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        return EMPTY
    if len(articles) > ARTICLES:
        return TOO_MANY_ARTICLES
    whole = all(isinstance(a, dict) and a.get("title") and a.get("url") for a in articles)
    return 0 if whole else INVALID


def _check_card(content: dict[str, Any]) -> int:
    title = content.get("main_title")
    titled = isinstance(title, dict) and title.get("title")
    action = content.get("card_action")
    if content.get("card_type") not in CARDS or not isinstance(action, dict):
        return INVALID
    return 0 if titled or content.get("sub_title_text") else INVALID


def _check_image(content: dict[str, Any]) -> int:
    try:
        raw = base64.b64decode(content.get("base64", ""), validate=True)
    except (binascii.Error, ValueError, TypeError):
        return INVALID
    if not raw:
        return EMPTY
    same = hashlib.md5(raw, usedforsecurity=False).hexdigest() == content.get("md5")
    return 0 if same and len(raw) <= IMAGE_BYTES else INVALID


def _check_media(content: dict[str, Any]) -> int:
    """No file was ever uploaded to the stand-in, so no media id is known."""
    return NO_MEDIA


_CHECKS: dict[str, Callable[[dict[str, Any]], int]] = {
    "text": _check_text(TEXT_BYTES),
    "markdown": _check_text(MARKDOWN_BYTES),
    "markdown_v2": _check_text(MARKDOWN_BYTES),
    "news": _check_news,
    "template_card": _check_card,
    "image": _check_image,
    "file": _check_media,
    "voice": _check_media,
}


def routes(inbox: Inbox, clock: Callable[[], datetime]) -> list[Route]:
    """Return the robot's address, and the inbox as JSON."""

    async def send(request: Request) -> JSONResponse:
        body = await request.body()
        return JSONResponse(inbox.receive(request.query_params.get("key", ""), body, clock()))

    async def newest(request: Request) -> JSONResponse:
        text = request.query_params.get("limit", "")
        limit = int(text) if text.isascii() and text.isdigit() else 100
        return JSONResponse(inbox.newest(min(limit, 1000)))

    return [
        Route("/cgi-bin/webhook/send", send, methods=["POST"]),
        Route("/inbox.json", newest),
    ]


def _read(body: bytes) -> tuple[Any, bool]:
    """Return the message and True, or what could be read of the body and False."""
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return {"raw": body[:2000].decode("utf-8", errors="replace")}, False


def _answer(code: int, now: datetime, *, readable: bool) -> dict[str, Any]:
    if code == 0:
        return {"errcode": 0, "errmsg": "ok"}
    hint = f"hint: [{int(now.timestamp())}], from ip: 127.0.0.1, more info at /query?e={code}"
    warning = "" if readable else " Warning: wrong json format."
    return {"errcode": code, "errmsg": f"{_WORDS[code]}, {hint}{warning}"}
