"""Sending what is in the outbox.

Round by round every channel with something due gets one message:

1. claim: one short transaction with the channel's row locked. It takes the most urgent message (or
   several merged into one), counts it against the minute, and leases its rows;
2. send: no transaction is open;
3. record: one short transaction, guarded by the lease.

So however many workers deliver, no row is sent by two of them and no channel gets more than its
minute allows. Only a process that dies between 2 and 3 makes a repeat: its lease runs out, and the
message is sent again.

Severe ones go first and alone. The others of a channel go one by one while there is room for all of
them, and as one list when there is not; what waited for company (see `notices`) always goes as a
list. Transient failures are tried again with growing delay until the alert is a day old; permanent
ones are shown as undeliverable, and pass to the next robot where that can help. While no robot is
configured, notifications stay pending, visibly, and are sent once one is; after a day they count as
undeliverable, for yesterday's alarm helps nobody.
"""

import logging
import random
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When

from alerts import budget, channels, messages, notices, undelivered
from alerts.errors import DeliveryError, Failure
from alerts.markdown import LIMIT
from alerts.models import Notification
from alerts.notices import Lane

LEASE = timedelta(minutes=2)
"""Well beyond the time-outs of the two requests that one message can take."""
MOST_AT_ONCE = 300
"""Rows of a channel looked at for one message."""
SHORT = 2000
"""Bytes of a message that was too long at 4096."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """Rows that go as one message; the first of them carries it."""

    channel: str
    rows: Sequence[Notification]
    lane: Lane
    token: str

    @property
    def ids(self) -> list[int]:
        return [row.pk for row in self.rows]


def deliver_due(
    *,
    now: datetime,
    limit: int = 50,
    clock: Callable[[], datetime] | None = None,
    http: httpx.Client | None = None,
    rng: random.Random | None = None,
) -> int:
    """Send what is due, at most `limit` messages; return how many were delivered.

    `clock` tells the time as sending goes on (default: it stays `now`). `rng` spreads retries.
    """
    tell_time = clock or (lambda: now)
    spread = rng or random.Random()
    undelivered.settle(now=now)
    waiting = _waiting_channels(now) if channels.names() else []
    tried = delivered = 0
    with ExitStack() as stack:
        while waiting and tried < limit:
            for channel in list(waiting):
                batch = _claim(channel, tell_time()) if tried < limit else None
                if batch is None:
                    waiting.remove(channel)
                    continue
                http = http or stack.enter_context(channels.connect())
                tried += 1
                delivered += _deliver(batch, http, tell_time, spread)
    return delivered


def due(now: datetime) -> QuerySet[Notification]:
    """Return the notifications that may leave at `now` and that no worker holds."""
    return notices.free(now).filter(next_attempt_at__lte=now)


def _waiting_channels(now: datetime) -> list[str]:
    """Return the channels with something due, those with something urgent first."""
    ranked = due(now).annotate(rank=_rank()).order_by("rank", "created_at")
    return list(dict.fromkeys(ranked.values_list("channel", flat=True)))


def _rank() -> Case:
    return Case(When(notices.URGENT, then=Value(0)), default=Value(1), output_field=IntegerField())


def _claim(channel: str, now: datetime) -> Batch | None:
    """Take the channel's next message; None when there is none, or no room for it."""
    with transaction.atomic():
        state = budget.lock(channel)
        room = budget.left(state, now)
        if not room:
            return None
        rows = _wanted(channel, now)
        chosen = choose(rows, room=room, now=now)
        if not chosen:
            return None
        budget.spend(state, now)
        return _lease(channel, chosen, now)


def _lease(channel: str, chosen: Sequence[Notification], now: datetime) -> Batch | None:
    """Lease the rows; None when they were given up at this very moment."""
    token = str(uuid.uuid4())
    free = notices.free(now).filter(pk__in=[row.pk for row in chosen])
    free.update(lease_token=token, lease_until=now + LEASE)
    mine = set(Notification.objects.filter(lease_token=token).values_list("pk", flat=True))
    rows = [row for row in chosen if row.pk in mine]
    return Batch(channel, rows, notices.lane(rows[0].level, rows[0].kind), token) if rows else None


def _wanted(channel: str, now: datetime) -> list[Notification]:
    """Return what waits for this channel, also what only waits for company; skip the outdated."""
    rows = notices.free(now).filter(channel=channel, next_attempt_at__lte=now + notices.GROUP_FOR)
    ranked = rows.annotate(rank=_rank()).order_by("rank", "created_at", "id")
    wanted = []
    for row in ranked.select_related("incident")[:MOST_AT_ONCE]:
        if reason := notices.why_skip(row):
            state = Notification.State.SKIPPED
            notices.free(now).filter(pk=row.pk).update(state=state, error=reason)
        else:
            wanted.append(row)
    return wanted


def choose(rows: Sequence[Notification], *, room: int, now: datetime) -> list[Notification]:
    """Choose what goes as the next message, with `room` messages left in this minute.

    `rows` are the channel's, the urgent first, then by age; those not yet due may join a list, but
    do not start one.
    """
    lanes: dict[Lane, list[Notification]] = {lane: [] for lane in Lane}
    for row in rows:
        lanes[notices.lane(row.level, row.kind)].append(row)
    ready = {lane: [row for row in lanes[lane] if row.next_attempt_at <= now] for lane in Lane}
    if ready[Lane.URGENT]:
        return ready[Lane.URGENT][:1]
    if ready[Lane.GROUPED]:
        direct = [row for row in ready[Lane.GROUPED] if row.kind in notices.DIRECT]
        others = len(direct) < len(ready[Lane.GROUPED])
        if direct and len(direct) + others + bool(ready[Lane.SUMMARY]) <= room:
            return direct[:1]
        return lanes[Lane.GROUPED]
    return ready[Lane.SUMMARY]


def _deliver(
    batch: Batch, http: httpx.Client, clock: Callable[[], datetime], rng: random.Random
) -> bool:
    """Send one message and record what came of it."""
    try:
        text = _send(batch, http, clock)
    except DeliveryError as error:
        undelivered.record(batch.rows, batch.token, error, now=clock(), rng=rng)
        return False
    except Exception as exc:
        # Without its trace, which might hold the address, and so the robot's key.
        _log.error("notification %s could not be sent: %s", batch.ids[0], type(exc).__name__)
        failed = DeliveryError(
            f"出错了（{type(exc).__name__}）", retryable=True, kind=Failure.SERVER
        )
        undelivered.record(batch.rows, batch.token, failed, now=clock(), rng=rng)
        return False
    return _record(batch, text, clock())


def _send(batch: Batch, http: httpx.Client, clock: Callable[[], datetime]) -> str:
    """Send the message, once more in other words if these are refused; return what was taken."""
    channel = channels.open_channel(batch.channel, http)
    text = _render(batch, clock())
    try:
        channel.send(text)
    except DeliveryError as error:
        text = _instead(batch, error, clock())
        _count_another(batch.channel, clock())
        channel.send(text)
    return text


def _render(batch: Batch, now: datetime, *, limit: int = LIMIT, mentions: bool = True) -> str:
    """Word the message; if that fails, say at least that there is something."""
    rows = [(row.kind, row.facts) for row in batch.rows]
    try:
        if batch.lane is Lane.SUMMARY:
            return messages.render_summary(rows, now=now, limit=limit)
        if len(rows) > 1:
            return messages.render_list(rows, now=now, limit=limit, mentions=mentions)
        kind, facts = rows[0]
        return messages.render(kind, facts, now=now, limit=limit, mentions=mentions)
    except Exception:
        _log.exception("notification %s could not be worded", batch.ids[0])
        return messages.render_bare([facts for _, facts in rows])


def _instead(batch: Batch, error: DeliveryError, now: datetime) -> str:
    """Return what to send in place of a message that was refused for what it holds.

    Raises `error` again where another wording would not help.
    """
    if error.kind is Failure.TOO_LONG:
        return _render(batch, now, limit=SHORT)
    if error.kind is Failure.MENTION:
        return _render(batch, now, mentions=False)
    if error.kind is Failure.CONTENT:
        return messages.render_bare([row.facts for row in batch.rows])
    raise error


def _count_another(channel: str, now: datetime) -> None:
    with transaction.atomic():
        budget.spend(budget.lock(channel), now)


def _record(batch: Batch, text: str, now: datetime) -> bool:
    """Write down that the message was taken; False when the lease had run out meanwhile."""
    first, *others = batch.ids
    with transaction.atomic():
        held = Notification.objects.filter(
            lease_token=batch.token, state=Notification.State.PENDING
        )
        done = {"lease_token": "", "lease_until": None, "delivered_at": now, "error": ""}
        mine = held.filter(pk=first).update(
            state=Notification.State.DELIVERED,
            sent={"msgtype": "markdown", "markdown": {"content": text}},
            attempts=batch.rows[0].attempts + 1,
            **done,
        )
        held.filter(pk__in=others).update(
            state=Notification.State.MERGED, merged_into_id=first, **done
        )
    return bool(mine)
