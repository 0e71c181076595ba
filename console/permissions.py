"""Who may open which page. Every view of the console carries its answer.

A view without one of these decorators fails a test that walks all addresses.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]

EVERYONE = "everyone"
"""The page needs no login."""

SIGNED_IN = "signed in"
"""The page needs a login and nothing more."""


def public(view: View) -> View:
    """Declare that anyone may open the page."""
    view.permission = EVERYONE  # type: ignore[attr-defined]  # read by the walking test
    return view


def signed_in(view: View) -> View:
    """Declare that everyone who is logged in may open the page."""
    return _declare(login_required(view), SIGNED_IN)


def requires(permission: str, *, to_change: str = "") -> Callable[[View], View]:
    """Declare the permission that opens the page, and the one that a POST needs beyond it.

    Someone who is not logged in is sent to the login; someone without the permission gets 403.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            needed = [permission]
            if to_change and request.method not in {"GET", "HEAD"}:
                needed.append(to_change)
            if not request.user.has_perms(needed):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return _declare(login_required(guarded), permission)

    return decorate


def _declare(view: View, permission: str) -> View:
    view.permission = permission  # type: ignore[attr-defined]  # read by the walking test
    return view
