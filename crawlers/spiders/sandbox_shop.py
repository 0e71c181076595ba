"""Reviews of the demo's shop, in the shape of a big shop's old comment interface."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode, urljoin

from scrapy import Request
from scrapy.http import Response

from crawlers.counts import parse_count
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider
from crawlers.spiders.walks import Walks

NEWEST_FIRST = 6
MOST_PAGES = 100


class SandboxShopSpider(PostSpider):
    """Parameters: `url` of the comments, `products`, `max_pages` (100)."""

    name = "sandbox_shop"
    kind = "review"
    required_params = ("url", "products")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._walks = Walks(self, self.kind)
        self._goods = urljoin(self.params["url"], "/products/")

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each product."""
        for product in self.params["products"]:
            yield self._page(str(product), 0)

    def _page(self, product: str, page: int) -> Request:
        query = urlencode({"productId": product, "page": page, "sortType": NEWEST_FIRST})
        return Request(
            f"{self.params['url']}?{query}",
            cb_kwargs={"product": product, "page": page},
            meta={"may_be_gone": True},  # one product off the shelf must not end the others' run
            dont_filter=True,
        )

    async def parse(
        self, response: Response, product: str, page: int
    ) -> AsyncIterator[dict[str, Any] | Refused | Request]:
        """Yield a page's reviews and the next page, unless all of them are known."""
        data = self.json(response)
        rows = self.need(data, "comments")
        if not isinstance(rows, list):
            self.block(BlockReason.SHAPE, "comments 不是列表")
        if not rows:
            self.nothing_new = True  # an empty list is how this interface says "no more"
            return
        ids = {str(row.get("id")) for row in rows if isinstance(row, dict)}
        shown = await self._walks.page(product, ids)
        for record in self.each(rows, lambda row: self._review(row, product)):
            yield record
        pages = min(_pages(data.get("maxPage")), int(self.params.get("max_pages") or MOST_PAGES))
        if shown.unknown and page + 1 < pages:
            yield self._page(product, page + 1)

    def _review(self, row: dict[str, Any], product: str) -> Iterator[dict[str, Any]]:
        product = str(row.get("referenceId") or product)
        review = self.post(
            native_id=row["id"],
            text=row.get("content"),
            url=f"{self._goods}{product}",
            author=row.get("nickname"),
            rating=row.get("score"),
            likes=row.get("usefulVoteCount"),
            comments=row.get("replyCount"),
            published_at=row.get("creationTime"),
            product_id=product,
            extra=_extra(row),
        )
        yield review
        follow_up = row.get("afterUserComment") or {}
        words = (follow_up.get("hAfterUserComment") or {}).get("content")
        if words:
            # A follow-up says something new at another time: it is a post of its own, which an
            # appended text, ignored as part of a known post, would never become.
            yield self.post(
                kind="comment",
                native_id=f"{row['id']}:append",
                text=words,
                url=review["url"],
                author=row.get("nickname"),
                published_at=follow_up.get("created"),
                product_id=product,
                extra={"follow_up_of": str(row["id"]), "product": row.get("referenceName")},
            )


def _pages(value: Any) -> int:
    """Return how many pages there are; MOST_PAGES when what stands there is no number."""
    try:
        return parse_count(value)
    except (ValueError, TypeError):
        return MOST_PAGES


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    replies = [reply.get("content") for reply in row.get("replies") or []]
    extra = {
        "product": row.get("referenceName"),
        "color": row.get("productColor"),
        "size": row.get("productSize"),
        "region": row.get("userProvince"),
        "pictures": row.get("imageCount"),
        "reply": "\n".join(filter(None, replies)),
    }
    return {key: value for key, value in extra.items() if value}
