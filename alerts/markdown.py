"""WeCom's markdown: what it renders, what must not get into it, and how much it takes.

Foreign text goes through `escape` before it enters a line; the tags are put around it here. A
message is a list of `Part`s, so it is shortened by leaving parts out, never by cutting into one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

LIMIT = 4096
"""Bytes of UTF-8 that a robot takes in one markdown message."""
LINK_LIMIT = 300

# WeCom documents no escape character, so what it would render is replaced by its full-width
# twin. `&` too: a client that decodes entities must not find "&lt;@all&gt;".
_TWINS = str.maketrans(
    {"<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "`": "｀", "&": "＆", "\\": "＼"}
)
_SPACE = re.compile(r"\s+")
_ADDRESS = re.compile(r"(?:https?|ftp)://[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]+", re.IGNORECASE)
_USERID = re.compile(r"[A-Za-z0-9_.\-@]{1,64}")
_KEPT_FORMATS = {"\u200d"}  # joins the parts of one emoji
_URL_SAFE = "/:?#@!$&'*+,;=%-._~"


@dataclass(frozen=True)
class Part:
    """Some lines of a message. Rank 0 stays whatever happens; the highest rank goes first."""

    rank: int
    text: str


def clean(text: str) -> str:
    """Return one line of `text`: no control, direction or half characters, single spaces."""
    kept = (
        char
        for char in _SPACE.sub(" ", text)
        if char in _KEPT_FORMATS or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return _SPACE.sub(" ", "".join(kept)).strip()


def escape(text: object, *, most: int = 200) -> str:
    """Return foreign text as one harmless line of at most `most` characters.

    It can open no tag, mention no one, start no heading, and holds no link that a phone would make
    tappable.
    """
    line = clean(_ADDRESS.sub("[链接]", str(text))).translate(_TWINS)
    if line.startswith("#"):
        line = line.replace("#", "＃")
    return clip(line, most)


def clip(text: str, most: int) -> str:
    """Cut `text` to at most `most` characters, the last one then an ellipsis."""
    if len(text) <= most:
        return text
    kept = text[: max(0, most - 1)]
    while kept and (kept[-1] in _KEPT_FORMATS or unicodedata.combining(kept[-1])):
        kept = kept[:-1]
    return kept.rstrip() + "…"


def font(color: str, text: str) -> str:
    """Colour text that is escaped already: info green, comment grey, warning orange-red."""
    return f'<font color="{color}">{text}</font>' if text else ""


def mention(userid: str) -> str:
    """Return the tag that calls this person, or "" for an id that could not be one person's."""
    if not _USERID.fullmatch(userid) or userid.lower() in {"all", "@all"}:
        return ""
    return f"<@{userid}>"


def link(label: str, url: str) -> str:
    """Return a link, or "" when `url` is no web address or too long to be worth its bytes."""
    safe = quote(clean(url).replace(" ", "%20"), safe=_URL_SAFE)
    parts = urlsplit(safe)
    if parts.scheme not in {"http", "https"} or not parts.netloc or len(safe) > LINK_LIMIT:
        return ""
    return f"[{label}]({safe})"


def size(text: str) -> int:
    return len(text.encode())


def fit(parts: Iterable[Part], limit: int = LIMIT) -> str:
    """Join the parts by line breaks, leaving out what matters least until `limit` bytes hold it.

    Among parts of one rank the last goes first. Parts of rank 0 are short by construction; should
    they not fit all the same, the later of them go too, and the first stays.
    """
    kept = [part for part in parts if part.text]
    while len(kept) > 1 and size(_join(kept)) > limit:
        worst = max(range(1, len(kept)), key=lambda place: (kept[place].rank, place))
        del kept[worst]
    return _join(kept)


def _join(parts: Sequence[Part]) -> str:
    return "\n".join(part.text for part in parts)
