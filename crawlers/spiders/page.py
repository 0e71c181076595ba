"""A site or interface that the operator describes: `crawlers.page_recipes` says in what words."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response
from w3lib.html import get_base_url

from config.clock import SHANGHAI
from crawlers import native_ids
from crawlers.addresses import own_endpoints
from crawlers.cleaning import clean_text
from crawlers.drafts import Refused
from crawlers.links import joined
from crawlers.models import BlockReason
from crawlers.page_recipes import Fields, RecipeError, read_recipe
from crawlers.spiders.base import BadParams, PostSpider, body_text
from crawlers.spiders.walks import Walks
from crawlers.times import parse_time

Values = dict[str, Any]
_LONG_AGO = timedelta(days=1000)
_LONGEST_ID = 128
_AS_WRITTEN = frozenset({"text", "title"})
_LINKS = frozenset({"url", "link"})


class PageSpider(PostSpider):
    """Reads lists of posts, page by page, and each post's own page where the recipe says so."""

    name = "page"
    kind = "article"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self.recipe = read_recipe(self.params)
        except RecipeError as exc:
            raise BadParams(f"信源 {self.job.slug} 的参数 {exc}") from None
        self.allowed_domains = sorted({*self.allowed_domains, *self.recipe.hosts})
        self._own = {
            host for host, _ in own_endpoints([*self.recipe.url, self.params.get("replay")])
        }
        self._walks = Walks(self, self.recipe.kind)
        parts = [self.recipe.fields, *([self.recipe.detail.fields] if self.recipe.detail else [])]
        self._timed = any(part.time is not None for part in parts)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first page of each address and keyword."""
        encoding = self.recipe.keyword_encoding
        for url in self.recipe.url:
            for word in self.recipe.keywords or [""]:
                quoted = quote(word, safe="", encoding=encoding, errors="replace")
                yield self._page(url.replace("{keyword}", quoted), 0)

    def _page(self, pattern: str, turn: int, address: str = "") -> Request:
        number = self.recipe.first_page + turn * self.recipe.page_step
        address = address or pattern.replace("{page}", str(number))
        place = {"pattern": pattern, "turn": turn, "address": address}
        return self._ask(address, self.parse, place)

    def _ask(self, address: str, callback: Any, place: Values, **options: Any) -> Request:
        """Return a request; what the operator gave for the site goes to its own hosts alone."""
        target = self.at(address)
        own = urlsplit(target).hostname in self._own
        headers = {**self.recipe.headers, **self.cookie()} if own else {}
        options.setdefault("dont_filter", True)
        return Request(target, headers=headers, callback=callback, cb_kwargs=place, **options)

    async def parse(
        self, response: Response, pattern: str, turn: int, address: str
    ) -> AsyncIterator[Values | Refused | Request]:
        """Yield a page's posts, or the requests for them, and the next page."""
        address = self._asked(response, address)
        page = self._read_page(response, as_json=self.recipe.rows.is_json)
        rows = self.recipe.rows.nodes(page)
        if not rows:
            self._nothing(page, response, turn)
            return
        found = [*self.each(rows, lambda row: iter([self._values(row, self.recipe.fields)]))]
        for refused in (one for one in found if isinstance(one, Refused)):
            yield refused
        base = self._base(response, address)
        rows_read = [self._placed(one, base) for one in found if not isinstance(one, Refused)]
        goes_on = await self._goes_on(rows_read, pattern)
        for output in self._outputs(rows_read, await self._to_visit(rows_read)):
            yield output
        if goes_on and turn + 1 < self.recipe.max_pages:
            following = self._following(page, base, pattern, turn)
            if following is not None:
                yield following

    def _outputs(self, rows: list[Values], visit: set[str]) -> Iterator[Values | Refused | Request]:
        if self.recipe.detail is None:
            yield from self.each(rows, lambda row: iter([self._record(row)]))
            return
        self.rows_seen += len(rows)
        for row in rows:
            if row["native_id"] not in visit:
                continue
            if not self._may_follow(row["link"]):
                away = f"链接在别的网站（要去，请写进 hosts）：{row['link'][:200]}"
                yield Refused(_shown(row), away if row["link"] else "没有读到 detail.link 的链接")
                continue
            place = {"values": row, "address": row["link"]}
            yield self._ask(
                row["link"],
                self.parse_detail,
                place,
                meta={"may_be_gone": True},
                dont_filter=False,
            )

    def parse_detail(
        self, response: Response, values: Values, address: str
    ) -> Iterator[Values | Refused]:
        """Yield the post of one page: what its list said, and over it what the page says."""
        detail = self.recipe.detail
        if detail is None:
            return
        spots = [spot for _, reading in detail.fields.each() for spot in reading.spots]
        page = self._read_page(response, as_json=any(spot.is_json for spot in spots))
        base = self._base(response, self._asked(response, address))

        def build(whole: Any) -> Iterator[Values]:
            read = self._values(whole, detail.fields)
            extra = values.get("extra", {}) | read.pop("extra", {})
            if read.get("url"):
                read["url"] = joined(base, read["url"])
            given = {name: value for name, value in read.items() if value}
            yield self._record({"url": address} | values | given | {"extra": extra})

        yield from self.each([page], build)

    def _read_page(self, response: Response, *, as_json: bool) -> Any:
        encoding = self.recipe.encoding
        if encoding and as_json:
            text = response.body.decode(encoding, "replace")
            response = response.replace(body=text.encode())
        if as_json:
            return self.json(response)
        page = self.html(response)
        text = response.body.decode(encoding, "replace") if encoding else page.text
        whole = text.encode("utf-8", "replace").decode()  # some codecs make lone surrogates
        return Selector(whole, type="html")

    def _asked(self, response: Response, address: str) -> str:
        """Return the site's own address of a page: after redirects, but not that of a replay."""
        return address if self.params.get("replay") else response.url

    def _base(self, response: Response, address: str) -> str:
        return str(get_base_url(body_text(response)[:4096], address))

    def _nothing(self, page: Any, response: Response, turn: int) -> None:
        """Take a page without rows: the end, an honest nothing, or a page that has changed."""
        if turn > 0:
            return
        if self.recipe.empty:
            text = body_text(response)
            if not isinstance(page, Selector):
                text += json.dumps(page, ensure_ascii=False)
            honest = self.recipe.empty in text
        else:
            honest = self.recipe.rows.is_json and self._empty_list(page)
        if not honest:
            self.block(BlockReason.SHAPE, f"没有符合 list“{self.recipe.rows.said}”的内容")
        self.nothing_new = True

    def _empty_list(self, page: Any) -> bool:
        """Tell whether JSON holds the list, and it is empty: that is how interfaces say nothing."""
        said = self.recipe.rows.said
        if not said.endswith("[*]"):
            return False
        return self.recipe.rows.outer().nodes(page) == [[]]

    def _values(self, row: Any, fields: Fields) -> Values:
        """Return a row's values by field. Raises ValueError when one cannot be read."""
        values: Values = {"extra": {}}
        for name, reading in fields.each():
            place, _, inner = name.partition(".")
            if inner:
                if line := reading.line(row):
                    values["extra"][inner] = line
            elif place in _AS_WRITTEN:
                values[place] = reading.text(row)
            else:
                values[place] = reading.link(row) if place in _LINKS else reading.line(row)
        if fields is self.recipe.fields and self.recipe.detail is not None:
            values["link"] = self.recipe.detail.link.link(row)
        if values.get("time") and self.recipe.time_format:
            values["time"] = self._moment(values["time"])
        return values

    def _moment(self, text: str) -> datetime:
        moment = datetime.strptime(text, self.recipe.time_format)  # noqa: DTZ007 (made aware below)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)

    def _placed(self, values: Values, base: str) -> Values:
        """Return the values with whole addresses, and with an identity."""
        for name in _LINKS & set(values):
            if values[name]:
                values[name] = joined(base, values[name])
        values["native_id"] = _identity(values, self.clock())
        return values

    async def _goes_on(self, rows: list[Values], pattern: str) -> bool:
        """Tell whether the pages behind this one may hold what is not known yet."""
        page = await self._walks.page(pattern, {row["native_id"] for row in rows})
        times = [row["time"] for row in rows if row.get("time")]
        if page.repeated or self.all_before_since(times):
            return False
        return self.recipe.every_page or page.unknown

    async def _to_visit(self, rows: list[Values]) -> set[str]:
        """Return the ids of those rows whose own pages are not stored."""
        if self.recipe.detail is None:
            return set()
        ids = {row["native_id"] for row in rows}
        return ids - await self.stored(ids, kind=self.recipe.kind)

    def _following(self, page: Any, base: str, pattern: str, turn: int) -> Request | None:
        if self.recipe.paged:
            return self._page(pattern, turn + 1)
        if self.recipe.following is None:
            return None
        try:
            href = self.recipe.following.first(page)
        except ValueError:  # null, false or an object at the end of an interface's pages
            return None
        address = joined(base, href)
        if not href or not address:
            return None
        if not self._may_follow(address):
            self.block(
                BlockReason.SHAPE, f"下一页在别的网站（要去，请写进 hosts）：{address[:200]}"
            )
        return self._page(pattern, turn + 1, address)

    def _may_follow(self, link: str) -> bool:
        host = urlsplit(link).hostname or ""
        return any(host == one or host.endswith(f".{one}") for one in self.allowed_domains)

    def _record(self, values: Values) -> Values:
        title, text = values.get("title", ""), values.get("text", "")
        extra = dict(values["extra"])
        if title:
            extra["title"] = clean_text(title)[:300]
            if not clean_text(text).startswith(extra["title"]):
                text = f"{title}\n{text}"
        wanted = ("author", "author_id", "rating", "likes", "comments", "reposts", "product_id")
        return self.post(
            kind=self.recipe.kind,
            native_id=values["native_id"],
            text=text,
            url=values.get("url", ""),
            published_at=values.get("time") or None,
            published_estimated=not self._timed,  # the recipe names no time: when it was first seen
            extra=extra,
            **{name: values[name] for name in wanted if values.get(name)},
        )


def _identity(values: Values, now: datetime) -> str:
    """Return the row's id, as the site gives it or as its link and words make it.

    `5分钟前` says something else at the next visit, so only a time that stands fast counts.
    """
    given = values.get("native_id", "")
    if given:
        usable = len(given) <= _LONGEST_ID and not any(map(str.isspace, given))
        return given if usable else native_ids.hashed(given)
    link = values.get("url") or values.get("link") or ""
    if link:
        return native_ids.of_entry(link, "")
    words = [values.get(name) or "" for name in ("title", "text", "author", "product_id")]
    return native_ids.hashed(*map(clean_text, words), _fixed(values.get("time"), now))


def _fixed(time: Any, now: datetime) -> str:
    try:
        moment = parse_time(time, now=now)
        return moment.isoformat() if moment == parse_time(time, now=now - _LONG_AGO) else ""
    except (ValueError, TypeError):
        return ""


def _shown(row: Values) -> Values:
    return {name: str(value)[:500] for name, value in row.items()}
