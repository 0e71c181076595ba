"""How a site that nobody wrote a spider for is read: described in YAML, checked before it runs."""

import codecs
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    model_validator,
)

from crawlers.models import Post
from crawlers.readings import AReading, ASpot, Reading, as_list, explained
from crawlers.selectors import Spot

COMMON = frozenset({"cookie", "delay_seconds", "ignore_robots", "replay"})
"""Parameters that every source may have: they say nothing of how a page is read."""
MOST_PAGES = 20
_HOLE = re.compile(r"\{([^{}]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_HOST = r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_NOT_HEADERS = frozenset({"cookie", "host", "content-length", "connection", "transfer-encoding"})


class RecipeError(ValueError):
    """Parameters describe no page that could be read; the message names each field."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)


class Fields(_Part):
    """Where a post's values stand within its row, or within its own page."""

    native_id: AReading | None = None
    title: AReading | None = None
    text: AReading | None = None
    time: AReading | None = None
    author: AReading | None = None
    author_id: AReading | None = None
    rating: AReading | None = None
    likes: AReading | None = None
    comments: AReading | None = None
    reposts: AReading | None = None
    url: AReading | None = None
    product_id: AReading | None = None
    extra: dict[str, AReading] = {}

    def each(self) -> Iterator[tuple[str, Reading]]:
        """Yield the readings that are given, by name; those of `extra` as `extra.name`."""
        for name in type(self).model_fields:
            reading = getattr(self, name)
            if isinstance(reading, Reading):
                yield name, reading
        for name, reading in self.extra.items():
            yield f"extra.{name}", reading


class Detail(_Part):
    """A row's own page: the link to it, and what is read there."""

    link: AReading
    fields: Fields


def _codec(name: Any) -> Any:
    if not isinstance(name, str):
        raise ValueError("应是编码的名字，如 gb18030")
    try:
        "".encode(codecs.lookup(name).name)
    except (LookupError, ValueError):
        raise ValueError(f"没有名为“{name[:30]}”的编码；常用 utf-8、gb18030、big5") from None
    return name


def _words(value: Any) -> Any:
    return [
        str(word) if isinstance(word, int) and not isinstance(word, bool) else word
        for word in as_list(value)
    ]


def _kind(value: Any) -> Any:
    if value not in Post.Kind.values:
        raise ValueError(f"没有类型“{value}”；可用 {'、'.join(Post.Kind.values)}")
    return value


Codec = Annotated[str, BeforeValidator(_codec)]
Words = Annotated[
    list[Annotated[str, Field(min_length=1)]], BeforeValidator(_words), Field(min_length=1)
]


class Recipe(_Part):
    """One site's lists of posts, and how a post is read from them."""

    url: Words
    keywords: Words | None = None
    keyword_encoding: Codec = "utf-8"
    kind: Annotated[str, BeforeValidator(_kind)] = "article"
    rows: ASpot = Field(alias="list")
    following: ASpot | None = Field(None, alias="next")
    max_pages: int = Field(MOST_PAGES, ge=1, le=1000)
    first_page: int = Field(1, ge=0)
    page_step: int = Field(1, ge=1)
    fields: Fields
    detail: Detail | None = None
    time_format: str = ""
    empty: str = ""
    encoding: Codec | None = None
    headers: dict[str, str] = {}
    hosts: list[Annotated[str, Field(pattern=_HOST)]] = []
    every_page: StrictBool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """Raises ValueError that names the field."""
        for url in self.url:
            self._check_url(url)
        self._check_ways()
        self._check_fields()
        _check_format(self.time_format)
        for name, value in self.headers.items():
            _check_header(name, value)
        return self

    @property
    def paged(self) -> bool:
        """The addresses count their pages."""
        return any("{page}" in url for url in self.url)

    def _check_url(self, url: str) -> None:
        if not re.match(r"https?://[^/\s]", url):
            raise ValueError(f"url：“{url[:80]}”应以 http:// 或 https:// 开头")
        for hole in _HOLE.findall(url):
            if hole not in {"page", "keyword"}:
                raise ValueError(f"url：不认识 {{{hole}}}；可用 {{page}}、{{keyword}}")
        if ("{keyword}" in url) != bool(self.keywords):
            given = "写了" if self.keywords else "没有写"
            raise ValueError(f"keywords：要与 url 里的 {{keyword}} 一起写（现在{given} keywords）")

    def _check_ways(self) -> None:
        if self.following is not None and self.paged:
            raise ValueError("next：url 里已有 {page}，翻页只能用其中一样")
        self._check_alike("next", [self.following] if self.following else [])

    def _check_fields(self) -> None:
        there = {name for name, _ in self.fields.each()}
        if self.detail is not None:
            there |= {name for name, _ in self.detail.fields.each()}
            if self.detail.fields.native_id is not None:
                raise ValueError("detail.fields.native_id：编号要在列表里读（不写则取自链接）")
            self._check_alike("detail.link", self.detail.link.spots)
            _check_one_kind(self.detail.fields)
        if not there & {"text", "title", "rating"}:
            raise ValueError("fields.text：没有写正文在哪里")
        for name, reading in self.fields.each():
            self._check_alike(f"fields.{name}", reading.spots)

    def _check_alike(self, name: str, spots: list[Spot]) -> None:
        """A list of JSON is read by paths into JSON, one of HTML by CSS and XPath."""
        for spot in spots:
            if spot.is_json != self.rows.is_json:
                wanted = "JSON 路径（以 $ 开头）" if self.rows.is_json else "CSS 或 XPath"
                raise ValueError(f"{name}：“{spot.said}”与 list 不是一类，应是 {wanted}")


def read_recipe(params: Mapping[str, Any]) -> Recipe:
    """Return a source's parameters as a recipe. Raises RecipeError."""
    own = {name: value for name, value in params.items() if name not in COMMON}
    try:
        return Recipe.model_validate(own)
    except ValidationError as exc:
        raise RecipeError(explained(exc, Recipe)) from None


def _check_one_kind(fields: Fields) -> None:
    kinds = {spot.is_json for _, reading in fields.each() for spot in reading.spots}
    if len(kinds) > 1:
        raise ValueError("detail.fields：一页里不能又用 JSON 路径，又用 CSS 或 XPath")


def _check_format(time_format: str) -> None:
    if not time_format:
        return
    if "%Y" not in time_format and "%y" not in time_format:
        raise ValueError("time_format：里面要有年份 %Y；没有年份的时间不必写它，系统自己会认")
    try:
        datetime.strptime(datetime(2024, 1, 2).strftime(time_format), time_format)  # noqa: DTZ001, DTZ007 (only a trial)
    except (ValueError, re.error) as exc:
        raise ValueError(f"time_format：“{time_format}”不能用（{exc}）") from None


def _check_header(name: str, value: str) -> None:
    if not _HEADER.fullmatch(name):
        raise ValueError(f"headers：“{name[:40]}”不是请求头的名字")
    if name.lower() in _NOT_HEADERS:
        where = "请写在参数 cookie 里" if name.lower() == "cookie" else "不能改"
        raise ValueError(f"headers：{name} {where}")
    if not value.isprintable():
        raise ValueError(f"headers：{name} 的值里有不能用的字符")
