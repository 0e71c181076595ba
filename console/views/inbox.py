"""The demo's WeCom inbox: what the robots sent, as a phone shows it."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from catalog.models import Person
from config import clock
from console import wecom_markdown
from console.permissions import requires
from nlp.levels import Level

log = logging.getLogger(__name__)

MESSAGES_PER_PHONE = 30
TIMEOUT = 3.0
APART = 300
"""Seconds between two messages from which the phone writes the time again."""


@dataclass(frozen=True)
class Bubble:
    """One message on a phone."""

    at: datetime
    html: SafeString
    refused: str
    show_time: bool


@dataclass(frozen=True)
class Phone:
    """One group chat: what one robot sent, the latest last."""

    robot: str
    bubbles: list[Bubble]
    total: int


@require_GET
@requires("alerts.view_incident")
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages that the demo's WeCom stand-in received."""
    if not settings.SANDBOX_URL:
        raise Http404
    received = fetch()
    context = {
        "section": "inbox",
        "now": clock.now(),
        "reached": received is not None,
        "phones": phones(received or [], _names()),
        "levels": list(Level),
    }
    return render(request, "console/inbox.html", context)


def fetch(transport: httpx.BaseTransport | None = None) -> list[dict[str, Any]] | None:
    """Return what the stand-in received last; None when it does not answer."""
    try:
        with httpx.Client(timeout=TIMEOUT, trust_env=False, transport=transport) as client:
            reply = client.get(f"{settings.SANDBOX_URL}/inbox.json")
            received = reply.raise_for_status().json()
    except (httpx.HTTPError, json.JSONDecodeError) as exc:
        log.warning("the demo's inbox does not answer: %s", type(exc).__name__)
        return None
    entries = received if isinstance(received, list) else []
    return [entry for entry in entries if isinstance(entry, dict)]


def phones(received: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Phone]:
    """Return one phone per robot, in the order in which they first spoke; the newest is last."""
    chats: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in sorted(received, key=lambda entry: str(entry.get("received_at"))):
        chats[str(entry.get("robot") or "机器人")].append(entry)
    return [
        Phone(robot, _bubbles(chat[-MESSAGES_PER_PHONE:], names), len(chat))
        for robot, chat in chats.items()
    ]


def _bubbles(chat: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Bubble]:
    bubbles: list[Bubble] = []
    before: datetime | None = None
    for entry in chat:
        at = _moment(entry.get("received_at"))
        if at is None:
            continue
        apart = before is None or (at - before).total_seconds() > APART
        errcode = entry.get("errcode") or 0
        refused = f"企业微信拒收，错误码 {errcode}" if errcode else ""
        bubbles.append(Bubble(at, _html(entry.get("payload"), names), refused, apart))
        before = at
    return bubbles


def _html(payload: Any, names: Mapping[str, str]) -> SafeString:
    """Render a message of the kinds that the robots send."""
    body = payload if isinstance(payload, dict) else {}
    kind = str(body.get("msgtype", ""))
    content = body.get(kind) if isinstance(body.get(kind), dict) else {}
    text = str((content or {}).get("content", ""))
    if kind == "text":
        called = (content or {}).get("mentioned_list") or []
        text = " ".join([*(f"<@{user}>" for user in called if isinstance(user, str)), text])
    if not text:
        text = "（这种消息在这里不显示）"
    return wecom_markdown.render(text, lambda user: names.get(user, user))


def _moment(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _names() -> dict[str, str]:
    people = Person.objects.exclude(wecom_userid="")
    return {person.wecom_userid: str(person) for person in people}
