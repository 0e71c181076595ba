"""Objects that public crawlers and the sites' own interfaces write, as records of posts.

Which platform an object is of, its keys say, and the look of its ids; ids and links come out as
the spiders of that platform would store them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crawlers import native_ids
from crawlers.bilibili_ids import bvid
from crawlers.counts import parse_count
from crawlers.drafts import Refused
from crawlers.importing import cells
from crawlers.importing.collected_shapes import REPLIES, SHAPES, WRAPPERS, Paths, Shape
from crawlers.importing.rows import follow_up_of

Record = Mapping[str, Any] | Refused
_DEEPEST = 12
_SHOWN_CHARACTERS = 2000
_MERCHANTS_WORDS = {"1": "好评", "0": "中评", "-1": "差评"}
_WHOLE_EPOCH = re.compile(r"([0-9]{10}|[0-9]{13})\.0+")
_LEAD = re.compile(r"^(?:IP属地[:：]?|发布于)\s*")


@dataclass(frozen=True, slots=True)
class _Around:
    """What surrounds an object: what was asked for, and the post and comment it stands within."""

    platform: str
    subject: str
    post: str = ""
    comment: str = ""


def is_collected(names: Iterable[str]) -> bool:
    """Tell whether a header row holds the keys of one of the shapes."""
    return bool(_flat_fitting(tuple(names)))


def records(found: Any, *, platform: str = "", subject: str = "") -> list[Record]:
    """Return the posts in an object: itself, or those in the answer that it is.

    Nothing when it is of no known shape. `platform` decides where the object leaves it open.
    """
    if isinstance(found, dict) and "native_id" in found:  # our own form
        return []
    return list(_walk(found, _Around(platform, subject), 0))


def _walk(found: Any, around: _Around, depth: int) -> Iterator[Record]:
    if depth > _DEEPEST:
        return
    if isinstance(found, list):
        for item in found:
            if isinstance(item, dict | list):
                yield from _walk(item, around, depth + 1)
        return
    if not isinstance(found, dict):
        return
    unwrapped = _unwrapped(found)
    fitting = _fitting(unwrapped)
    if fitting:
        yield from _read(unwrapped, fitting, around, depth)
        return
    for value in found.values():
        if isinstance(value, dict | list):
            yield from _walk(value, around, depth + 1)


def _unwrapped(found: dict[str, Any]) -> dict[str, Any]:
    for key, around in WRAPPERS.items():
        inner = found.get(key)
        if isinstance(inner, dict):
            return {name: found[name] for name in around if name in found} | inner
    return found


def _fitting(found: Mapping[str, Any]) -> Sequence[Shape]:
    if not any(isinstance(value, dict) for value in found.values()):
        return _flat_fitting(tuple(found))
    return [
        shape
        for shape in SHAPES
        if all(any(_is_there(found, path) for path in group) for group in shape.needs)
        and not any(_is_there(found, path) for path in shape.never)
    ]


@lru_cache(maxsize=128)  # the rows of a file have the same keys
def _flat_fitting(keys: tuple[str, ...]) -> tuple[Shape, ...]:
    there = set(keys)
    return tuple(
        shape
        for shape in SHAPES
        if all(there.intersection(group) for group in shape.needs)
        and not there.intersection(shape.never)
    )


def _read(
    found: Mapping[str, Any], fitting: Sequence[Shape], around: _Around, depth: int
) -> Iterator[Record]:
    """Yield an object's own record, and those of the comments within it."""
    try:
        shape = _chosen(found, fitting, around)
        record = _record(found, shape, around)
    except ValueError as exc:
        shown = {key: str(value)[:_SHOWN_CHARACTERS] for key, value in list(found.items())[:50]}
        yield Refused(shown, str(exc)[:300])
        return
    follow_up = cells.plain(_first(found, shape.paths("follow_up")))
    yield record
    if follow_up:
        at = cells.moment(_first(found, shape.paths("follow_up_at")))
        yield follow_up_of(record, follow_up, at)
    if shape.kind == "review":  # what stands below a review is the shop's answer
        return
    within = _Around(
        shape.platform,
        around.subject,
        post=record["extra"].get("post", "") if shape.kind == "comment" else record["native_id"],
        comment=record["native_id"] if shape.kind == "comment" else "",
    )
    for key in REPLIES:
        if isinstance(found.get(key), list):
            yield from _walk(found[key], within, depth + 1)


def _chosen(found: Mapping[str, Any], fitting: Sequence[Shape], around: _Around) -> Shape:
    """Return the one shape. Raises ValueError when keys and ids do not tell."""
    if around.platform:
        for shape in fitting:
            if shape.platform == around.platform:
                return shape
    for shape in fitting:
        ident = cells.identifier(_first(found, shape.about))
        ident = ident or cells.identifier(_first(found, shape.native_id))
        if shape.form.fullmatch(ident):
            return shape
    if any(not cells.identifier(_first(found, shape.native_id)) for shape in fitting):
        raise ValueError("没有编号")
    raise ValueError("看编号认不出是哪个平台的；可用 --platform 指明")


def _record(found: Mapping[str, Any], shape: Shape, around: _Around) -> dict[str, Any]:
    def value(name: str) -> Any:
        return _first(found, shape.paths(name))

    native_id = _native_id(shape, cells.identifier(_first(found, shape.native_id)))
    if not native_id:
        raise ValueError("没有编号")
    about = _post_id(shape, cells.identifier(_first(found, shape.about))) or around.post
    published_at = _moment(value("published_at"))
    record: dict[str, Any] = {
        "platform": shape.platform,
        "kind": shape.kind,
        "native_id": native_id,
        "text": _text(cells.plain(value("title")), cells.plain(value("text")), shape),
        "published_at": published_at,
        "published_estimated": published_at is None,
        "author": cells.plain(value("author")),
        "author_id": _identifier_or_nothing(value("author_id")),
        "likes": _count(value("likes")),
        "comments": _count(value("comments")),
        "reposts": _count(value("reposts")),
        "subject": around.subject,
    }
    if shape.kind == "review":
        record |= {
            "product_id": _identifier_or_nothing(value("product_id")),
            "rating": _rating(found, shape),
        }
    record["url"] = _link(found, shape, native_id if shape.kind == "social" else about, record)
    reply_to = _identifier_or_nothing(value("reply_to")) or around.comment
    extra = {
        "post": about if shape.kind == "comment" else "",
        "reply_to": "" if reply_to in {"0", about, native_id} else reply_to,
        "region": _LEAD.sub("", cells.plain(value("region"))),
        "sku": cells.plain(value("sku")),
        "product": cells.plain(value("product")),
        "reply": cells.plain(value("reply")) if shape.kind == "review" else "",
    }
    record["extra"] = {name: text[:500] for name, text in extra.items() if text}
    return record


def _native_id(shape: Shape, ident: str) -> str:
    return ident if shape.kind != "social" else _post_id(shape, ident)


def _post_id(shape: Shape, ident: str) -> str:
    """Return a post's id as spiders store it: Weibo's number, Bilibili's name."""
    if shape.platform == "weibo":
        return native_ids.weibo_mid(ident)
    aid = ident.removeprefix("av")
    if shape.platform == "bilibili" and aid.isascii() and aid.isdigit():
        return bvid(int(aid))
    return ident


def _text(title: str, text: str, shape: Shape) -> str:
    if shape.kind != "social" or not title or text.startswith(title):
        return text
    return f"{title}\n{text}".strip()


def _moment(value: Any) -> Any:
    """Return the time as it is read later; None for the zero that stands for none."""
    if isinstance(value, bool) or value in (0, "0"):
        return None
    at = cells.moment(value)
    if isinstance(at, str) and (epoch := _WHOLE_EPOCH.fullmatch(at)):
        return epoch[1]
    return at


def _count(value: Any) -> int:
    """Return a count; one that cannot be read is not worth losing its post."""
    try:
        return parse_count(value if isinstance(value, int | float) else cells.plain(value))
    except ValueError:
        return 0


def _rating(found: Mapping[str, Any], shape: Shape) -> str:
    for path in shape.paths("rating"):
        text = cells.plain(_first(found, (path,)))
        if text:
            return _MERCHANTS_WORDS.get(text, text) if path in {"rate", "rateType"} else text
    return ""


def _link(found: Mapping[str, Any], shape: Shape, post: str, record: Mapping[str, Any]) -> str:
    if shape.platform == "zhihu":
        return _zhihu_link(found, post)
    product_id = record.get("product_id", "")
    if not shape.link or not (product_id if "{product_id}" in shape.link else post):
        return ""
    return shape.link.format(id=post, product_id=product_id)


def _zhihu_link(found: Mapping[str, Any], post: str) -> str:
    kind = cells.plain(_first(found, ("content_type", "type")))
    question = _identifier_or_nothing(_first(found, ("question_id", "question.id")))
    if not post:
        return ""
    if kind == "article":
        return f"https://zhuanlan.zhihu.com/p/{post}"
    if kind == "zvideo":
        return f"https://www.zhihu.com/zvideo/{post}"
    within = f"question/{question}/" if question else ""
    return f"https://www.zhihu.com/{within}answer/{post}"


def _identifier_or_nothing(value: Any) -> str:
    try:
        return cells.identifier(value)
    except ValueError:
        return ""


def _is_there(found: Mapping[str, Any], path: str) -> bool:
    here: Any = found
    for step in path.split("."):
        if not isinstance(here, dict) or step not in here:
            return False
        here = here[step]
    return True


def _first(found: Mapping[str, Any], paths: Paths) -> Any:
    """Return the first value there that is a plain one and not empty."""
    for path in paths:
        here: Any = found
        for step in path.split("."):
            here = here.get(step) if isinstance(here, dict) else None
        if not isinstance(here, dict | list) and cells.plain(here):
            return here
    return None
