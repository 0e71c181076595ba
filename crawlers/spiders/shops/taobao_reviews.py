"""A Taobao or Tmall shop's own reviews, by `taobao.traderates.get`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.after_sales import order_hash
from crawlers.gateways import taobao
from crawlers.spiders.shops.fields import fen_of_yuan, flag, text
from crawlers.spiders.shops.taobao import MOST_ROWS, PAGE_SIZE, WEEK, TaobaoSpider, span
from crawlers.spiders.shops.walking import Later
from crawlers.spiders.shops.windows import OVERLAP, Page, Walk, Window

REACH = timedelta(days=180)
FIELDS = "tid,oid,role,nick,result,created,item_title,item_price,num_iid,content,reply,valid_score"
FEEDS = 40
"""So many follow-ups can be asked for within a window."""


class TaobaoReviewsSpider(TaobaoSpider):
    """Good, neutral and bad are the only ratings there are.

    The platform has no id for a review: a fingerprint of the order line and the role serves.
    Parameters beside the keys: `tmall` (asks for each review's follow-up too, one call each),
    `follow_up_days` (0): so far back reviews are read again for their follow-ups.
    """

    name = "taobao_reviews"

    def plan(self) -> list[Walk]:
        """The reviews, by the day they were written."""
        self.tmall = bool(self.params.get("tmall"))
        self.page_size = FEEDS if self.tmall else PAGE_SIZE
        again = self.number_param("follow_up_days", 0, least=0, most=REACH.days)
        return [
            Walk(
                key="until",
                ask=self.ask,
                page=self.page,
                row=self.row,
                size=WEEK,
                reach=REACH,
                page_size=self.page_size,
                most_rows=FEEDS if self.tmall else MOST_ROWS,
                overlap=max(OVERLAP, timedelta(days=again)),
            )
        ]

    def ask(self, window: Window, page: int) -> Request:
        """Ask for a page of what buyers gave."""
        return self.call(
            "taobao.traderates.get",
            {
                "fields": FIELDS,
                "rate_type": "get",
                "role": "buyer",
                "page_no": page,
                "page_size": self.page_size,
                "use_has_next": "true",
                **span(window, "start_date", "end_date"),
            },
        )

    def page(self, answer: Any, page: int) -> Page:
        """Read a page."""
        return self.listed(answer, page, "traderates_get_response", "trade_rates", "trade_rate")

    def row(self, row: dict[str, Any]) -> Iterator[Any]:
        """Yield the review, and the call for its follow-up where one is wanted."""
        line = text(row["oid"])
        if not line:
            raise ValueError("没有子订单编号")
        product = text(row.get("num_iid"))
        review: dict[str, Any] = {
            "native_id": f"{order_hash('taobao', line)}:{text(row.get('role')) or 'buyer'}",
            "text": row.get("content"),
            "rating": row.get("result"),
            "author": row.get("nick"),
            "product_id": product,
            "url": f"https://item.taobao.com/item.htm?id={product}" if product else "",
            "published_at": row.get("created"),
            "extra": _extra(row),
        }
        if not self.tmall:
            yield self.post(**review)
            return
        if text(row.get("content")):
            yield self.post(**review)
        yield Later(lambda: self._feed(line, review))

    def parse_feed(self, response: Response, review: dict[str, Any]) -> Iterator[Any]:
        """Yield a review whose text only Tmall's feed has, and its follow-up."""
        data = self.json(response)
        info: Any = None
        if not (isinstance(data, dict) and taobao.refused_line(data)):
            within = self.need(self.checked(data), "tmall_traderate_feeds_get_response")
            info = within.get("tmall_rate_info") if isinstance(within, dict) else None
        yield from self.found([info or {}], lambda found: self._of_feed(found, review))
        yield from self.go_on()

    def _feed(self, line: str, review: dict[str, Any]) -> Request:
        feed = self.call("tmall.traderate.feeds.get", {"child_trade_id": line})
        return feed.replace(callback=self.parse_feed, cb_kwargs={"review": review})

    def _of_feed(self, info: dict[str, Any], review: dict[str, Any]) -> Iterator[Any]:
        if not review["text"]:
            yield self.post(**review | {"text": text(info.get("content"))})
        follow_up = text(info.get("append_content"))
        if follow_up:
            yield self.post(
                kind="comment",
                native_id=f"{review['native_id']}:append",
                text=follow_up,
                author=review["author"],
                product_id=review["product_id"],
                url=review["url"],
                published_at=info.get("append_time") or info.get("comment_time"),
                extra={
                    "follow_up_of": review["native_id"],
                    "negative": flag(info.get("append_has_negtv")),
                },
            )


def _extra(row: dict[str, Any]) -> dict[str, Any]:
    extra = {
        "product": text(row.get("item_title"))[:200],
        "price_fen": fen_of_yuan(row.get("item_price")),
        "reply": text(row.get("reply"))[:2000],
        "not_counted": row.get("valid_score") is False,
    }
    return {name: value for name, value in extra.items() if value}
