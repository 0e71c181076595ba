"""Posts of the demo's microblog, in the shape of a big one's mobile search."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode, urljoin

from scrapy import Request
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider
from crawlers.spiders.rows import list_of, object_of
from crawlers.spiders.walks import Walks

EMPTY = "这里还没有内容"
POST_CARD = 9
MOST_PAGES = 50


class SandboxWeiboSpider(PostSpider):
    """Parameters: `url` of the search, `keywords`, `max_pages` (50)."""

    name = "sandbox_weibo"
    kind = "social"
    required_params = ("url", "keywords")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._walks = Walks(self, self.kind)

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the newest page of each keyword."""
        for keyword in self.params["keywords"]:
            yield self._page(str(keyword), 1)

    def _page(self, keyword: str, page: int) -> Request:
        query = urlencode({"q": keyword, "page": page})
        return Request(
            f"{self.params['url']}?{query}",
            headers={"X-Requested-With": "XMLHttpRequest"},
            cb_kwargs={"keyword": keyword, "page": page},
            dont_filter=True,
        )

    async def parse(
        self, response: Response, keyword: str, page: int
    ) -> AsyncIterator[dict[str, Any] | Refused | Request]:
        """Yield a page's posts and the next page, unless all of them are known."""
        data = self.json(response)
        cards = self._cards(data)
        if not cards:
            return
        ids = {str(card["mblog"].get("id")) for card in cards}
        shown = await self._walks.page(keyword, ids)
        for record in self.each(cards, self._post):
            yield record
        if shown.unknown and page < int(self.params.get("max_pages") or MOST_PAGES):
            yield self._page(keyword, page + 1)

    def _cards(self, data: Any) -> list[dict[str, Any]]:
        state = self.need(data, "ok")
        if state == -100:
            self.block(BlockReason.LOGIN, "接口要求登录")
        if state != 1:
            words = str(data.get("msg") or "")
            if EMPTY not in words:
                busy = "频繁" in words or "繁忙" in words
                self.block(BlockReason.RATE if busy else BlockReason.SHAPE, f"接口答“{words[:60]}”")
            self.nothing_new = True
            return []
        cards = self.need(data, "data", "cards")
        if not isinstance(cards, list):
            self.block(BlockReason.SHAPE, "data.cards 不是列表")
        flat: list[dict[str, Any]] = []
        for card in map(object_of, cards):
            flat += [card, *map(object_of, list_of(card.get("card_group")))]
        return [
            card
            for card in flat
            if card.get("card_type") == POST_CARD and isinstance(card.get("mblog"), dict)
        ]

    def _post(self, card: dict[str, Any]) -> Iterator[dict[str, Any]]:
        blog = card["mblog"]
        user = blog.get("user") or {}
        long = (blog.get("longText") or {}).get("longTextContent")
        yield self.post(
            native_id=blog["id"],
            text=long or blog.get("text"),
            url=urljoin(
                self.params["url"], str(card.get("scheme") or f"/weibo/detail/{blog['id']}")
            ),
            author=user.get("screen_name"),
            author_id=str(user.get("id") or ""),
            likes=blog.get("attitudes_count"),
            comments=blog.get("comments_count"),
            reposts=blog.get("reposts_count"),
            published_at=blog.get("created_at"),
            extra=_extra(blog, user),
        )


def _extra(blog: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    retweeted = blog.get("retweeted_status") or {}
    extra = {
        "region": str(blog.get("region_name") or "").removeprefix("发布于").strip(),
        "followers": user.get("followers_count"),
        "verified_type": user.get("verified_type") if user.get("verified") else None,
        "retweeted": str(retweeted.get("text") or "")[:500],
        "pictures": len(blog.get("pics") or []),
    }
    return {key: value for key, value in extra.items() if value not in (None, "", 0)}
