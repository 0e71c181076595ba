"""Errors of the alerts room.

    AlertsError
    ├── IllegalMove        the incident's state does not allow this, or a reason is missing
    ├── StaleIncident      someone else was first; nothing was saved
    └── DeliveryError      a channel did not take a message
        └── NotConfigured  there is no such channel

Texts of the first two are shown to people as they are.
"""

from enum import StrEnum


class AlertsError(Exception):
    """Base of this room's errors."""


class IllegalMove(AlertsError):
    """The incident cannot do that now; the text says why, in words for the page."""


class StaleIncident(AlertsError):
    """Someone else changed the incident first; the text says who, when and what."""


class Failure(StrEnum):
    """Why a message did not go out, as far as it decides what to do next."""

    NETWORK = "network"
    """No answer; it may have been delivered all the same."""
    SERVER = "server"
    """An answer that is not WeCom's: HTTP 5xx, an HTML page."""
    BUSY = "busy"
    RATE = "rate"
    """Too many messages: the whole channel has to wait."""
    TOO_LONG = "too_long"
    MENTION = "mention"
    """A mentioned user id is unknown there."""
    CONTENT = "content"
    """This message will never be taken as it is."""
    REFUSED = "refused"
    """HTTP 3xx or 4xx: something between us and the channel says no."""
    GONE = "gone"
    """The channel itself is no longer there."""


class DeliveryError(AlertsError):
    """A channel did not take a message. The text never holds the channel's secret."""

    def __init__(
        self, message: str, *, retryable: bool = False, kind: Failure = Failure.CONTENT
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.kind = kind


class NotConfigured(DeliveryError):
    """The settings name no such channel."""

    def __init__(self, message: str, *, kind: Failure = Failure.GONE) -> None:
        super().__init__(message, retryable=False, kind=kind)
