"""Weibo's mobile search by keyword, newest first, with the operator's own cookie."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers import threads
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders import asked
from crawlers.spiders.base import BadParams, PostSpider
from crawlers.spiders.rows import list_of, object_of
from crawlers.spiders.walks import Page, Walks
from crawlers.spiders.weibo import answers, blog
from crawlers.threads import ThreadSeen

Record = dict[str, Any]
INDEX = "https://m.weibo.cn/api/container/getIndex"
EXTEND = "https://m.weibo.cn/statuses/extend"
NEWEST = 61
TYPES = {1: "综合", NEWEST: "实时", 60: "热门", 64: "视频"}
POST_CARD = 9
_EMPTY = "这里还没有内容"
_PAGES = 20


class WeiboSearchSpider(PostSpider):
    """Parameters: `keywords`, `cookie`, `type` (61 newest; 1 all, 60 hot, 64 video), `max_pages`
    of a keyword (20).

    A post that is cut gets its full text from a page of its own, unless it is stored already.
    """

    name = "weibo_search"
    kind = "social"
    required_params = ("keywords", "cookie")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keywords = asked.words(self.job, "keywords")
        self.type = asked.number(self.job, "type", default=NEWEST, most=99)
        if self.type not in TYPES:
            shown = "、".join(f"{number} {name}" for number, name in TYPES.items())
            raise BadParams(f"信源 {self.job.slug} 的参数 type 应是其中之一：{shown}")
        self.max_pages = asked.number(self.job, "max_pages", default=_PAGES, most=1000)
        self._walks = Walks(self, self.kind)
        # The first walk of a keyword ends where it has to; a later one has something to reach.
        self._walked = list_of(self.checkpoint.get("walked"))
        self.checkpoint["walked"] = self.keywords
        self._asked: set[str] = set()

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first page of each keyword."""
        for keyword in self.keywords:
            yield self._page(keyword, 1)

    def _page(self, keyword: str, page: int) -> Request:
        container = f"100103type={self.type}&q={keyword}&t=0"
        query = {"containerid": container, "page_type": "searchall", "page": page}
        return Request(
            self.at(f"{INDEX}?{urlencode(query)}"),
            headers=self._headers(),
            cb_kwargs={"keyword": keyword, "page": page},
            dont_filter=True,
        )

    def _headers(self) -> dict[str, str]:
        return self.cookie() | {
            "Referer": "https://m.weibo.cn/search",
            "X-Requested-With": "XMLHttpRequest",
            "MWeibo-Pwa": "1",
        }

    async def parse(
        self, response: Response, keyword: str, page: int
    ) -> AsyncIterator[Record | Refused | ThreadSeen | Request]:
        """Yield a page's posts, the way to their full texts, and the next page.

        The walk of a keyword ends at a page whose posts are all known.
        """
        blogs = self._blogs(self.json(response), page)
        cut = _cut(blogs)
        shown = await self._walks.page(keyword, set(cut))
        stored = await self.stored(cut)
        for found in self.each(blogs, self._record):
            if isinstance(found, Refused):
                yield found
                continue
            if (seen := threads.seen_in(found, now=self.clock())) is not None:
                yield seen
            mid = found["native_id"]
            if not cut[mid] or mid in stored:
                yield found
            elif mid not in self._asked:  # a post may stand on two pages
                self._asked.add(mid)
                yield self._full(found)
        if self._is_last(blogs, shown):
            return
        if page < self.max_pages:
            yield self._page(keyword, page + 1)
        elif keyword in self._walked and not self.resuming and self.type == NEWEST:
            self.gap = f"“{keyword}”的新微博超过 {page} 页，更早的没有看"

    def _is_last(self, blogs: list[Any], shown: Page) -> bool:
        """Tell whether nothing new lies behind a page. Only the newest come in order of time."""
        if shown.repeated or self.type != NEWEST:
            return shown.repeated
        times = [one.get("created_at") for one in blogs if isinstance(one, dict)]
        return not shown.unknown or self.all_before_since(times)

    def _blogs(self, answer: Any, page: int) -> list[Any]:
        """Return the posts of a page; what stands in a post's place but is none stays in."""
        if not answers.is_good(self, answer, _EMPTY):
            self.nothing_new = True
            return []
        cards = self.need(answer, "data", "cards")
        if not isinstance(cards, list):
            self.block(BlockReason.SHAPE, "data.cards 不是列表")
        blogs: list[Any] = []
        for card in cards:
            card = object_of(card)
            found = map(object_of, [card, *list_of(card.get("card_group"))])
            blogs += [one.get("mblog") for one in found if one.get("card_type") == POST_CARD]
        if not blogs and page == 1:
            self.block(BlockReason.SHAPE, f"第一页没有微博，也没有“{_EMPTY}”")
        return blogs

    def _record(self, found: Any) -> Iterator[Record]:
        if not blog.is_deleted(found):
            yield self.post(**blog.fields(found))

    def _full(self, record: Record) -> Request:
        return Request(
            self.at(f"{EXTEND}?{urlencode({'id': record['native_id']})}"),
            callback=self.parse_full,
            errback=self.without_full,
            headers=self._headers(),
            cb_kwargs={"record": record},
            meta={"may_be_gone": True},
            dont_filter=True,
        )

    def parse_full(self, response: Response, record: Record) -> Iterator[Record]:
        """Yield the post with its full text; as it was found when there is none any more."""
        answer = self.json(response)
        if answers.is_good(self, answer, "", "不存在", "删除", "权限"):
            text = self.need(answer, "data", "longTextContent")
            record = record | {"text": text} if isinstance(text, str) and text else record
        yield record

    def without_full(self, failure: Failure) -> Iterator[Record]:
        """Yield a post whose own page is gone as it was found; any other failure ends the run."""
        self.failed(failure)
        if isinstance(failure.value, IgnoreRequest):
            request: Request = failure.request  # type: ignore[attr-defined]
            yield request.cb_kwargs["record"]


def _cut(blogs: list[Any]) -> dict[str, bool]:
    """Return the numbers of the posts that can be read, and whether each one's text is cut."""
    found = {}
    for one in blogs:
        try:
            found[blog.mid_of(one)] = blog.is_cut(one)
        except (ValueError, AttributeError):
            continue
    return found
