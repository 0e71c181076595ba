"""What open pages are told, and that the streams end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.test import Client

from alerts import incidents, lifecycle
from alerts.lifecycle import Action
from alerts.models import Notification
from catalog.models import Person
from console import live
from console.live import Change, Hub, Seen, look
from tests.alerts.factories import NOW, make_mention, make_subject, open_incident, rule_signal


@pytest.mark.django_db
def test_the_first_look_tells_nothing() -> None:
    make_mention()
    seen, change = look(None)
    assert change == Change()
    assert look(seen) == (seen, Change())


def test_new_mentions_are_told(team: Any) -> None:
    seen, _ = look(None)
    make_mention()
    assert look(seen)[1] == Change(set(), mentions=True)


def test_an_incident_that_changed_is_named(team: Any, lin: Person) -> None:
    first = open_incident()
    open_incident(subject=make_subject("v8", "V8"))
    seen, _ = look(None)
    lifecycle.move(first, Action.ACKNOWLEDGE, actor=lin, now=NOW)
    seen, change = look(seen)
    assert change.incidents == {first.pk}
    assert look(seen)[1] == Change()


def test_new_posts_and_deliveries_are_changes(team: Any) -> None:
    incident = open_incident()
    seen, _ = look(None)
    incidents.attach([rule_signal(make_mention(text="又漏水"))], now=NOW)
    seen, change = look(seen)
    assert change.incidents == {incident.pk}
    Notification.objects.filter(incident=incident).update(state="delivered")
    assert look(seen)[1].incidents == {incident.pk}


def test_a_stream_is_for_those_who_may_look(pages: Client) -> None:
    response = pages.get("/live")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    assert pages.post("/live").status_code == 405


def event(text: str) -> tuple[str, dict[str, Any]]:
    name, data = text.strip().split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> list[Change]:
    """Looks that answer at once with what the test puts here."""
    coming: list[Change] = []

    def answer(before: Seen | None) -> tuple[Seen, Change]:
        return Seen(), coming.pop(0) if coming else Change()

    monkeypatch.setattr(live, "_look", answer)
    monkeypatch.setattr(live, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(live, "MENTIONS_EVERY", 0.0)
    return coming


def test_all_pages_hear_one_look(fast: list[Change]) -> None:
    async def play() -> list[tuple[str, dict[str, Any]]]:
        hub = Hub()
        pages = [hub.listen(), hub.listen()]
        heard = [event(await anext(page)) for page in pages]
        fast.append(Change({7}, mentions=True))
        heard += [event(text) for text in await asyncio.gather(*map(_next, pages))]
        hub.close()
        assert [text for page in pages async for text in page] == []
        return heard

    hello, _, first, second = asyncio.run(play())
    assert hello[0] == "hello"
    assert first[0] == "change"
    assert first[1]["incidents"] == [7]
    assert first[1]["mentions"] is True
    assert first == second


async def _next(page: AsyncIterator[str]) -> str:
    return await anext(page)


def test_a_closed_hub_ends_a_page_that_waits(fast: list[Change]) -> None:
    async def play() -> list[str]:
        hub = Hub()
        page = hub.listen()
        await anext(page)
        asyncio.get_running_loop().call_later(0.02, hub.close)
        return [text async for text in page]

    assert asyncio.run(asyncio.wait_for(play(), 5)) == []


def test_a_silent_stream_beats(fast: list[Change], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_EVERY", 0.01)

    async def play() -> str:
        hub = Hub()
        page = hub.listen()
        await anext(page)
        text = await anext(page)
        hub.close()
        await page.aclose()
        return text

    assert event(asyncio.run(play()))[0] == "beat"


def test_nobody_listening_ends_the_looking(fast: list[Change]) -> None:
    async def play() -> bool:
        hub = Hub()
        page = hub.listen()
        await anext(page)
        waiting = asyncio.ensure_future(anext(page))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await page.aclose()
        await asyncio.sleep(0.05)
        return hub._task is None or hub._task.done()

    assert asyncio.run(play())


def test_a_page_that_does_not_read_loses_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    queue: asyncio.Queue[str] = asyncio.Queue(2)
    for text in ("1", "2", "3"):
        live._put(queue, text)
    assert [queue.get_nowait(), queue.get_nowait()] == ["2", "3"]
