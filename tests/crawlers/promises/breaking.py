"""Broken answers made of good ones: what sites, proxies and accidents send in a page's place.

Number `i` of a spider's answers is always the same: all chance comes from its name and number.
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

HTML = "text/html; charset=utf-8"
PLAIN = "text/plain"
_MARK = "@@huge@@"
_DEEP = 100_000
_LONG = 10_000_000
ODD: tuple[Any, ...] = (
    None,
    {},
    [],
    "",
    "x",
    "\ud800\x00\u202e",
    3,
    -1,
    0,
    True,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    _MARK,
    [None],
    [[]],
    ["x"],
    [3],
    {"x": None},
    "9" * 200,
    "x" * 50_000,
)


@dataclass(frozen=True)
class Answer:
    """What comes over the wire."""

    what: str
    body: bytes
    kind: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def broken(good: bytes, kind: str, index: int, dice: random.Random) -> Answer:
    """Return the broken answer of this number: two of three are near the truth, the rest far."""
    if index % 3:
        return _near(good, kind, index - index // 3 - 1, dice)
    what, make = FAR[index // 3 % len(FAR)]
    answer = make(good, kind, dice)
    return Answer(what, answer.body, answer.kind, answer.status, answer.headers)


def _near(good: bytes, kind: str, index: int, dice: random.Random) -> Answer:
    text = _text(good)
    if text.lstrip().startswith(("<", "<?xml")):
        return Answer("markup", _markup(text, dice), kind)
    head, tree, tail = _tree(text)
    if tree is None:
        return Answer("truncated", good[: dice.randrange(len(good) or 1)], kind)
    if dice.random() < 0.15:
        return Answer("truncated", good[: dice.randrange(len(good))], kind)
    kinds = _kinds_of_places(tree)
    path = kinds[index % len(kinds)]
    told = []
    for _ in range(dice.choice([1, 1, 1, 2, 4])):
        tree, where = _changed(tree, path, dice)
        told.append(where)
        path = dice.choice(list(_places(tree)))
    body = json.dumps(tree, ensure_ascii=dice.random() < 0.5)
    body = body.replace(f'"{_MARK}"', dice.choice(["9" * 5000, "1e999", "-" + "9" * 400]))
    data = (head + body + tail).encode("utf-8", "surrogatepass")
    return Answer("; ".join(told), data, kind)


def _text(good: bytes) -> str:
    try:
        return good.decode("utf-8-sig")
    except UnicodeDecodeError:
        return good.decode("gb18030", "replace")


def _tree(text: str) -> tuple[str, Any, str]:
    """Return the JSON in a text, and what JSONP puts around it."""
    match = re.match(r"\s*[\w$.]+\s*\(", text)
    head = match[0] if match else ""
    tail = text[text.rfind(")") :] if match else ""
    try:
        return head, json.loads(text[len(head) : len(text) - len(tail)]), tail
    except ValueError:
        return "", None, ""


def _places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _places(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _places(value, (*path, index))


def _kinds_of_places(tree: Any) -> list[tuple[Any, ...]]:
    """Return one place of each kind, so that no field is left to chance: all rows are alike."""
    kinds: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for path in _places(tree):
        kinds.setdefault(tuple(0 if isinstance(step, int) else step for step in path), path)
    return list(kinds.values())


def _changed(tree: Any, path: tuple[Any, ...], dice: random.Random) -> tuple[Any, str]:
    """Return the tree with this place changed or gone, and what was done."""
    odd = deepcopy(dice.choice(ODD))
    if dice.random() < 0.1:
        for _ in range(60):
            odd = [odd] if dice.random() < 0.5 else {"x": odd}
    told = f"{'.'.join(map(str, path)) or 'all'} := {str(odd)[:30]!r}"
    if not path:
        return odd, told
    tree = deepcopy(tree)
    *way, last = path
    here = tree
    for step in way:
        here = here[step]
    if dice.random() < 0.15:
        del here[last]
        return tree, f"{'.'.join(map(str, path))} is gone"
    here[last] = odd
    return tree, told


_TAGS = re.compile(r"<[^<>]*>")
_VALUES = re.compile(r">[^<>]+<|\"[^\"<>]*\"")


def _markup(text: str, dice: random.Random) -> bytes:
    """Return a page with tags taken out, values replaced, or a stretch of it gone."""
    for _ in range(dice.choice([1, 2, 5])):
        how = dice.randrange(5)
        if how == 0:
            text = text[: dice.randrange(len(text) or 1)]
        elif how == 1:
            start = dice.randrange(len(text) or 1)
            text = text[:start] + text[start + dice.randint(1, 300) :]
        elif how == 2 and (tags := list(_TAGS.finditer(text))):
            tag = dice.choice(tags)
            text = text[: tag.start()] + dice.choice(["", "<b>", "</div>"]) + text[tag.end() :]
        elif how == 3 and (values := list(_VALUES.finditer(text))):
            value = dice.choice(values)[0]
            odd = dice.choice(["", "x", "&#0;\u202e", "9" * 400, "null", "javascript:x", "//["])
            text = text.replace(value, f"{value[0]}{odd}{value[-1]}")
        else:
            name = dice.choice(re.findall(r"<(\w+)", text) or ["div"])
            text = re.sub(rf"<{name}\b", "<div", text)
    return text.encode("utf-8", "replace")


Make = Callable[[bytes, str, random.Random], Answer]


def _page(title: str, text: str = "") -> bytes:
    return f"<html><head><title>{title}</title></head><body>{text}</body></html>".encode()


def _fixed(body: bytes, kind: str | None = None, status: int = 200, **headers: str) -> Make:
    """Return a maker of one and the same answer; without `kind` it calls itself what was due."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda good, due, dice: Answer("", body, kind or due, status, named)


def _scrambled(good: bytes, kind: str, dice: random.Random) -> Answer:
    body = bytearray(good)
    for _ in range(20):
        body[dice.randrange(len(body))] = dice.randrange(256)
    return Answer("", bytes(body), kind)


def _deep(good: bytes, kind: str, dice: random.Random) -> Answer:
    if good.lstrip()[:1] == b"<":
        return Answer("", b"<html><body>" + b"<div>" * _DEEP + b"x", kind)
    opening, closing = dice.choice([(b"[", b"]"), (b'{"data":', b"}")])
    return Answer("", opening * _DEEP + b"1" + closing * _DEEP, kind)


FAR: list[tuple[str, Make]] = [
    ("cut short", lambda good, kind, dice: Answer("", good[: dice.randrange(len(good))], kind)),
    ("scrambled bytes", _scrambled),
    (
        "GB18030",
        lambda good, kind, dice: Answer("", _text(good).encode("gb18030", "replace"), kind),
    ),
    (
        "half of it GBK, cut within a character",
        lambda good, kind, dice: Answer("", _text(good).encode("gbk", "replace")[:-7], kind),
    ),
    ("UTF-16", lambda good, kind, dice: Answer("", _text(good).encode("utf-16"), kind)),
    (
        "a byte order mark and blank lines",
        lambda good, kind, dice: Answer("", b"\xef\xbb\xbf\r\n\n" + good + b"\n\n", kind),
    ),
    ("a picture", _fixed(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png")),
    ("bytes that are nothing", _fixed(bytes(range(256)) * 4, "application/octet-stream")),
    ("empty", _fixed(b"")),
    ("blank", _fixed(b" \r\n\t ")),
    ("HTML where JSON was due", _fixed(_page("网站首页", "<p>欢迎</p>"), HTML)),
    ("HTML that calls itself what was due", _fixed(_page("网站首页", "<p>欢迎</p>"))),
    ("a login page", _fixed(_page("用户登录"), HTML)),
    ("a login page that calls itself what was due", _fixed(_page("登录 - 某站"))),
    ("a captcha page", _fixed(_page("安全验证"), HTML)),
    ("a busy page", _fixed(_page("访问过于频繁"), HTML)),
    ("plain words", _fixed("系统繁忙，请稍后再试".encode(), PLAIN)),
    ("redirect to login", _fixed(b"", HTML, 302, Location="https://passport.example/login?r=x")),
    ("HTTP 403", _fixed(b"no", PLAIN, 403)),
    ("HTTP 429", _fixed(b"slow", PLAIN, 429, Retry_After="120")),
    ("HTTP 500", _fixed(b"oops", PLAIN, 500)),
    ("HTTP 404", _fixed(b"gone", PLAIN, 404)),
    ("HTTP 401 of JSON", _fixed(b'{"code":-101}', status=401)),
    *[
        (f"only {body.decode()[:20]}", _fixed(body))
        for body in (b"null", b"{}", b"[]", b'"x"', b"3", b"NaN", b"true", b"[[]]", b"9" * 9000)
    ],
    ("nested 100,000 deep", _deep),
    ("10 MB of one line", _fixed(b"x" * _LONG)),
    ("10 MB in one string of JSON", _fixed(b'{"data":"' + b"x" * (_LONG - 20) + b'"}')),
    (
        "a gzip bomb",
        _fixed(gzip.compress(bytes(40_000_000), 1), Content_Encoding="gzip"),
    ),
    ("gzip that is broken", _fixed(b"\x1f\x8b\x08\x00broken", Content_Encoding="gzip")),
    (
        "gzip that ends early",
        lambda good, kind, dice: Answer(
            "", gzip.compress(good)[:-20], kind, headers={"Content-Encoding": "gzip"}
        ),
    ),
]
