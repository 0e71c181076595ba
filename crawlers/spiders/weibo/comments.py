"""The comments of Weibo posts that a search has found, and the replies to them."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import native_ids, threads
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders import asked
from crawlers.spiders.base import BadParams, PostSpider
from crawlers.spiders.rows import id_of, list_of, object_of
from crawlers.spiders.weibo import answers, blog
from crawlers.threads import ThreadVisited

FLOW = "https://m.weibo.cn/comments/hotflow"
CHILDREN = "https://m.weibo.cn/comments/hotFlowChild"
_NONE = ("", "评论", "暂无")
_GONE = ("不存在", "删除", "权限")
_ID = re.compile(r"[0-9]{1,25}")
_PATIENCE = 2
_REPLY_PAGES = 5
_MOST_COUNTS = 2000

Output = dict[str, Any] | Refused | Request | ThreadVisited


@dataclass(slots=True)
class Visit:
    """One post's comments during this run; done when none of its pages is `open` any more."""

    mid: str
    subject: str = ""
    rank: int = 0
    """Visits are made one after the other, in this order: what is broken off is little."""
    open: int = 1
    new: int = 0
    total: int | None = None


class WeiboCommentsSpider(PostSpider):
    """Parameters: `threads` to visit in a run (20), `max_pages` of a thread (10), `posts` (ids or
    links, each visited in every run), `cookie`.

    Which other posts are due, `crawlers.threads` says: the searches have found them. Comments come
    in the order of their heat, so one page of known comments proves little: two in a row end a
    visit. A comment's further replies are read again when their number has changed.
    """

    name = "weibo_comments"
    kind = "comment"
    required_params = ()
    due = staticmethod(threads.due)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most_threads = asked.number(self.job, "threads", default=20, most=200)
        self.max_pages = asked.number(self.job, "max_pages", default=10, most=500)
        named = asked.words(self.job, "posts") if self.params.get("posts") else []
        self.posts = [self._mid(post) for post in named]
        # How many replies a comment had when they were read last.
        self._counts = dict(object_of(self.checkpoint.get("replies")))
        self.checkpoint["replies"] = self._counts

    def _mid(self, post: str) -> str:
        mid = native_ids.in_link(post) or native_ids.weibo_mid(post)
        if not _ID.fullmatch(mid):
            raise BadParams(f"信源 {self.job.slug} 的参数 posts：“{post[:40]}”不是微博编号或链接")
        return mid

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the first page of each post that is named or due; nothing when none is."""
        due = await sync_to_async(self.due)(self.job.platform, self.clock(), self.most_threads)
        wanted = dict.fromkeys(self.posts, "")
        wanted |= {one.native_id: one.subject for one in due if _ID.fullmatch(one.native_id)}
        for rank, (mid, subject) in enumerate(wanted.items()):
            yield self._page(Visit(mid, subject, rank), 1)
        self.nothing_new = not wanted

    def _page(self, visit: Visit, page: int, *, after: dict[str, str] | None = None) -> Request:
        query = {"id": visit.mid, "mid": visit.mid} | (after or {"max_id_type": "0"})
        return self._ask(FLOW, query, visit, {"visit": visit, "page": page})

    def _ask(self, url: str, query: dict[str, str], visit: Visit, about: dict[str, Any]) -> Request:
        return Request(
            self.at(f"{url}?{urlencode(query)}"),
            callback=self.parse_replies if url == CHILDREN else self.parse,
            errback=self.gone,
            headers=self.cookie()
            | {"Referer": blog.DETAIL + visit.mid, "X-Requested-With": "XMLHttpRequest"},
            cb_kwargs=about,
            meta={"may_be_gone": True},
            priority=-visit.rank,
            dont_filter=True,
        )

    async def parse(
        self, response: Response, visit: Visit, page: int, stale: int = 0
    ) -> AsyncIterator[Output]:
        """Yield a page's comments, the way to further replies, and the next page.

        `stale` pages before it, one after the other, held nothing new.
        """
        answer = self.json(response)
        visit.open -= 1
        if not answers.is_good(self, answer, *_NONE, *_GONE):
            self.nothing_new = True
            gone = page == 1 and any(word in answers.said(answer) for word in _GONE)
            for visited in self._done(visit, gone=gone):
                yield visited
            return
        data = self.need(answer, "data")
        rows = self._rows(data)
        visit.total = _count(data.get("total_number")) if page == 1 else visit.total
        outputs, news = await self._read(rows, visit)
        for output in outputs:
            yield output
        for following in self._replies_to(rows, visit):
            yield following
        stale = 0 if news else stale + 1
        after = _after(data, response)
        if after and stale < _PATIENCE and page < self.max_pages:
            visit.open += 1
            following = self._page(visit, page + 1, after=after)
            following.cb_kwargs["stale"] = stale
            yield following
        for visited in self._done(visit):
            yield visited

    async def parse_replies(
        self, response: Response, visit: Visit, root: str, count: int, page: int
    ) -> AsyncIterator[Output]:
        """Yield a page of the replies to one comment, and the next page."""
        answer = self.json(response)
        visit.open -= 1
        after: dict[str, str] = {}
        if answers.is_good(self, answer, *_NONE, *_GONE):
            outputs, _ = await self._read(self._rows(answer), visit)
            for output in outputs:
                yield output
            after = _after(answer, response)
        if after and page < _REPLY_PAGES:
            visit.open += 1
            yield self._children(visit, root, count, page + 1, after)
        else:
            self._counted(root, count)
        for visited in self._done(visit):
            yield visited

    def gone(self, failure: Failure) -> Iterator[ThreadVisited]:
        """Close the thread of a post that is deleted; any other failure ends the run."""
        self.failed(failure)
        if isinstance(failure.value, IgnoreRequest):
            about: dict[str, Any] = failure.request.cb_kwargs  # type: ignore[attr-defined]
            visit: Visit = about["visit"]
            visit.open -= 1
            self.nothing_new = True
            yield from self._done(visit, gone="root" not in about and about["page"] == 1)

    def _rows(self, data: Any) -> list[Any]:
        rows = self.need(data, "data")
        if not isinstance(rows, list):
            self.block(BlockReason.SHAPE, "评论 data 不是列表")
        return rows

    async def _read(
        self, rows: list[Any], visit: Visit
    ) -> tuple[list[dict[str, Any] | Refused], bool]:
        """Return the comments of a page, those shown below them too, and whether any was news."""
        every = [one for row in rows for one in (row, *list_of(object_of(row).get("comments")))]
        ids = {mid for row in every if _ID.fullmatch(mid := id_of(object_of(row).get("id")))}
        known, stored = await self.known(ids), await self.stored(ids)
        visit.new += len(ids - known - stored)
        return list(self.each(every, lambda row: self._comment(row, visit))), not ids <= known

    def _comment(self, row: Any, visit: Visit) -> Iterator[dict[str, Any]]:
        native_id, root, user = (
            id_of(row["id"]),
            id_of(row.get("rootid")),
            object_of(row.get("user")),
        )
        if not _ID.fullmatch(native_id):
            raise ValueError(f"id“{native_id[:40]}”不是评论编号")
        extra = {
            "post": visit.mid,
            "reply_to": root if root not in ("0", native_id) else "",
            "region": blog.region_of(row.get("source")),
        }
        yield self.post(
            native_id=native_id,
            text=row.get("text"),
            url=blog.DETAIL + visit.mid,
            author=id_of(user.get("screen_name")),
            author_id=id_of(user.get("id")),
            likes=row.get("like_count"),
            comments=row.get("total_number"),
            published_at=row.get("created_at"),
            subject=visit.subject,
            extra={name: value for name, value in extra.items() if value},
        )

    def _replies_to(self, rows: list[Any], visit: Visit) -> Iterator[Request]:
        """Yield the way to the replies of each comment that has more than are shown below it."""
        for row in map(object_of, rows):
            root, count = id_of(row.get("id")), _count(row.get("total_number")) or 0
            shown = len(list_of(row.get("comments")))
            if _ID.fullmatch(root) and count > shown and self._counts.get(root) != count:
                visit.open += 1
                yield self._children(visit, root, count, 1, {"max_id": "0", "max_id_type": "0"})

    def _children(
        self, visit: Visit, root: str, count: int, page: int, after: dict[str, str]
    ) -> Request:
        about = {"visit": visit, "root": root, "count": count, "page": page}
        return self._ask(CHILDREN, {"cid": root} | after, visit, about)

    def _counted(self, root: str, count: int) -> None:
        self._counts.pop(root, None)
        self._counts[root] = count
        while len(self._counts) > _MOST_COUNTS:
            del self._counts[next(iter(self._counts))]

    def _done(self, visit: Visit, *, gone: bool = False) -> Iterator[ThreadVisited]:
        if visit.open == 0:
            yield ThreadVisited(
                self.job.platform,
                visit.mid,
                new_comments=visit.new,
                gone=gone,
                total=visit.total,
            )


def _after(data: Any, response: Response) -> dict[str, str]:
    """Return what asks for the page behind; empty at the end, or where the site goes round."""
    after = id_of(data.get("max_id"))
    if not _ID.fullmatch(after) or after == "0" or f"max_id={after}&" in f"{response.url}&":
        return {}
    order = id_of(data.get("max_id_type"))
    return {"max_id": after, "max_id_type": order if _ID.fullmatch(order) else "0"}


def _count(value: Any) -> int | None:
    text = id_of(value)
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None
