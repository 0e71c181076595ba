"""Reviews of JD products by the old public interface."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.jd.answers import JdSpider
from crawlers.spiders.walks import Walks

HOST = "https://club.jd.com/comment"
NEWEST_FIRST = 6
PAGE_SIZE = 10
MOST_PAGES = 100
FOLLOW_UPS = 5
SCORES = {0: "全部", 1: "差评", 2: "中评", 3: "好评", 4: "有图", FOLLOW_UPS: "追评", 7: "视频"}
_WHOLE = "productPageComments"
_ONE_SKU = "skuProductPageComments"
_FOLDED = "getProductPageFoldComments"


class JdReviewsSpider(JdSpider):
    """Parameters: `skus`, `scores` ([0]; 1 poor, 2 neutral, 3 good, 4 pictures, 5 follow-ups,
    7 videos), `max_pages` (100), `only_sku` (false: the colours of a product share reviews),
    `folded` (false: also those that JD folds away).
    """

    name = "jd_reviews"
    kind = "review"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scores = self._scores(self.params.get("scores", [0]))
        self.max_pages = self._max_pages(self.params.get("max_pages", MOST_PAGES))
        # One walk is shared by a product's colours: a page that repeats another's is its end.
        self._walks = Walks(self, self.kind, moves=False)

    def _scores(self, given: Any) -> list[int]:
        scores = given if isinstance(given, list) else [given]
        for score in scores:
            if isinstance(score, bool) or not isinstance(score, int) or score not in SCORES:
                known = "、".join(f"{number} {label}" for number, label in SCORES.items())
                raise BadParams(f"信源 {self.job.slug} 的参数 scores：没有“{score}”；可用 {known}")
        return scores or [0]

    def _max_pages(self, given: Any) -> int:
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise BadParams(f"信源 {self.job.slug} 的参数 max_pages：应是大于 0 的整数")
        return min(given, MOST_PAGES)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each product and filter."""
        lists = [_ONE_SKU if self.params.get("only_sku") is True else _WHOLE]
        if self.params.get("folded") is True:
            lists.append(_FOLDED)
        for sku in self.skus:
            for listed in lists:
                for score in self.scores:
                    yield self._page(listed, sku, score, 0)

    def _page(self, listed: str, sku: str, score: int, page: int) -> Request:
        query = {
            "productId": sku,
            "score": score,
            "sortType": NEWEST_FIRST,
            "page": page,
            "pageSize": PAGE_SIZE,
            "isShadowSku": 0,
            "fold": 1,
        }
        return Request(
            self.at(f"{HOST}/{listed}.action?{urlencode(query)}"),
            headers={"Referer": f"https://item.jd.com/{sku}.html", **self.cookie()},
            callback=self.parse,
            cb_kwargs={"listed": listed, "sku": sku, "score": score, "page": page},
            dont_filter=True,
        )

    async def parse(
        self, response: Response, listed: str, sku: str, score: int, page: int
    ) -> AsyncIterator[dict[str, Any] | Refused | Request]:
        """Yield a page's reviews and their follow-ups, and the next page while there is news."""
        data = self.answer(response)
        rows = self.rows(data, "comments")
        pages = _number(data.get("maxPage"))
        if not rows:
            if page == 0 and pages:
                self.block(BlockReason.SHAPE, f"说有 {pages} 页评价，却一条也没有给")
            self.nothing_new = True
            return
        news = await self._news(rows, (listed, score, sku if listed == _ONE_SKU else ""))
        for record in self.each(rows, lambda row: self._review(row, sku)):
            yield record
        last = min(self.max_pages, pages or MOST_PAGES)
        times = [row.get("creationTime") for row in rows if isinstance(row, dict)]
        # The follow-ups are sorted by their own times: an old review may have a new one.
        if news and page + 1 < last and (score == FOLLOW_UPS or not self.all_before_since(times)):
            yield self._page(listed, sku, score, page + 1)

    async def _news(self, rows: list[Any], walk: tuple[str, int, str]) -> bool:
        """Tell whether a page holds reviews, or among follow-ups such, that were not known."""
        ids = {str(row["id"]) for row in rows if isinstance(row, dict) and row.get("id")}
        if walk[1] != FOLLOW_UPS:
            return (await self._walks.page(walk, ids)).unknown
        ids = {_of_follow_up(one) for one in ids}
        return (await self._walks.page(walk, ids, kind="comment")).unknown

    def _review(self, row: dict[str, Any], sku: str) -> Iterator[dict[str, Any]]:
        native_id = str(row["id"])
        product = str(row.get("referenceId") or sku)
        common = {
            "url": f"https://item.jd.com/{product}.html",
            "author": row.get("nickname"),
            "product_id": product,
        }
        yield self.post(
            native_id=native_id,
            text=row.get("content"),
            rating=row.get("score"),
            likes=row.get("usefulVoteCount"),
            comments=row.get("replyCount"),
            published_at=row.get("creationTime"),
            extra=_extra(row),
            **common,
        )
        follow_up = _object(row.get("afterUserComment"))
        words = _object(follow_up.get("hAfterUserComment")).get("content")
        if words:
            # It says something new at another time, so it is a post of its own.
            yield self.post(
                kind="comment",
                native_id=_of_follow_up(native_id),
                text=words,
                published_at=follow_up.get("created"),
                extra={"follow_up_of": native_id, "product": row.get("referenceName")},
                **common,
            )


def _of_follow_up(native_id: str) -> str:
    return f"{native_id}:append"


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    sales = [
        f"{_object(sale).get('saleName') or ''} {_object(sale).get('saleValue') or ''}".strip()
        for sale in _list(row.get("productSales"))
    ]
    replies = [_object(reply).get("content") for reply in _list(row.get("replies"))]
    extra = {
        "product": row.get("referenceName"),
        "color": row.get("productColor"),
        "size": row.get("productSize"),
        "variant": "，".join(filter(None, sales)),
        "ordered_at": row.get("referenceTime"),
        "region": row.get("userProvince"),
        "pictures": row.get("imageCount"),
        "videos": len(_list(row.get("videos"))),
        "reply": "\n".join(reply for reply in replies if isinstance(reply, str))[:2000],
    }
    return {key: value for key, value in extra.items() if value}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> int:
    """Return a count of pages, 0 when it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:6])
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
