"""Prices as product pages state them to search engines."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from parsel import Selector
from pydantic import BaseModel, ConfigDict, Field
from scrapy import Request
from scrapy.http import Response

from crawlers import native_ids
from crawlers.drafts import Refused
from crawlers.markup import Offer, offers
from crawlers.money import parse_fen
from crawlers.prices import PriceSeen
from crawlers.readings import AReading
from crawlers.spiders.named_pages import Named, NamedPage, NamedPagesSpider

_ID_PARAMS = ("skuid", "sku", "itemid", "id", "goods_id", "goodsid", "product_id", "productid")


class PriceFields(BaseModel):
    """Where a page shows what it does not tell machines; these go before what it does."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)

    name: AReading | None = None
    price: AReading | None = None
    list_price: AReading | None = None
    final: AReading | None = None
    coupon: AReading | None = None


class ProductPage(NamedPage):
    """One product's page."""

    product_id: str = Field("", max_length=64, pattern=r"^\S*$")
    variant: str = Field("", max_length=120)
    subject: str = Field("", max_length=50, pattern=r"^[-a-zA-Z0-9_]*$")


class ProductPages(BaseModel):
    """The spider's parameters."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)

    pages: Annotated[list[ProductPage], Named, Field(min_length=1)]
    fields: PriceFields = PriceFields()


class PagePricesSpider(NamedPagesSpider):
    """Parameters: `pages` (`url`, and `product_id`, `variant`, `subject`), `fields` of the pages.

    A page without a price is refused; when none has one, the pages have changed.
    """

    name = "prices"
    kind = "article"
    model = ProductPages

    async def start(self) -> AsyncIterator[Request]:
        """Visit each page once."""
        for number, page in enumerate(self.wanted.pages):
            yield self.visit(page.url, self.parse_page, number=number)

    def parse_page(self, response: Response, number: int) -> Iterator[Any]:
        """Yield the prices of the page's variants."""
        page: ProductPage = self.wanted.pages[number]
        tree = Selector(self.html(response).text, type="html")
        yield from self.each([tree], lambda tree: self._prices(tree, page))

    def _prices(self, tree: Selector, page: ProductPage) -> Iterator[Any]:
        shown = self._shown(tree)
        found = _apart(offers(tree))
        if page.variant and len(found) > 1:
            words = "、".join(filter(None, (offer.sku or offer.variant for offer in found)))
            found = [offer for offer in found if page.variant in (offer.sku, offer.variant)]
            if not found:
                yield Refused({"url": page.url}, f"没有规格“{page.variant}”；有：{words}"[:300])
                return
        if shown.get("price_fen"):
            found = found[:1] or [Offer()]
        if not found:
            yield Refused({"url": page.url}, "没有价格")
            return
        for offer in found:
            self.rows_seen += 1
            yield replace(self._seen(offer, page), **shown)

    def _shown(self, tree: Selector) -> dict[str, Any]:
        """Return what the operator's own selectors read."""
        fields: PriceFields = self.wanted.fields
        amounts = {
            "price_fen": fields.price,
            "list_fen": fields.list_price,
            "final_fen": fields.final,
        }
        words = {"name": fields.name, "coupon": fields.coupon}
        shown: dict[str, Any] = {
            name: parse_fen(reading.line(tree)) for name, reading in amounts.items() if reading
        }
        shown |= {name: reading.line(tree) for name, reading in words.items() if reading}
        return {name: value for name, value in shown.items() if value}

    def _seen(self, offer: Offer, page: ProductPage) -> PriceSeen:
        product_id = page.product_id or (offer.group or _id_in(page.url))[:64]
        own = offer.sku if offer.sku != product_id else ""
        return PriceSeen(
            platform=self.job.platform,
            product_id=product_id,
            seen_at=self.clock(),
            variant=page.variant or own or offer.variant,
            name=offer.name,
            url=page.url,
            seller=offer.seller,
            subject=page.subject,
            currency=offer.currency,
            price_fen=offer.price_fen,
            list_fen=offer.list_fen,
            high_fen=offer.high_fen,
            available=offer.available,
        )


def _apart(found: list[Offer]) -> list[Offer]:
    """Return offers that no two have the same variant: sellers tell them apart, else the price."""
    times = Counter((offer.sku, offer.variant) for offer in found)
    cheapest: dict[tuple[str, str], Offer] = {}
    for offer in found:
        if times[offer.sku, offer.variant] > 1 and offer.seller:
            words = " ".join(filter(None, (offer.sku or offer.variant, offer.seller)))
            offer = replace(offer, sku="", variant=words)
        key = (offer.sku, offer.variant)
        other = cheapest.get(key)
        if other is None or (offer.price_fen or 0) < (other.price_fen or 0):
            cheapest[key] = offer
    return list(cheapest.values())


def _id_in(url: str) -> str:
    """Return the product's id in its page's address, else a hash of the address."""
    parts = urlsplit(url)
    named = {name.lower(): value for name, value in parse_qsl(parts.query)}
    given = next((named[name] for name in _ID_PARAMS if named.get(name)), "")
    if given and not any(map(str.isspace, given)):
        return given
    return native_ids.hashed(url)
