"""What the platforms' signatures have in common."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from config.clock import SHANGHAI


def joined(fields: Mapping[str, str]) -> str:
    """Return names and values, sorted by name, with nothing between; empty values are left out."""
    return "".join(f"{name}{value}" for name, value in sorted(fields.items()) if value != "")


def md5_around(secret: str, text: str) -> str:
    """Return the upper-case MD5 of a text between two copies of the secret."""
    return md5(f"{secret}{text}{secret}").upper()


def md5(text: str) -> str:
    """Return the lower-case MD5 of a text."""
    # The platforms ask for it: it is no choice of ours.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def keyed(secret: str, text: str, digest: str) -> bytes:
    """Return the HMAC of a text under the secret, by the hash of that name."""
    return hmac.new(secret.encode(), text.encode(), digest).digest()


def compact(value: Any) -> str:
    """Return JSON as the gateways sign it: sorted keys, no spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def local(moment: datetime) -> str:
    """Return a moment as `2024-01-15 12:30:05` in Shanghai."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def seconds(moment: datetime) -> int:
    """Return a moment as epoch seconds."""
    return int(moment.timestamp())


def millis(moment: datetime) -> int:
    """Return a moment as epoch milliseconds, of whole seconds."""
    return seconds(moment) * 1000
