"""The comments of Bilibili videos that a search has found, and the replies to them."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from scrapy import Request
from scrapy.http import Response

from crawlers import threads
from crawlers.bilibili_ids import aid, bvid
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.asked import number, words
from crawlers.spiders.base import BadParams
from crawlers.spiders.bilibili.site import BilibiliPages
from crawlers.spiders.rows import id_of, list_of, object_of, text_of
from crawlers.spiders.walks import Walks

_MAIN, _SUB = "/x/v2/reply", "/x/v2/reply/reply"
_PAGE_SIZE = 20
_MOST_COUNTS = 2000
_MOST_REPLIES = 1_000_000
_RPID = re.compile(r"[0-9]{1,25}")
_AV = re.compile(r"(?:av)?([0-9]{1,20})", re.IGNORECASE)
_GONE = frozenset({-404, 12002, 12006, 12022, 12061})
"""The video or comment is deleted, or comments are closed: the rest of the run goes on."""

Output = dict[str, Any] | Refused | Request | threads.ThreadVisited


@dataclass(slots=True)
class _Visit:
    """One video's comments during this run; done when none of its pages is `open` any more."""

    native_id: str
    aid: str
    subject: str
    open: int = 1
    new: int = 0
    total: int | None = None


class BilibiliRepliesSpider(BilibiliPages):
    """Parameters: `threads` (20 a run), `max_pages` (10), `videos` (av or BV, each run).

    Which other videos are due, `crawlers.threads` says: `bilibili_search` has found them.
    """

    name = "bilibili_replies"
    kind = "comment"
    required_params = ()
    due = staticmethod(threads.due)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_threads = number(self.job, "threads", default=20, most=200)
        self.max_pages = number(self.job, "max_pages", default=10, most=500)
        self.videos = [self._visit(video) for video in self._named()]
        self._walks = Walks(self, self.kind)
        # How many replies a comment had when they were read last. A copy: what a run that breaks
        # off has read is stored by its comments, not by this.
        self._counts = dict(object_of(self.checkpoint.get("sub_counts")))
        self.checkpoint["sub_counts"] = self._counts

    def _named(self) -> list[str]:
        return words(self.job, "videos") if self.params.get("videos") else []

    def _visit(self, video: str) -> _Visit:
        """Return the visit of a video that the operator named, by its av number or BV name."""
        match = _AV.fullmatch(video)
        try:
            number = int(match[1]) if match else aid(video)
            return _Visit(bvid(number), str(number), "")
        except ValueError:
            raise BadParams(
                f"信源 {self.job.slug} 的参数 videos：“{video[:40]}”不是 av 号或 BV 号"
            ) from None

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page of each video whose visit is due; nothing when none is."""
        visits = {visit.native_id: visit for visit in self.videos}
        due = await sync_to_async(self.due)(self.job.platform, self.clock(), self.most_threads)
        for thread in due:
            number = id_of(thread.address.get("aid"))
            if _AV.fullmatch(number):
                visits[thread.native_id] = _Visit(thread.native_id, number, thread.subject)
        if visits:
            yield self.home(self._page(visit, 1) for visit in visits.values())
        else:
            self.nothing_new = True

    def _page(self, visit: _Visit, page: int) -> Request:
        query = {"type": 1, "oid": visit.aid, "sort": 0, "ps": _PAGE_SIZE, "pn": page}
        return self.ask(_MAIN, query, callback=self.parse, cb_kwargs={"visit": visit, "page": page})

    async def parse(self, response: Response, visit: _Visit, page: int) -> AsyncIterator[Output]:
        """Yield a page's comments, newest first, and what lies behind them while there is news."""
        data = self.data(response, passed=_GONE)
        visit.open -= 1
        if data is None:
            self.nothing_new = True
            yield threads.ThreadVisited(self.job.platform, visit.native_id, gone=True)
            return
        rows = self._rows(data)
        self.nothing_new = self.nothing_new or not rows
        if page == 1:
            visit.total = _total(data)
        outputs, news = await self._read(rows, visit)
        for output in outputs:
            yield output
        for row in rows:
            if (following := self._replies_to(row, visit)) is not None:
                yield following
        times = [object_of(row).get("ctime") for row in rows]
        more = news and not _is_last(data, page) and not self.all_before_since(times)
        if more and page < self.max_pages:
            visit.open += 1
            yield self._page(visit, page + 1)
        for visited in self._done(visit):
            yield visited

    async def parse_replies(
        self, response: Response, visit: _Visit, root: str, count: int, page: int
    ) -> AsyncIterator[Output]:
        """Yield the replies to one comment, oldest first: so walk from the last page to news' end.

        A comment that was deleted meanwhile has none.
        """
        data = self.data(response, passed=_GONE)
        visit.open -= 1
        rows = self._rows(data) if data is not None else []
        outputs, news = await self._read(rows, visit, root)
        for output in outputs:
            yield output
        more = data is not None and page > 1 and (news or not outputs)
        if more and page > _last_page(count) - self.max_pages + 1:
            visit.open += 1
            yield self._sub_page(visit, root, count, page - 1)
        else:
            self._counted(root, count)
        for visited in self._done(visit):
            yield visited

    def _rows(self, data: Any) -> list[Any]:
        """Return a page's comments; null is the site's own way to say that there are none."""
        rows = self.need(data, "replies")
        if rows is not None and not isinstance(rows, list):
            self.block(BlockReason.SHAPE, "data.replies 不是列表")
        return rows or []

    async def _read(
        self, rows: list[Any], visit: _Visit, root: str = ""
    ) -> tuple[list[dict[str, Any] | Refused], bool]:
        """Return the comments of a page, those shown below them too, and whether any was news."""
        below = [list_of(object_of(row).get("replies")) for row in rows]
        every = [one for row, its in zip(rows, below, strict=True) for one in (row, *its)]
        shown = [one for its in below for one in its]
        walk = await self._walks.page((visit.native_id, root), _ids(rows))
        # Stored from here, a reply that is shown below its comment must not end its own list.
        await self._walks.page((visit.native_id, "shown"), _ids(shown))
        stored = await self.stored(_ids(every))
        found = list(self.each(every, lambda row: self._comment(row, visit)))
        visit.new += len(_ids(every) - stored)
        return found, walk.unknown

    def _comment(self, row: Any, visit: _Visit) -> Iterator[dict[str, Any]]:
        rpid = id_of(row["rpid"])
        if not _RPID.fullmatch(rpid):
            raise ValueError(f"rpid“{rpid[:40]}”不是评论编号")
        member = object_of(row.get("member"))
        where = text_of(object_of(row.get("reply_control")).get("location"))
        root = id_of(row.get("root"))
        extra = {
            "post": visit.native_id,
            "reply_to": "" if root == "0" else root,
            "region": where.replace("IP属地：", "").strip(),
        }
        yield self.post(
            native_id=rpid,
            text=text_of(row["content"]["message"]),
            url=f"https://www.bilibili.com/video/{visit.native_id}/#reply{rpid}",
            author=text_of(member.get("uname")),
            author_id=id_of(row.get("mid")),
            likes=row.get("like"),
            comments=row.get("rcount"),
            published_at=row.get("ctime"),
            subject=visit.subject,
            extra={name: value for name, value in extra.items() if value},
        )

    def _replies_to(self, row: Any, visit: _Visit) -> Request | None:
        """Return the request for a comment's replies where more are there than ever were shown."""
        row = object_of(row)
        root, count = id_of(row.get("rpid")), row.get("rcount")
        if not _RPID.fullmatch(root) or not isinstance(count, int) or count > _MOST_REPLIES:
            return None
        if count <= len(list_of(row.get("replies"))) or self._counts.get(root) == count:
            return None
        visit.open += 1
        return self._sub_page(visit, root, count, _last_page(count))

    def _sub_page(self, visit: _Visit, root: str, count: int, page: int) -> Request:
        query = {"type": 1, "oid": visit.aid, "root": root, "ps": _PAGE_SIZE, "pn": page}
        about = {"visit": visit, "root": root, "count": count, "page": page}
        return self.ask(_SUB, query, callback=self.parse_replies, cb_kwargs=about)

    def _counted(self, root: str, count: int) -> None:
        self._counts.pop(root, None)
        self._counts[root] = count
        while len(self._counts) > _MOST_COUNTS:
            del self._counts[next(iter(self._counts))]

    def _done(self, visit: _Visit) -> Iterator[threads.ThreadVisited]:
        if visit.open == 0:
            yield threads.ThreadVisited(
                self.job.platform, visit.native_id, new_comments=visit.new, total=visit.total
            )


def _ids(rows: list[Any]) -> set[str]:
    ids = {id_of(object_of(row).get("rpid")) for row in rows}
    return {one for one in ids if _RPID.fullmatch(one)}


def _is_last(data: Any, page: int) -> bool:
    """Tell by the site's own count: a page with deleted comments is shorter than others."""
    count = object_of(data.get("page")).get("count")
    return isinstance(count, int) and page >= _last_page(count)


def _last_page(count: int) -> int:
    return max(1, -(-count // _PAGE_SIZE))


def _total(data: Any) -> int | None:
    page = object_of(data.get("page"))
    count = page.get("acount", page.get("count"))
    return count if isinstance(count, int) and count >= 0 else None
