"""What a product's page says of its price, to machines: JSON-LD, else OpenGraph, else microdata."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from parsel import Selector

from crawlers.cleaning import clean_line
from crawlers.money import parse_fen

MOST_OFFERS = 200
_DEEPEST = 8
_PRODUCTS = frozenset({"product", "productgroup", "productmodel", "individualproduct", "vehicle"})
_IN_STOCK = frozenset(
    {"instock", "limitedavailability", "onlineonly", "instoreonly", "preorder", "presale"}
    | {"backorder", "madetoorder", "available"}
)
_OUT_OF_STOCK = frozenset({"outofstock", "soldout", "discontinued", "oos", "unavailable"})
_LIST_PRICES = frozenset({"listprice", "strikethroughprice", "msrp", "srp", "regularprice"})
# A string that does not end takes all that is left: the search never begins anew within it.
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*+[}\]])', re.DOTALL)
_WRAPPING = re.compile(r"^\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*$")


@dataclass(frozen=True, slots=True)
class Offer:
    """One price of one variant, as a page states it; amounts are in fen."""

    name: str = ""
    group: str = ""
    """The product's id on its site."""
    sku: str = ""
    variant: str = ""
    """What tells the variant from its siblings, in words."""
    seller: str = ""
    currency: str = "CNY"
    price_fen: int | None = None
    list_fen: int | None = None
    high_fen: int | None = None
    """Of a range of prices, the upper end; `price_fen` is the lower."""
    available: bool | None = None

    @property
    def says_something(self) -> bool:
        """There is a price, or word that there is nothing to buy."""
        return self.price_fen is not None or self.available is False


def offers(page: Selector) -> list[Offer]:
    """Return the offers of the page's product by the first of the three ways that tells any."""
    for way in (_json_ld, _open_graph, _microdata):
        found = [offer for offer in way(page) if offer.says_something]
        if found:
            return found[:MOST_OFFERS]
    return []


def loads_tolerant(text: str) -> Any:
    """Return JSON as pages write it, with trailing commas and line breaks in strings, or None."""
    text = _WRAPPING.sub("", text).strip().rstrip(";")
    without_commas = _STRING_OR_COMMA.sub(lambda match: match[1] or "", text)
    for attempt in (text, without_commas, html.unescape(without_commas)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _json_ld(page: Selector) -> Iterator[Offer]:
    for script in page.xpath("//script[contains(@type, 'ld+json')]/text()").getall():
        for product in _products(loads_tolerant(script), 0):
            yield from _of_product(product, Offer(), 0)


def _products(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the products that the page is about: not those that it recommends beside."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _products(item, depth + 1)
    elif isinstance(value, dict):
        if _types(value) & _PRODUCTS:
            yield value
            return
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _products(value.get(name), depth + 1)


def _of_product(product: dict[str, Any], parent: Offer, depth: int) -> Iterator[Offer]:
    """Yield the offers of a product and of its variants."""
    name = _text(product.get("name"))
    sku = _text(product.get("sku"))
    inner = depth > 0
    group = parent.group or _first(product, "productGroupID", "productID", "sku", "gtin13", "mpn")
    about = replace(
        parent,
        name=parent.name or name,
        group=group,
        sku=sku,
        variant=_variant(product) if inner else "",
    )
    for offer in _listed(product.get("offers")):
        yield from _of_offer(offer, about, 0)
    if depth < _DEEPEST:
        for variant in _listed(product.get("hasVariant")):
            yield from _of_product(variant, about, depth + 1)


def _of_offer(offer: dict[str, Any], about: Offer, depth: int) -> Iterator[Offer]:
    currency = _text(offer.get("priceCurrency")).upper()[:3]
    known = replace(
        about,
        seller=_text(offer.get("seller")) or about.seller,
        currency=currency or about.currency,
        available=_available(offer.get("availability"), about.available),
    )
    if "aggregateoffer" in _types(offer) or "lowPrice" in offer:
        single = [one for one in _listed(offer.get("offers")) if depth < _DEEPEST]
        found = [one for inner in single for one in _of_offer(inner, known, depth + 1)]
        if any(one.price_fen is not None for one in found):
            yield from found
            return
        low = parse_fen(offer.get("lowPrice")) or parse_fen(offer.get("price"))
        high = parse_fen(offer.get("highPrice"))
        yield replace(known, price_fen=low, high_fen=high if high != low else None)
        return
    price, before, stated = _specified(offer.get("priceSpecification"))
    name = _text(offer.get("name"))
    yield replace(
        known,
        sku=_text(offer.get("sku")) or about.sku,
        variant=name if name and name != about.name else about.variant,
        currency=known.currency if currency else stated or known.currency,
        price_fen=parse_fen(offer.get("price")) or price,
        list_fen=before,
    )


def _specified(said: Any) -> tuple[int | None, int | None, str]:
    """Return price, list price and currency out of a `priceSpecification`."""
    price = before = None
    currency = ""
    for part in _listed(said):
        fen = parse_fen(part.get("price"))
        if fen is None or part.get("validForMemberTier"):
            continue
        currency = currency or _text(part.get("priceCurrency")).upper()[:3]
        if _tail(part.get("priceType")) in _LIST_PRICES:
            before = before or fen
        elif not part.get("referenceQuantity"):  # else it is what a kilogram costs
            price = price or fen
    return price, before, currency


def _open_graph(page: Selector) -> Iterator[Offer]:
    def meta(*names: str) -> str:
        for name in names:
            path = "//meta[@property=$name or @name=$name]/@content"
            if found := page.xpath(path, name=name).get(default="").strip():
                return clean_line(found, limit=300)
        return ""

    sale = parse_fen(meta("product:sale_price:amount"))
    price = parse_fen(meta("product:price:amount", "og:price:amount"))
    before = parse_fen(meta("product:original_price:amount"))
    currency = meta("product:sale_price:currency", "product:price:currency", "og:price:currency")
    sku = meta("product:retailer_item_id")
    yield Offer(
        name=meta("og:title"),
        group=sku,
        currency=currency.upper()[:3] or "CNY",
        price_fen=sale or price,
        list_fen=price if sale and price != sale else before,
        available=_available(meta("product:availability", "og:availability"), None),
    )


def _microdata(page: Selector) -> Iterator[Offer]:
    products = page.xpath("//*[@itemscope and contains(@itemtype, 'schema.org/Product')]")
    for scope in products[:1] or [page]:

        def prop(name: str, within: Selector = scope) -> str:
            path = ".//*[contains(concat(' ', normalize-space(@itemprop), ' '), $name)]"
            for node in within.xpath(path, name=f" {name} ")[:1]:
                for words in (node.attrib.get("content"), node.attrib.get("href"), node.get()):
                    if words and (line := clean_line(words, limit=300)):
                        return line
            return ""

        low = parse_fen(prop("lowPrice"))
        high = parse_fen(prop("highPrice"))
        yield Offer(
            name=prop("name"),
            group=prop("productID") or prop("sku"),
            currency=prop("priceCurrency").upper()[:3] or "CNY",
            price_fen=parse_fen(prop("price")) or low,
            high_fen=high if high != low else None,
            available=_available(prop("availability"), None),
        )


def _variant(product: dict[str, Any]) -> str:
    """Return what tells a variant from the others: its colour and size, else its name."""
    facts = [_text(product.get(name)) for name in ("color", "size", "pattern", "material")]
    return " ".join(filter(None, facts)) or _text(product.get("name"))


def _available(value: Any, otherwise: bool | None) -> bool | None:
    word = _tail(value).replace(" ", "").replace("_", "").replace("-", "")
    if word in _IN_STOCK:
        return True
    return False if word in _OUT_OF_STOCK else otherwise


def _types(value: dict[str, Any]) -> set[str]:
    said = value.get("@type")
    return {_tail(one) for one in (said if isinstance(said, list) else [said])}


def _tail(value: Any) -> str:
    """Return the last part of `https://schema.org/InStock`, in lower case."""
    return re.split(r"[/#:]", value.strip())[-1].lower() if isinstance(value, str) else ""


def _listed(value: Any) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items[:MOST_OFFERS] if isinstance(item, dict)]


def _first(value: dict[str, Any], *names: str) -> str:
    return next(filter(None, (_text(value.get(name)) for name in names)), "")


def _text(value: Any) -> str:
    """Return a value as one line; of a thing, its name; of a list, its first."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name")
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return clean_line(str(value)[:2000], limit=300)
