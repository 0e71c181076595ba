"""Scraped text in, clean plain text out; and JSON that every database can keep.

Scraped text is hostile: every step here takes time linear in the length of the text.
"""

import html
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

LONGEST_TEXT = 20_000
DEEPEST = 20
_READ_AT_MOST = 10 * LONGEST_TEXT

# Only names that HTML has: in "<某牌>" and "a<b" the angle brackets are the writer's own.
_BLOCK_TAGS = (
    "address|article|aside|blockquote|body|br|center|dd|details|div|dl|dt|figure|footer|form|"
    "h[1-6]|head|header|hr|html|iframe|li|main|nav|ol|option|p|pre|section|select|"
    "summary|table|tbody|thead|title|tr|ul"
)
_INLINE_TAGS = (
    "a|abbr|audio|b|bdi|bdo|big|button|cite|code|data|del|em|embed|figcaption|font|i|img|input|"
    "ins|kbd|label|link|mark|meta|noscript|object|param|path|picture|q|rp|rt|ruby|s|samp|small|"
    "script|source|span|strike|strong|style|sub|sup|svg|td|th|textarea|time|tt|u|var|video|wbr"
)
_TAG = re.compile(
    rf"</?(?:(?P<block>{_BLOCK_TAGS})|(?P<inline>{_INLINE_TAGS}))(?P<rest>[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
# An <img> stands for a word only when it is an emoticon: [心], or a pictograph.
_EMOTICON = re.compile(r"\[[^\[\]]{1,12}\]|[^\w\s<>]{1,8}")
_DROPPED = [
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<script\b[^<>]*>", re.I), re.compile(r"</script\s*>", re.I)),
    (re.compile(r"<style\b[^<>]*>", re.I), re.compile(r"</style\s*>", re.I)),
]
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # control characters but tab and line ends
    "\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # zero width, direction
    "\ud800-\udfff"  # lone surrogates: no database takes them
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: a site's own icon font
    "\ufffe\uffff]"
)
# A joiner holds a family emoji together; anywhere else it only hides.
_STRAY_JOINER = re.compile("(?<![\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")


def clean_text(raw: str) -> str:
    """Return the text a reader sees: no markup, entities undone, emoticons kept as `[doge]`.

    At most LONGEST_TEXT characters; longer text is cut.
    """
    text = raw[:_READ_AT_MOST]
    if "<" in text:
        for opening, closing in _DROPPED:
            text = _cut(text, opening, closing)
        text = _TAG.sub(_shown, text)
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():  # most are: one line, nothing hidden in it
        text = _STRAY_JOINER.sub("", _INVISIBLE.sub("", text.replace("\r", "\n")))
        text = _MANY_LINES.sub("\n\n", _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", text)))
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()[:LONGEST_TEXT].rstrip()


def clean_line(raw: str, *, limit: int) -> str:
    """Return the text as one line of at most `limit` characters."""
    return " ".join(clean_text(raw).split())[:limit].rstrip()


def storable(value: Any, depth: int = 0) -> Any:
    """Return the same JSON without what a database refuses: NUL, lone surrogates, NaN.

    What is nested deeper than DEEPEST levels becomes null.
    """
    if isinstance(value, str):
        return _visible(value)
    if value is None or isinstance(value, bool | int):
        return value
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {_visible(str(key)): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(item, depth + 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _visible(str(value))


def _visible(text: str) -> str:
    return text if text.isprintable() else _INVISIBLE.sub("", text)


def _cut(text: str, opening: re.Pattern[str], closing: re.Pattern[str]) -> str:
    """Drop what lies between the marks; an opening without a closing is left alone."""
    kept, at = [], 0
    while start := opening.search(text, at):
        end = closing.search(text, start.end())
        if end is None:
            break
        kept.append(text[at : start.start()])
        at = end.end()
    return "".join([*kept, text[at:]])


def _shown(tag: re.Match[str]) -> str:
    if tag["block"]:
        return "\n"
    name = tag["inline"].lower()
    if name == "img":
        alt = _ALT.search(tag["rest"] or "")
        words = html.unescape(next(filter(None, alt.groups()), "")) if alt else ""
        return words if _EMOTICON.fullmatch(words) else ""
    return " " if name in {"td", "th"} else ""
