"""Reading pages in tests: what a person sees, without the tags."""

import re
from html import unescape
from typing import Any

_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")


def html(response: Any) -> str:
    return response.content.decode()


def text(response: Any) -> str:
    """Return the words of the page's main part, on one line."""
    page = html(response)
    main = page.split("<main", 1)[-1]
    return _SPACE.sub(" ", unescape(_TAG.sub(" ", "<main" + main))).strip()


def rows(response: Any) -> list[str]:
    """Return the titles of the queue's rows, in order."""
    return [
        unescape(title) for title in re.findall(r'<tr [^>]*data-title="([^"]*)"', html(response))
    ]
