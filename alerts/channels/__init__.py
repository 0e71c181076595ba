"""Ways out of the house. A channel sends once and fails by exception: no retry, no database.

A channel's name is its kind and, after a colon, which one of it: `wecom:公关群`. A further kind is
one module and one line in `KINDS`.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

import httpx
from django.conf import settings

from alerts.channels.wecom_robot import WecomRobot
from alerts.errors import NotConfigured

UNCONFIGURED = "wecom:"
"""Where notifications wait while no robot is configured."""
UNCONFIGURED_REASON = "未配置企业微信机器人"


class Channel(Protocol):
    """Something that takes messages."""

    def send(self, text: str) -> None:
        """Send once. Raises DeliveryError; its text never holds a secret."""


def _wecom(name: str, http: httpx.Client) -> Channel:
    return WecomRobot(settings.WECOM_BASE_URL, _robots()[name], http)


KINDS: dict[str, Callable[[str, httpx.Client], Channel]] = {"wecom": _wecom}


def names() -> list[str]:
    """Return the configured channels, the default one first."""
    return [f"wecom:{name}" for name in _robots()]


def default() -> str:
    """Return the default channel, or the place to wait when none is configured."""
    return next(iter(names()), UNCONFIGURED)


def of_robot(robot: str) -> str:
    """Return the channel of the robot so named in the settings; "" when there is none."""
    return f"wecom:{robot}" if robot in _robots() else ""


def secret_mark(name: str) -> str:
    """Return a digest of the channel's secret, to notice a new one; "" for an unknown channel."""
    key = _robots().get(name.partition(":")[2], "")
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""


def open_channel(name: str, http: httpx.Client) -> Channel:
    """Return the channel. Raises NotConfigured when the settings name no such one."""
    kind, _, which = name.partition(":")
    if kind not in KINDS or name not in names():
        raise NotConfigured(f"机器人 {which} 不在配置里" if which else UNCONFIGURED_REASON)
    return KINDS[kind](which, http)


def connect() -> httpx.Client:
    """Return a client for one round of sending: short time-outs, no redirects.

    Proxies of the environment are not asked for an address on this machine, which they could not
    reach.
    """
    host = httpx.URL(settings.WECOM_BASE_URL).host
    return httpx.Client(
        timeout=httpx.Timeout(5.0, connect=3.0),
        follow_redirects=False,
        trust_env=host not in {"127.0.0.1", "localhost", "::1"},
    )


def _robots() -> Mapping[str, str]:
    robots: Mapping[str, str] = settings.WECOM_ROBOTS
    return robots
