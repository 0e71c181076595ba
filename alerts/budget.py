"""What all workers must agree on about a channel: how much it may still send, whether it works.

Each decision is made with the channel's row locked, in a short transaction before the request. A
send is counted when it is decided, not when it succeeds: refused ones count for WeCom too.
"""

from datetime import datetime, timedelta

from alerts import channels
from alerts.models import ChannelState

PER_MINUTE = 18
"""WeCom takes 20; the rest is for clocks that differ and requests that are late."""
MINUTE = timedelta(seconds=60)


def lock(channel: str) -> ChannelState:
    """Return the channel's row, locked until the end of the transaction.

    A channel that was disabled works again once the settings hold another key for it.
    """
    ChannelState.objects.bulk_create([ChannelState(channel=channel)], ignore_conflicts=True)
    state: ChannelState = ChannelState.objects.select_for_update().get(channel=channel)
    mark = channels.secret_mark(channel)
    if state.disabled_at and mark and mark != state.secret_mark:
        state.disabled_at, state.disabled_reason = None, ""
        state.save()
    return state


def left(state: ChannelState, now: datetime) -> int:
    """Return how many messages the channel may take at `now`."""
    if state.disabled_at or (state.not_before and state.not_before > now):
        return 0
    return max(0, PER_MINUTE - len(_recent(state, now)))


def spend(state: ChannelState, now: datetime) -> None:
    """Count one message as sent at `now`."""
    state.sends = [*_recent(state, now), now.timestamp()]
    state.save(update_fields=["sends"])


def pause(state: ChannelState, until: datetime) -> None:
    """Let the channel rest until then; a longer rest that is set already stays."""
    if state.not_before is None or state.not_before < until:
        state.not_before = until
        state.save(update_fields=["not_before"])


def disable(state: ChannelState, reason: str, now: datetime) -> None:
    """Give the channel up until its key changes, or a person clears `disabled_at`."""
    state.disabled_at, state.disabled_reason = now, reason[:200]
    state.secret_mark = channels.secret_mark(state.channel)
    state.save(update_fields=["disabled_at", "disabled_reason", "secret_mark"])


def _recent(state: ChannelState, now: datetime) -> list[float]:
    """Return the sends of the minute before `now`, and those that another clock puts after it."""
    since = (now - MINUTE).timestamp()
    return [moment for moment in state.sends if moment > since]
