"""Product pages: what is for sale, its price as JSON-LD, and its reviews for people to read."""

import json
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from demo.goods import BY_NUMBER, PRODUCTS, Product
from demo.pages import cut, meta, not_found, page, page_number, pager
from demo.scene import Scene
from demo.shop import review_html


def json_ld(product: Product, scene: Scene, address: str) -> dict[str, Any]:
    """Return the schema.org Product of `product`, with the reviews of this moment."""
    ratings = [s.post.rating for s in scene.shown("shop", product.key)]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": f"{product.brand} {product.name}",
        "sku": product.number,
        "description": product.words,
        "color": product.colour,
        "brand": {"@type": "Brand", "name": product.brand},
        "offers": {
            "@type": "Offer",
            "price": product.price,
            "priceCurrency": "CNY",
            "availability": "https://schema.org/InStock",
            "url": address,
        },
    }
    if ratings:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": f"{sum(ratings) / len(ratings):.1f}",
            "reviewCount": str(len(ratings)),
        }
    return data


def routes(scene: Scene) -> list[Route]:
    """Return the product pages: a list, and one page each with its reviews."""

    def listing(request: Request) -> HTMLResponse:
        rows = "".join(
            f'<article><a href="/products/{p.number}">{escape(f"{p.brand} {p.name}")}</a>'
            + meta([f"￥{p.price}", f"原价 ￥{p.listed}", p.words])
            + "</article>"
            for p in PRODUCTS
        )
        return page("商城", rows)

    def detail(request: Request) -> HTMLResponse:
        product = BY_NUMBER.get(request.path_params["number"])
        return _detail(request, scene, product) if product else not_found("没有这件商品")

    return [
        Route("/shop/", listing),
        Route("/products/", listing),
        Route("/products/{number}", detail),
    ]


def _detail(request: Request, scene: Scene, product: Product) -> HTMLResponse:
    address = str(request.url.replace(query=""))
    data = json.dumps(json_ld(product, scene, address), ensure_ascii=False).replace("<", "\\u003c")
    reviews = scene.shown("shop", product.key)
    number = page_number(request, 1)
    body = (
        f'<div class="sheet"><span itemprop="price" content="{product.price}">￥{product.price}'
        f"</span>{meta([f'原价 ￥{product.listed}', product.colour, product.words])}</div>"
        + f"<h2>评价 {len(reviews)}</h2>"
        + "".join(review_html(shown) for shown in cut(reviews, number - 1))
        + pager(f"/products/{product.number}", number, len(reviews), {})
    )
    head = f'<script type="application/ld+json">{data}</script>'
    return page(f"{product.brand} {product.name}", body, head=head)
