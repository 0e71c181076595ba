"""A record becomes a draft of a post, or is rejected with a reason a person can act on."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from crawlers.cleaning import clean_line, clean_text, storable
from crawlers.counts import parse_count
from crawlers.models import Post
from crawlers.platforms import code
from crawlers.ratings import parse_rating
from crawlers.times import parse_time

T = TypeVar("T")

EXTRA_BYTES = 20_000
_KINDS: tuple[str, ...] = tuple(Post.Kind.values)
_EARLIEST = datetime(1998, 1, 1, tzinfo=UTC)  # before the first of the platforms
_AHEAD = timedelta(days=1)  # clocks and zones are wrong by hours, not by days
_PLATFORM = re.compile(r"[\w-]{1,30}")
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")
_BARE_ID = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,128}")


class Rejected(ValueError):
    """A record that cannot become a post; the message names the field and the trouble."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Refused:
    """A record found bad before it could be read as a post, with the reason."""

    record: Mapping[str, Any]
    reason: str


@dataclass(frozen=True, slots=True)
class PostDraft:
    """A clean post that is not stored yet. `author` and `author_id` are still the site's own."""

    platform: str
    kind: str
    native_id: str
    text: str
    published_at: datetime
    url: str = ""
    author: str = ""
    author_id: str = ""
    rating: int | None = None
    likes: int = 0
    comments: int = 0
    reposts: int = 0
    subject: str = ""
    product_id: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    published_estimated: bool = False

    @property
    def identity(self) -> tuple[str, str, str]:
        """Two drafts with one identity are one post."""
        return self.platform, self.kind, self.native_id


def clean(record: object, *, now: datetime) -> PostDraft:
    """Return the record as a draft, cleaned; times are read relative to `now`.

    A record that says `published_estimated` needs no time: it was first seen at `now`.
    Keys that are no field of a post are not read. Raises Rejected.
    """
    if not isinstance(record, Mapping):
        raise Rejected(f"应是一条记录（对象），却是 {type(record).__name__}")
    published_at, estimated = _published(record, now)
    rating = _read(parse_rating, record, "rating")
    text = clean_text(_text(record, "text"))
    if not text and rating is None:
        raise Rejected("text（正文）是空的，也没有评分")
    return PostDraft(
        platform=_matching(_PLATFORM, code(_text(record, "platform")), "platform（平台）"),
        kind=_kind(record),
        native_id=_matching(_BARE_ID, _text(record, "native_id").strip(), "native_id（平台编号）"),
        text=text,
        published_at=published_at,
        published_estimated=estimated,
        url=_url(record),
        author=clean_line(_text(record, "author"), limit=80),
        author_id=clean_line(_text(record, "author_id"), limit=200),
        rating=rating,
        likes=_read(parse_count, record, "likes"),
        comments=_read(parse_count, record, "comments"),
        reposts=_read(parse_count, record, "reposts"),
        subject=_optional(_SLUG, _text(record, "subject").strip(), "subject（监测对象）"),
        product_id=_optional(_BARE_ID, _text(record, "product_id").strip()[:64], "product_id"),
        extra=_extra(record),
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Rejected(f"{name} 应是文字，却是 {type(value).__name__}")


def _read(parse: Callable[[Any], T], record: Mapping[str, Any], name: str) -> T:
    value = record.get(name)
    if value is not None and not isinstance(value, str | int | float):
        raise Rejected(f"{name} 应是数字，却是 {type(value).__name__}")
    try:
        return parse(value)
    except ValueError as exc:
        raise Rejected(f"{name}：{exc}") from None


def _published(record: Mapping[str, Any], now: datetime) -> tuple[datetime, bool]:
    value = record.get("published_at")
    estimated = bool(record.get("published_estimated"))
    if value is None or value == "":
        if estimated:
            return now, True
        raise Rejected("published_at（发布时间）是空的")
    if not isinstance(value, str | int | float | datetime):
        raise Rejected(f"published_at 应是时间，却是 {type(value).__name__}")
    try:
        moment = parse_time(value, now=now)
    except ValueError as exc:
        raise Rejected(f"published_at：{exc}") from None
    if moment > now + _AHEAD:
        raise Rejected(f"published_at：{moment:%Y-%m-%d} 在将来")
    if moment < _EARLIEST:
        raise Rejected(f"published_at：{moment:%Y-%m-%d} 太早，不可能是真的")
    # Nothing is stored as later than it was seen: an index cannot weigh the future.
    return (now, True) if moment > now else (moment, estimated)


def _kind(record: Mapping[str, Any]) -> str:
    kind = _text(record, "kind").strip().lower()
    if kind not in _KINDS:
        raise Rejected(f"kind（类型）“{kind[:20]}”不在 {'、'.join(_KINDS)} 之中")
    return kind


def _matching(pattern: re.Pattern[str], value: str, name: str) -> str:
    if not value:
        raise Rejected(f"{name}是空的")
    if not pattern.fullmatch(value):
        raise Rejected(f"{name}“{value[:40]}”含有不能用的字符，或太长")
    return value


def _optional(pattern: re.Pattern[str], value: str, name: str) -> str:
    return _matching(pattern, value, name) if value else ""


def _url(record: Mapping[str, Any]) -> str:
    """Return the link when it is one that may be shown as a link, else nothing."""
    url = _text(record, "url").strip()
    if url.startswith("//"):
        url = f"https:{url}"
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    safe = parts.scheme in {"http", "https"} and parts.hostname and len(url) <= 1000
    return storable(url) if safe and not re.search(r"[\s<>\"]", url) else ""


def _extra(record: Mapping[str, Any]) -> dict[str, Any]:
    extra = record.get("extra") or {}
    if not isinstance(extra, Mapping):
        raise Rejected(f"extra 应是对象，却是 {type(extra).__name__}")
    kept: dict[str, Any] = storable(extra)
    if len(json.dumps(kept, ensure_ascii=False).encode()) > EXTRA_BYTES:
        raise Rejected(f"extra 超过 {EXTRA_BYTES} 字节")
    return kept
