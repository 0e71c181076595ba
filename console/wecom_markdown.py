"""WeCom's markdown as a phone shows it, for the demo's inbox.

The text comes from outside as far as this page is concerned: everything is escaped first, only the
tags that WeCom renders are put back, and nh3 has the last word.
"""

import re
from collections.abc import Callable, Iterable
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS = {"a", "b", "blockquote", "br", "code", "h3", "p", "span"}
CLASSES = {"span": {"at", "warn", "info", "cmt"}}
FLAME = (
    '<svg class="flame" viewBox="0 0 6 10" aria-hidden="true"><path d="M3.25 .3c.25 2 2.75 3.25 '
    '2.75 6.25a3 3 0 0 1-6 0c0-1.5.75-2.25 1.25-3.25.25.75.55 1.1 1 1.4-.15-1.65.25-3.15 1-4.4z"/>'
    "</svg>"
)
_TONES = {"info": "info", "comment": "cmt", "warning": "warn"}

_HEADING = re.compile(r"#{1,6}\s+(.*)")
_FONT = re.compile(r"&lt;font color=(?:&quot;|&#x27;)(info|comment|warning)(?:&quot;|&#x27;)&gt;")
_FONT_END = "&lt;/font&gt;"
_MENTION = re.compile(r"&lt;@([\w.@\-]{1,64})&gt;")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\[\]]*)\]\((https?://[^\s()]+)\)")


def render(text: str, names: Callable[[str], str] = str) -> SafeString:
    """Return safe HTML; `names` turns a mentioned user id into the name that a phone shows."""
    html = "".join(_blocks(text.replace("\r\n", "\n").split("\n"), names))
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "target"}},
        allowed_classes=CLASSES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )
    # A console without an emoji font draws the flame all the same.
    return mark_safe(cleaned.replace("🔥", FLAME))  # noqa: S308 - escaped above, cleaned by nh3


def _blocks(lines: Iterable[str], names: Callable[[str], str]) -> Iterable[str]:
    quote: list[str] = []
    for line in lines:
        if line.startswith(">"):
            quote.append(_inline(line[1:].lstrip(" "), names))
            continue
        if quote:
            yield f"<blockquote>{'<br>'.join(quote)}</blockquote>"
            quote = []
        heading = _HEADING.match(line)
        if heading:
            yield f"<h3>{_inline(heading.group(1), names)}</h3>"
        elif line.strip():
            yield f"<p>{_inline(line, names)}</p>"
    if quote:
        yield f"<blockquote>{'<br>'.join(quote)}</blockquote>"


def _inline(line: str, names: Callable[[str], str]) -> str:
    text = escape(line, quote=True)
    opened = len(_FONT.findall(text))
    text = _FONT.sub(lambda m: f'<span class="{_TONES[m.group(1)]}">', text)
    text = text.replace(_FONT_END, "</span>", opened)
    text = _MENTION.sub(lambda m: f'<span class="at">@{escape(names(m.group(1)))}</span>', text)
    text = _BOLD.sub(r"<b>\1</b>", text)
    text = _CODE.sub(r"<code>\1</code>", text)
    return _LINK.sub(r'<a href="\2" target="_blank">\1</a>', text)
