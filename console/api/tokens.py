"""API tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpRequest
from ninja.security import HttpBearer

from config import clock
from console.models import ApiToken

SCOPES = ("ingest", "read", "incidents")
_PREFIX = "fh_"
_USE_RECORDED_EVERY = timedelta(minutes=1)


class UnknownScope(ValueError):
    """A scope that does not exist was asked for; the message lists those that do."""


def issue(name: str, scopes: Iterable[str], *, now: datetime) -> str:
    """Make the token called `name` and return it; it cannot be shown again.

    A token of that name that exists is replaced. Raises UnknownScope.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        raise UnknownScope(
            f"no scope {', '.join(unknown) or '(empty)'}; there are {', '.join(SCOPES)}"
        )
    token = _PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.update_or_create(
        name=name,
        defaults={
            "digest": _digest(token),
            "scopes": wanted,
            "created_at": now,
            "revoked_at": None,
        },
    )
    return token


def find(token: str, *, now: datetime) -> ApiToken | None:
    """Return the valid token row for `token`, or None; remembers that it was used."""
    row = ApiToken.objects.filter(digest=_digest(token), revoked_at=None).first()
    if row is not None:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_RECORDED_EVERY)
        if row.last_used_at is None or row.last_used_at < now - _USE_RECORDED_EVERY:
            ApiToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class Bearer(HttpBearer):
    """Lets a request in whose bearer token carries `scope`."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        row = find(token, now=clock.now())
        return row if row is not None and self.scope in row.scopes else None
