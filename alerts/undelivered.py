"""What becomes of notifications that a channel did not take."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from alerts import budget, channels, notices
from alerts.errors import DeliveryError, Failure
from alerts.models import ChannelState, Notification
from alerts.signals import outbox_filled

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(minutes=15)
RATE_DELAY = timedelta(seconds=60)
LONGEST_PAUSE = timedelta(seconds=60)
"""How long one failing message may hold up the others of its channel."""
MOST_ATTEMPTS = {Failure.BUSY: 4, Failure.RATE: 10}
"""Attempts by the kind of the last failure; the others go on until the alert is a day old."""

_PASSED_ON = (Failure.GONE, Failure.REFUSED, Failure.BUSY, Failure.RATE)
"""Failures of the channel, where another one can help; a refused text is refused everywhere."""
_State = Notification.State


def delay(attempts: int, kind: Failure, rng: random.Random) -> timedelta:
    """Return how long to wait after the `attempts`-th failure: growing, spread by ±20 %."""
    seconds = FIRST_DELAY.total_seconds() * 3 ** min(attempts - 1, 10)
    grown = min(seconds, LONGEST_DELAY.total_seconds()) * rng.uniform(0.8, 1.2)
    least = RATE_DELAY.total_seconds() * rng.uniform(1.0, 1.2) if kind is Failure.RATE else 0.0
    return timedelta(seconds=max(grown, least))


def record(
    rows: Sequence[Notification],
    token: str,
    error: DeliveryError,
    *,
    now: datetime,
    rng: random.Random,
) -> None:
    """Write down a failure of the rows that `token` leases: try again later, or give up."""
    with transaction.atomic():
        state = budget.lock(rows[0].channel)
        held = Notification.objects.filter(lease_token=token, state=_State.PENDING)
        mine = list(held)
        if not mine:
            return
        attempts = max(row.attempts for row in mine) + 1
        held.update(attempts=F("attempts") + 1, lease_token="", lease_until=None)
        most = MOST_ATTEMPTS.get(error.kind)
        if error.retryable and (most is None or attempts < most):
            wait = delay(attempts, error.kind, rng)
            Notification.objects.filter(pk__in=[row.pk for row in mine]).update(
                next_attempt_at=now + wait, error=str(error)[:300]
            )
            rest = wait if error.kind is Failure.RATE else min(wait, LONGEST_PAUSE)
            budget.pause(state, now + rest)
            return
        if error.kind is Failure.GONE:
            budget.disable(state, str(error), now)
        give_up(mine, str(error), now=now, pass_on=error.kind in _PASSED_ON)


def settle(*, now: datetime) -> None:
    """Put right what cannot be sent as it stands.

    Rows without a robot move to the default one as soon as there is one; rows of a robot that is
    disabled or no longer configured pass to another; rows a day old are given up.
    """
    pending = Notification.objects.filter(state=_State.PENDING)
    if not pending.exists():
        return
    for row in notices.free(now).filter(created_at__lte=now - notices.EXPIRES_AFTER):
        give_up([row], row.error or "一天内没有发出", now=now, pass_on=False)
    configured = channels.names()
    if not configured:
        lost = pending.exclude(error=channels.UNCONFIGURED_REASON)
        lost.update(error=channels.UNCONFIGURED_REASON, channel=channels.UNCONFIGURED)
        return
    pending.filter(channel=channels.UNCONFIGURED).update(channel=configured[0], error="")
    for channel in set(pending.values_list("channel", flat=True)):
        if channel not in configured:
            rows = list(notices.free(now).filter(channel=channel))
            give_up(rows, "机器人已不在配置里", now=now, pass_on=True)
        elif ChannelState.objects.filter(channel=channel).exclude(disabled_at=None).exists():
            _leave_disabled(channel, now)


def _leave_disabled(channel: str, now: datetime) -> None:
    with transaction.atomic():
        state = budget.lock(channel)
        if state.disabled_at:
            rows = list(notices.free(now).filter(channel=channel))
            give_up(rows, state.disabled_reason, now=now, pass_on=True)


def give_up(rows: Sequence[Notification], reason: str, *, now: datetime, pass_on: bool) -> None:
    """Mark the rows as undeliverable; with `pass_on` each goes on to a robot not tried yet."""
    for row in rows:
        other = _untried(row) if pass_on else ""
        said = f"{reason}，已改发 {_robot(other)}" if other else reason
        with transaction.atomic():
            mine = notices.free(now).filter(pk=row.pk)
            if not mine.update(state=_State.UNDELIVERABLE, error=said[:300]):
                continue
            if other:
                _copy(row, other, now)
                outbox_filled.send(sender=None)


def _copy(row: Notification, channel: str, now: datetime) -> None:
    Notification.objects.bulk_create(
        [
            Notification(
                incident_id=row.incident_id,
                channel=channel,
                kind=row.kind,
                level=row.level,
                key=f"{_event(row)}@{channel}",
                facts=row.facts,
                next_attempt_at=max(row.next_attempt_at, now) if row.attempts == 0 else now,
                created_at=row.created_at,
            )
        ],
        ignore_conflicts=True,
    )


def _untried(row: Notification) -> str:
    """Return a working channel that has not had this event yet, "" when there is none."""
    tried = set(
        Notification.objects.filter(key__startswith=f"{_event(row)}@").values_list(
            "channel", flat=True
        )
    )
    broken = set(ChannelState.objects.exclude(disabled_at=None).values_list("channel", flat=True))
    usable = (name for name in channels.names() if name not in tried | broken)
    return next(usable, "")


def _event(row: Notification) -> str:
    return str(row.key).partition("@")[0]


def _robot(channel: str) -> str:
    return channel.partition(":")[2]
