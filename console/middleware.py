"""Static files, and what every answer of the console carries in its headers."""

import warnings
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

SAME_ORIGIN = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
"""Nothing inline and nothing from elsewhere: scraped text that slips through cannot run."""

RELAXED = {
    **SAME_ORIGIN,
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
}
"""For pages of packages that bring inline scripts: administration and the API's own page."""

RELAXED_PATHS = ("/admin/", "/api/v1/docs")
ONE_YEAR = 365 * 24 * 3600


class StaticFiles(WhiteNoiseMiddleware):
    """Serves the static files, in whole: they are small, and a stream of blocking reads, as
    whitenoise answers, is drained by Django with a warning when it runs under ASGI.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        with warnings.catch_warnings():
            # Files come from the apps themselves; collecting them first is possible, not needed.
            warnings.filterwarnings("ignore", message="No directory at")
            super().__init__(*arguments, **named)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        answer = static_file.get_response(request.method, request.META)
        body = b""
        if answer.file is not None:
            with answer.file:
                body = answer.file.read()
        response = HttpResponse(body, status=int(answer.status), headers=dict(answer.headers))
        if body:  # the size was noted at the start; an upgrade may have changed the file since
            response.headers["Content-Length"] = str(len(body))
        return response


class SecurityHeaders:
    """Adds the content security policy and its kin; keeps signed-in pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.https = settings.BASE_URL.startswith("https://")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        policy = RELAXED if request.path.startswith(RELAXED_PATHS) else SAME_ORIGIN
        response.headers.setdefault(
            "Content-Security-Policy",
            "; ".join(f"{name} {value}" for name, value in policy.items()),
        )
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        if self.https:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}")
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
