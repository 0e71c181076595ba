"""A row of a file becomes records of posts: the review, and its follow-up as a comment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crawlers import native_ids
from crawlers.after_sales import order_hash
from crawlers.cleaning import clean_text
from crawlers.drafts import Refused
from crawlers.importing import cells
from crawlers.platforms import code
from crawlers.ratings import parse_rating
from crawlers.times import parse_time

Record = Mapping[str, Any] | Refused
_PLAIN = ("author", "url", "likes", "comments", "reposts")
_KEPT_IN_EXTRA = ("sku", "product", "service", "delivery", "reply", "region", "title")
# One cell may hold both texts of a review: 初次评价：2024-01-15 20:13 … 追加评价：…
_BOTH = re.compile(
    r"^\s*初次评价[:：](?P<first>.*?)(?:追加评价|追评)[:：](?P<second>.*)$", re.DOTALL
)
_ONE = re.compile(r"^\s*初次评价[:：](?P<first>.*)$", re.DOTALL)
_LEADING_TIME = re.compile(
    r"^\s*(?P<at>[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?(?:\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?)\s*"
)
_KINDS = {
    "评价": "review",
    "评论": "comment",
    "社媒": "social",
    "投诉": "complaint",
    "文章": "article",
}
_LINES_SWALLOWED = 3
_TAOBAO = frozenset({"taobao", "tmall"})
_TWO_DAYS = (datetime(2020, 3, 4, 5, 6, 7, tzinfo=UTC), datetime(2021, 9, 8, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the file itself does not say."""

    platform: str
    kind: str
    subject: str = ""
    link: str = ""
    """How a link is made, with {native_id} and {product_id}; of rows that have none."""


def records(values: Mapping[str, Any], defaults: Defaults) -> list[Record]:
    """Return what a row holds, its values named by field: one record, two with a follow-up."""
    try:
        review = _review(values, defaults)
    except ValueError as exc:
        shown = {name: cells.plain(value)[:2000] for name, value in values.items()}
        return [Refused(shown, str(exc)[:300])]
    follow_up = review.pop("follow_up")
    return [review, follow_up_of(review, *follow_up)] if follow_up[0] else [review]


def swallowed(row: list[Any], columns: int) -> bool:
    """Tell whether an unclosed quotation mark has drawn further lines into one cell."""
    for value in row:
        if isinstance(value, str) and value.count("\n") >= _LINES_SWALLOWED and columns > 2:
            like_rows = sum(
                max(map(line.count, ",\t;|")) >= columns - 1 for line in value.splitlines()
            )
            if like_rows >= _LINES_SWALLOWED:
                return True
    return False


def _review(values: Mapping[str, Any], defaults: Defaults) -> dict[str, Any]:
    first, second = _texts(values)
    at = cells.moment(values.get("published_at"))
    if at is None and first.at:
        at = first.at
    text = first.text
    title = cells.plain(values.get("title"))
    if title and not text.startswith(title):
        text = f"{title}\n{text}"
    platform = code(cells.plain(values.get("platform"))) or defaults.platform
    kind = cells.plain(values.get("kind"))
    rating = cells.plain(values.get("rating"))
    record = {
        "platform": platform,
        "kind": _KINDS.get(kind, kind) or defaults.kind,
        "native_id": cells.identifier(values.get("native_id"))
        or _of_order_line(values, platform)
        or _hashed(values, platform, at, first.text or _stars(rating)),
        "text": text,
        "published_at": at,
        "published_estimated": at is None,
        "rating": rating,
        "subject": cells.plain(values.get("subject")) or defaults.subject,
        "product_id": _identifier_or_nothing(values.get("product_id")),
        "author_id": _identifier_or_nothing(values.get("author_id")),
        "extra": _extra(values),
        "follow_up": (second.text, second.at),
    }
    record |= {name: cells.plain(values[name]) for name in _PLAIN if name in values}
    return record if record.get("url") else record | {"url": _link(record, defaults.link)}


def _link(record: Mapping[str, Any], link: str) -> str:
    """Return the link made of a row's ids, "" when it lacks one that the link is made of."""
    used = {name: record[name] for name in ("native_id", "product_id") if f"{{{name}}}" in link}
    made_up = used.get("native_id", "").startswith("h:")
    return "" if not link or made_up or not all(used.values()) else link.format(**used)


def follow_up_of(review: Mapping[str, Any], text: str, at: Any) -> Mapping[str, Any]:
    """Return a review's follow-up as a post of its own.

    It speaks at another time, and comes after the review was imported, when a text appended to it
    would be ignored as a duplicate.
    """
    kept = ("platform", "url", "author", "author_id", "subject", "product_id")
    return {name: review[name] for name in kept if name in review} | {
        "kind": "comment",
        "native_id": f"{review['native_id']}:append",
        "text": text,
        "published_at": at if at is not None else review["published_at"],
        "published_estimated": at is None,
        "extra": {"follow_up_of": review["native_id"]},
    }


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    at: Any = None


def _texts(values: Mapping[str, Any]) -> tuple[_Said, _Said]:
    text = cells.plain(values.get("text"))
    second = cells.plain(values.get("follow_up"))
    second_at = cells.moment(values.get("follow_up_at"))
    match = _BOTH.match(text) or _ONE.match(text)
    if match is None:
        return _Said(text), _Said(second, second_at)
    inside = match.groupdict().get("second")
    follow_up = _timed(inside) if inside else _Said(second, second_at)
    return _timed(match["first"]), follow_up


def _timed(text: str) -> _Said:
    match = _LEADING_TIME.match(text)
    if match is None:
        return _Said(cells.plain(text))
    return _Said(cells.plain(text[match.end() :]), match["at"])


def _of_order_line(values: Mapping[str, Any], platform: str) -> str:
    """Return the identity of a review of Taobao, which has none of its own but its order line's.

    It is the one under which the shop's own interface brings the review.
    """
    line = _identifier_or_nothing(values.get("order_line")) if platform in _TAOBAO else ""
    return f"{order_hash('taobao', line)}:buyer" if line else ""


def _hashed(values: Mapping[str, Any], platform: str, at: Any, text: str) -> str:
    """Return the identity of a row without one: the same row in another file is the same post.

    Without an order the author tells two short texts of one moment apart.
    """
    order = _identifier_or_nothing(values.get("order_line"))
    order = order or _identifier_or_nothing(values.get("order"))
    who = order or cells.plain(values.get("author"))
    sku = cells.plain(values.get("sku")) or cells.plain(values.get("product_id"))
    return native_ids.hashed(platform, who, sku, _same_in_every_file(at), clean_text(text))


def _same_in_every_file(at: Any) -> str:
    """Return a time as one text, however a file writes it.

    A time told relative to the day of the export stays as it is written: it names no moment.
    """
    if at is None:
        return ""
    try:
        moment, again = (parse_time(at, now=day) for day in _TWO_DAYS)
    except ValueError:
        return str(at)
    return moment.isoformat(timespec="seconds") if moment == again else str(at)


def _stars(rating: str) -> str:
    try:
        return str(parse_rating(rating) or "")
    except ValueError:
        return rating


def _identifier_or_nothing(value: Any) -> str:
    try:
        return cells.identifier(value)
    except ValueError:
        return ""


def _extra(values: Mapping[str, Any]) -> dict[str, Any]:
    given_texts = {name: cells.plain(values[name]) for name in _KEPT_IN_EXTRA if name in values}
    extra: dict[str, Any] = {name: text[:500] for name, text in given_texts.items() if text}
    amount = cells.money(values.get("amount"))
    if amount is not None:
        extra["amount"] = amount
    if cells.plain(values.get("pictures")):
        extra["pictures"] = True
    given = values.get("extra")
    return extra | given if isinstance(given, dict) else extra
