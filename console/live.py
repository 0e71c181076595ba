"""Tells open pages what changed: one look at the database a second, shared by all of them.

The look runs only while somebody is connected. It says which incidents changed and whether there
are new mentions, never what is in them: a page then asks for its own parts again, under its own
permissions.
"""

import asyncio
import contextvars
import json
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase

from alerts.models import IncidentEvent, IncidentPost, Notification
from config import clock
from console.permissions import requires
from opinion.models import Mention

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
MENTIONS_EVERY = 3.0
"""New mentions are told at most this often: in a storm a page need not redraw each second."""

BEAT_EVERY = 15.0
QUEUED_AT_MOST = 50


@dataclass(frozen=True)
class Seen:
    """Where a look ended, so that the next one sees what came after it."""

    event: int = 0
    post: int = 0
    mention: int = 0
    notification: int = 0
    pending: frozenset[tuple[int, int | None]] = frozenset()


@dataclass
class Change:
    """What one look found."""

    incidents: set[int] = field(default_factory=set)
    mentions: bool = False


def look(before: Seen | None) -> tuple[Seen, Change]:
    """Return where things stand and what changed since `before`; nothing has when it is None."""
    pending = frozenset(
        Notification.objects.filter(state=Notification.State.PENDING).values_list(
            "pk", "incident_id"
        )
    )
    seen = Seen(
        event=_latest(IncidentEvent),
        post=_latest(IncidentPost),
        mention=_latest(Mention),
        notification=_latest(Notification),
        pending=pending,
    )
    if before is None or seen == before:
        return seen, Change()
    touched: set[int | None] = {incident for _, incident in before.pending ^ pending}
    for model, old, new in (
        (IncidentEvent, before.event, seen.event),
        (IncidentPost, before.post, seen.post),
        (Notification, before.notification, seen.notification),
    ):
        if new > old:
            rows = model._default_manager.filter(pk__gt=old, pk__lte=new)
            touched.update(rows.values_list("incident_id", flat=True).distinct())
    return seen, Change({pk for pk in touched if pk}, seen.mention > before.mention)


def _latest(model: Any) -> int:
    return model._default_manager.aggregate(latest=Max("pk"))["latest"] or 0


class Hub:
    """The listeners of this process and the one task that looks for them."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live")

    def close(self) -> None:
        """End all streams; call it in the event loop when the server stops."""
        self._closed = True
        if self._task:
            self._task.cancel()
        for queue in self._listeners:
            _put(queue, "")

    async def listen(self) -> AsyncIterator[str]:
        """Yield the stream of one page until the server stops or the page goes away."""
        queue: asyncio.Queue[str] = asyncio.Queue(QUEUED_AT_MOST)
        self._listeners.add(queue)
        try:
            yield _event("hello", {"now": clock.now().isoformat()})
            self._start()
            while not self._closed:
                try:
                    text = await asyncio.wait_for(queue.get(), BEAT_EVERY)
                except TimeoutError:
                    text = _event("beat", {})
                if text:
                    yield text
        finally:
            self._listeners.discard(queue)

    def _start(self) -> None:
        if self._task is None or self._task.done():
            # A context of its own: that of the first request ends with it and takes along the
            # thread which Django gave it.
            self._task = asyncio.get_running_loop().create_task(
                self._watch(), context=contextvars.Context()
            )

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        seen: Seen | None = None
        untold, told_at = False, 0.0
        while self._listeners and not self._closed:
            try:
                seen, change = await loop.run_in_executor(self._thread, _look, seen)
            except DatabaseError:
                log.exception("live: the look at the database failed; trying again")
                change = Change()
            untold = untold or change.mentions
            change.mentions = untold and loop.time() - told_at >= MENTIONS_EVERY
            if change.mentions:
                untold, told_at = False, loop.time()
            if change.incidents or change.mentions:
                self._tell(change)
            await asyncio.sleep(LOOK_EVERY)

    def _tell(self, change: Change) -> None:
        data = {
            "now": clock.now().isoformat(),
            "incidents": sorted(change.incidents),
            "mentions": change.mentions,
        }
        for queue in self._listeners:
            _put(queue, _event("change", data))


def _look(before: Seen | None) -> tuple[Seen, Change]:
    close_old_connections()
    try:
        return look(before)
    finally:
        close_old_connections()


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _put(queue: asyncio.Queue[str], text: str) -> None:
    if queue.full():  # a page that does not read misses events, and refreshes each minute anyway
        queue.get_nowait()
    queue.put_nowait(text)


hub = Hub()


@requires("alerts.view_incident")
def live(request: HttpRequest) -> HttpResponseBase:
    """Stream what changes, as server-sent events."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    if not connection.in_atomic_block:
        # The request ends with the stream, hours later; its connection is not kept that long.
        connection.close()
    response = StreamingHttpResponse(hub.listen(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response
