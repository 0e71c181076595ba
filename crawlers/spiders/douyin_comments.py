"""The comments on one's own Douyin videos, from Douyin's open platform."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.native_ids import hashed
from crawlers.spiders.asked import number, words
from crawlers.spiders.base import PostSpider
from crawlers.spiders.rows import id_of, list_of, object_of, text_of
from crawlers.spiders.walks import Walks

API = "https://open.douyin.com"
_COMMENTS, _REPLIES = "/item/comment/list/", "/item/comment/reply/list/"
_PAGE_SIZE = 20
_MOST_COUNTS = 2000
_LONGEST_ID = 128
_ID = re.compile(r"[!-~]{1,1000}")
_LOGIN_CODES = frozenset({2190002, 2190003, 2190008, 10008, 10010})
_REFUSALS = (
    (re.compile(r"access.?token|open.?id|过期|未授权|授权已|重新授权", re.I), BlockReason.LOGIN),
    (re.compile(r"频|quota|限流|上限|繁忙|too many", re.I), BlockReason.RATE),
    (re.compile(r"签名|sign", re.I), BlockReason.SIGNATURE),
    (re.compile(r"权限|能力|permission|scope", re.I), BlockReason.FORBIDDEN),
    (re.compile(r"不存在|已删除", re.I), BlockReason.GONE),
)


class DouyinCommentsSpider(PostSpider):
    """Parameters: `access_token`, `open_id`, `items` (the videos' item_id), `max_pages` (50)."""

    name = "douyin_comments"
    kind = "comment"
    required_params = ("access_token", "open_id", "items")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.items = words(self.job, "items")
        self.max_pages = number(self.job, "max_pages", default=50, most=1000)
        self._walks = Walks(self, self.kind)
        # How many replies a comment had when they were read last; a copy, so that a run that
        # breaks off leaves the source's own as it was.
        self._counts = dict(object_of(self.checkpoint.get("reply_counts")))
        self.checkpoint["reply_counts"] = self._counts

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest comments of each video."""
        for item in self.items:
            yield self._page(item, 0, 1)

    def _ask(self, path: str, query: Mapping[str, Any], **kwargs: Any) -> Request:
        query = {"open_id": str(self.params["open_id"]), "count": _PAGE_SIZE} | dict(query)
        return Request(
            self.at(f"{API}{path}?{urlencode(query)}"),
            headers={"access-token": str(self.params["access_token"])},
            dont_filter=True,
            **kwargs,
        )

    def _page(self, item: str, cursor: int, page: int) -> Request:
        query = {"item_id": item, "cursor": cursor, "sort_type": "time"}
        about = {"item": item, "page": page}
        return self._ask(_COMMENTS, query, callback=self.parse, cb_kwargs=about)

    def _reply_page(self, item: str, comment: str, count: int, cursor: int, page: int) -> Request:
        query = {"item_id": item, "comment_id": comment, "cursor": cursor}
        about = {"item": item, "comment": comment, "count": count, "page": page}
        return self._ask(_REPLIES, query, callback=self.parse_replies, cb_kwargs=about)

    async def parse(
        self, response: Response, item: str, page: int
    ) -> AsyncIterator[dict[str, Any] | Refused | Request]:
        """Yield a page's comments, the way to their replies, and the next page."""
        data = self._data(response)
        rows = self._rows(data)
        walk = await self._walks.page(item, _ids(rows))
        for one in self.each(rows, lambda row: self._comment(row, item, "")):
            yield one
        for row in rows:
            if (following := self._replies_to(row, item)) is not None:
                yield following
        times = [object_of(row).get("create_time") for row in rows]
        # The platform may sort by what it recommends: then known comments prove nothing.
        done = _newest_first(rows) and (not walk.unknown or self.all_before_since(times))
        cursor = self._next(data, rows)
        if cursor is not None and not done and page < self.max_pages:
            yield self._page(item, cursor, page + 1)

    def parse_replies(
        self, response: Response, item: str, comment: str, count: int, page: int
    ) -> Iterator[dict[str, Any] | Refused | Request]:
        """Yield the replies to one comment, to the last page."""
        data = self._data(response)
        rows = self._rows(data)
        yield from self.each(rows, lambda row: self._comment(row, item, comment))
        cursor = self._next(data, rows)
        if cursor is not None and page < self.max_pages:
            yield self._reply_page(item, comment, count, cursor, page + 1)
            return
        self._counts.pop(comment, None)
        self._counts[comment] = count
        while len(self._counts) > _MOST_COUNTS:
            del self._counts[next(iter(self._counts))]

    def _data(self, response: Response) -> dict[str, Any]:
        answer = self.json(response)
        data = self.need(answer, "data")
        code = object_of(data).get("error_code", object_of(answer.get("extra")).get("error_code"))
        if code not in (0, "0", None):
            said = text_of(data.get("description")) if isinstance(data, dict) else ""
            self._refused(id_of(code), said)
        if not isinstance(data, dict):
            self.block(BlockReason.SHAPE, "data 不是对象")
        return data

    def _refused(self, code: str, said: str) -> NoReturn:
        words_of_it = f"接口答 {code[:20]} {said[:80]}"
        if code.isdigit() and int(code) in _LOGIN_CODES:
            self.block(BlockReason.LOGIN, words_of_it)
        for pattern, reason in _REFUSALS:
            if pattern.search(said):
                self.block(reason, words_of_it)
        self.block(BlockReason.SHAPE, words_of_it)

    def _rows(self, data: dict[str, Any]) -> list[Any]:
        rows = self.need(data, "list")
        if rows is not None and not isinstance(rows, list):
            self.block(BlockReason.SHAPE, "data.list 不是列表")
        if not rows:
            self.nothing_new = True
        return rows or []

    def _next(self, data: dict[str, Any], rows: list[Any]) -> int | None:
        """Return the next page's cursor; None behind the last page, and where it stands still."""
        cursor = data.get("cursor")
        if not data.get("has_more") or not rows or not isinstance(cursor, int) or cursor <= 0:
            return None
        return cursor

    def _replies_to(self, row: Any, item: str) -> Request | None:
        row = object_of(row)
        comment, count = id_of(row.get("comment_id")), row.get("reply_comment_total")
        if not _ID.fullmatch(comment) or not isinstance(count, int) or count <= 0:
            return None
        if self._counts.get(comment) == count:
            return None
        return self._reply_page(item, comment, count, 0, 1)

    def _comment(self, row: Any, item: str, answer_to: str) -> Iterator[dict[str, Any]]:
        comment = id_of(row["comment_id"])
        if not _ID.fullmatch(comment):
            raise ValueError(f"comment_id“{comment[:40]}”不是评论编号")
        by_us = id_of(row.get("comment_user_id")) == str(self.params["open_id"])
        extra = {"post": item, "reply_to": answer_to, "by_us": by_us, "top": row.get("top") is True}
        yield self.post(
            native_id=_short(comment),
            text=text_of(row["content"]),
            url=f"https://www.douyin.com/video/{item}" if item.isdigit() else "",
            author_id=id_of(row.get("comment_user_id")),
            likes=row.get("digg_count"),
            comments=row.get("reply_comment_total"),
            published_at=row.get("create_time"),
            extra={name: value for name, value in extra.items() if value},
        )


def _short(comment: str) -> str:
    return comment if len(comment) <= _LONGEST_ID else hashed("douyin", comment)


def _ids(rows: list[Any]) -> set[str]:
    ids = (id_of(object_of(row).get("comment_id")) for row in rows)
    return {_short(one) for one in ids if _ID.fullmatch(one)}


def _newest_first(rows: list[Any]) -> bool:
    """Tell whether a page's comments are in order of time, but for those pinned on top."""
    rows = [object_of(row) for row in list_of(rows)]
    times = [row.get("create_time") for row in rows if row.get("top") is not True]
    read = [time for time in times if isinstance(time, int)]
    return len(read) == len(times) and read == sorted(read, reverse=True)
