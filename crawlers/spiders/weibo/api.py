"""Weibo's official interface: the commercial search, and what others write to the own account."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers import blocks, threads
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders import asked
from crawlers.spiders.base import BadParams, PostSpider, body_text
from crawlers.spiders.rows import id_of, object_of
from crawlers.spiders.weibo import blog
from crawlers.threads import ThreadSeen
from crawlers.times import parse_time

Record = dict[str, Any]
SEARCH = "https://c.api.weibo.com/2/search/statuses/limited.json"
MENTIONS = "https://api.weibo.com/2/statuses/mentions.json"
COMMENTS_TO_ME = "https://api.weibo.com/2/comments/to_me.json"
MODES = {"search": SEARCH, "mentions": MENTIONS, "comments_to_me": COMMENTS_TO_ME}
COUNT = 50
_INDEXED_LATE_S = 15 * 60
_RATE = frozenset({10022, 10023, 10024})
_TOKEN = frozenset({*range(21314, 21320), 21327, 21332})
_ERROR = re.compile(r"""\s*\{.{0,500}"error_code"\s*:""", re.DOTALL)
_ID = re.compile(r"[0-9]{1,25}")


class WeiboApiSpider(PostSpider):
    """Parameters: `access_token`, `mode` (search, mentions, comments_to_me), `max_pages` (100);
    for search `keywords` and the `days` that the first run goes back (1).

    A search is walked from the last run's end to now, to its last page. What was written to the
    own account comes newest first and is walked to the first page that is known.
    """

    name = "weibo_api"
    kind = "social"
    required_params = ("access_token",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mode = self.params.get("mode", "search")
        if self.mode not in tuple(MODES):
            modes = "、".join(MODES)
            raise BadParams(f"信源 {self.job.slug} 的参数 mode 应是其中之一：{modes}")
        self.keywords = asked.words(self.job, "keywords") if self.mode == "search" else []
        self.max_pages = asked.number(self.job, "max_pages", default=100, most=1000)
        self.days = asked.number(self.job, "days", default=1, most=30)
        self._end = int(self.clock().timestamp())
        self._until = dict(object_of(self.checkpoint.get("until")))

    async def start(self) -> AsyncIterator[Request]:
        """Begin with each keyword's first page, or with the newest of what was written to us."""
        for keyword in self.keywords:
            yield self._search(keyword, self._start_of(keyword), self._end, 1)
        if self.mode != "search":
            yield self._own(1)

    def _start_of(self, keyword: str) -> int:
        if self.job.since is not None:
            return int(self.job.since.timestamp())
        last = self._until.get(keyword)
        back = int(timedelta(days=self.days).total_seconds())
        return last - _INDEXED_LATE_S if isinstance(last, int) else self._end - back

    def _search(self, keyword: str, start: int, end: int, page: int, **about: Any) -> Request:
        query = {"q": keyword, "sort": "time", "starttime": start, "endtime": end}
        told = {"keyword": keyword, "start": start, "end": end, "page": page} | about
        return self._ask(SEARCH, query | {"page": page}, self.parse_search, told)

    def _own(self, page: int) -> Request:
        return self._ask(MODES[self.mode], {"page": page}, self.parse, {"page": page})

    def _ask(
        self, url: str, query: dict[str, Any], callback: Callable[..., Any], about: dict[str, Any]
    ) -> Request:
        signed = {"access_token": str(self.params["access_token"])} | query | {"count": COUNT}
        return Request(
            self.at(f"{url}?{urlencode(signed)}"),
            callback=callback,
            cb_kwargs=about,
            dont_filter=True,
        )

    def refusal(self, response: Response) -> blocks.Found | None:
        """Let pass what says itself, in JSON, why it is no answer: the callbacks read that."""
        return None if _ERROR.match(body_text(response)) else super().refusal(response)

    def parse_search(
        self,
        response: Response,
        keyword: str,
        start: int,
        end: int,
        page: int,
        oldest: int | None = None,
    ) -> Iterator[Record | Refused | ThreadSeen | Request]:
        """Yield a page of the search, and what follows it.

        Pages may end before all that the answer counts was shown: then the search begins anew, up
        to the oldest moment seen.
        """
        data, rows = self._page_of(response, "statuses")
        total = data.get("total_number")
        if not isinstance(total, int):
            self.block(BlockReason.SHAPE, "没有预期的 total_number")
        if not rows and page == 1 and total > 0 and oldest is None:
            self.block(BlockReason.SHAPE, f"说有 {total} 条，却一条也没有给")
        yield from self._posts(rows)
        moments = [*self._moments(rows), *([] if oldest is None else [oldest])]
        if page * COUNT >= total or not moments:
            self._finished(keyword)
        elif rows and page < self.max_pages:
            yield self._search(keyword, start, end, page + 1, oldest=min(moments))
        elif min(moments) < end and (rows or page > 1):
            yield self._search(keyword, start, min(moments), 1, oldest=min(moments))
        else:
            self.gap = f"“{keyword}”还有 {total - page * COUNT} 条接口没有给出"
            self._finished(keyword)

    def _finished(self, keyword: str) -> None:
        if self.job.since is None:
            self._until[keyword] = self._end
            self.checkpoint["until"] = {
                word: at for word, at in self._until.items() if word in self.keywords
            }

    async def parse(
        self, response: Response, page: int
    ) -> AsyncIterator[Record | Refused | ThreadSeen | Request]:
        """Yield a page of what was written to the own account, and the next page."""
        own = self.mode == "comments_to_me"
        _, rows = self._page_of(response, "comments" if own else "statuses")
        ids = set(_ids(rows, of_comments=own))
        known = await self.known(ids, kind="comment" if own else "social")
        for output in self.each(rows, self._comment) if own else self._posts(rows):
            yield output
        times = [object_of(row).get("created_at") for row in rows]
        if not ids <= known and page < self.max_pages and not self.all_before_since(times):
            yield self._own(page + 1)

    def _page_of(self, response: Response, name: str) -> tuple[Record, list[Any]]:
        """Return the answer and its rows; an error blocks the run."""
        data = self.json(response)
        code = object_of(data).get("error_code")
        if code is not None:
            self.block(_reason(code), f"{id_of(code)} {id_of(data.get('error'))}"[:120])
        rows = self.need(data, name)
        if not isinstance(rows, list):
            self.block(BlockReason.SHAPE, f"{name} 不是列表")
        self.nothing_new = self.nothing_new or not rows
        return data, rows

    def _posts(self, rows: list[Any]) -> Iterator[Record | Refused | ThreadSeen]:
        for record in self.each(rows, self._record):
            yield record
            if not isinstance(record, Refused):
                seen = threads.seen_in(record, now=self.clock())
                yield from [seen] if seen is not None else []

    def _record(self, row: Any) -> Iterator[Record]:
        if not blog.is_deleted(row):
            yield self.post(**blog.fields(row))

    def _comment(self, row: Any) -> Iterator[Record]:
        native_id, user = _comment_id(row), object_of(row.get("user"))
        post = blog.mid_of(row["status"])
        extra = {
            "post": post,
            "reply_to": id_of(object_of(row.get("reply_comment")).get("id")),
        }
        yield self.post(
            kind="comment",
            native_id=native_id,
            text=row.get("text"),
            url=blog.DETAIL + post,
            author=id_of(user.get("screen_name")),
            author_id=id_of(user.get("idstr")) or id_of(user.get("id")),
            published_at=row.get("created_at"),
            extra={name: value for name, value in extra.items() if value},
        )

    def _moments(self, rows: list[Any]) -> Iterator[int]:
        for row in rows:
            try:
                moment = parse_time(object_of(row).get("created_at", ""), now=self.clock())
            except (ValueError, TypeError, AttributeError):
                continue
            yield int(moment.timestamp())


def _ids(rows: list[Any], *, of_comments: bool) -> Iterator[str]:
    for row in rows:
        try:
            yield _comment_id(row) if of_comments else blog.mid_of(row)
        except (ValueError, AttributeError, KeyError, TypeError):
            continue


def _comment_id(row: Any) -> str:
    native_id = id_of(row.get("idstr")) or id_of(row["id"])
    if not _ID.fullmatch(native_id):
        raise ValueError(f"id“{native_id[:40]}”不是评论编号")
    return native_id


def _reason(code: Any) -> BlockReason:
    number = int(code) if re.fullmatch("[0-9]{1,9}", id_of(code)) else 0
    if number in _RATE:
        return BlockReason.RATE
    return BlockReason.LOGIN if number in _TOKEN else BlockReason.FORBIDDEN
