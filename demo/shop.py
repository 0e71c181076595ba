"""The shop's reviews, as the paged JSON of a large shop."""

from collections import Counter
from datetime import timedelta
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo.goods import BY_NUMBER, Product
from demo.pages import PAGE_SIZE, china_time, cut, meta, page_number
from demo.scene import Scene
from demo.timeline import Shown

FIRST_ID = 19_000_000_000
RECOMMENDED = "5"
SAME_DAY = timedelta(minutes=20)
"""How long after a review a follow-up of the same day is written."""

_SCORES = {"1": (1,), "2": (2, 3), "3": (4, 5)}
"""The filter `score` to the stars that it keeps; 0 keeps all, 5 those with a follow-up."""


def review_json(shown: Shown, product: Product) -> dict[str, Any]:
    """Return one review as the shop writes it; `afterUserComment` is absent without one."""
    post = shown.post
    ordered_at = shown.published_at - timedelta(days=2 + post.serial % 9, minutes=post.serial)
    review: dict[str, Any] = {
        "id": FIRST_ID + post.serial,
        "content": post.text,
        "creationTime": china_time(shown.published_at),
        "referenceId": product.number,
        "referenceName": f"{product.brand} {product.name}",
        "referenceTime": china_time(ordered_at),
        "score": post.rating,
        "nickname": post.author,
        "anonymousFlag": 1,
        "userProvince": "",
        "usefulVoteCount": post.likes,
        "uselessVoteCount": 0,
        "replyCount": 0,
        "productColor": product.colour,
        "productSize": "标准版",
        "days": (shown.published_at - ordered_at).days,
        "afterDays": post.after.days if post.after else 0,
        "images": None,
        "replies": [],
    }
    if post.after:
        written_at = shown.published_at + (timedelta(days=post.after.days) or SAME_DAY)
        review["afterUserComment"] = {
            "created": china_time(written_at),
            "hAfterUserComment": {"content": post.after.text},
        }
    return review


def summary_json(reviews: list[Shown], number: str) -> dict[str, Any]:
    """Return the counts over all reviews of a product."""
    stars = Counter(shown.post.rating for shown in reviews)
    count = len(reviews)
    counts = {
        "good": stars[4] + stars[5],
        "general": stars[2] + stars[3],
        "poor": stars[1],
    }
    summary: dict[str, Any] = {"skuId": int(number), "productId": int(number)}
    summary |= {"commentCount": count, "commentCountStr": str(count)}
    summary["averageScore"] = round(sum(s * n for s, n in stars.items()) / count) if count else 5
    for name, of_kind in counts.items():
        rate = of_kind / count if count else 0.0
        summary |= {
            f"{name}Count": of_kind,
            f"{name}CountStr": str(of_kind),
            f"{name}Rate": round(rate, 2),
            f"{name}RateShow": round(rate * 100),
        }
    summary["afterCount"] = sum(shown.post.after is not None for shown in reviews)
    return summary


def review_html(shown: Shown) -> str:
    """Return one review for the product page."""
    post = shown.post
    after = f"<p>追评：{escape(post.after.text)}</p>" if post.after else ""
    line = meta([post.author, china_time(shown.published_at), f"有用 {post.likes}"])
    stars = "★" * post.rating + "☆" * (5 - post.rating)
    anchor = FIRST_ID + post.serial
    return f'<article id="c{anchor}">{stars}<p>{escape(post.text)}</p>{after}{line}</article>'


def routes(scene: Scene) -> list[Route]:
    """Return the review API."""

    def comments(request: Request) -> JSONResponse:
        query = request.query_params
        product = BY_NUMBER.get(query.get("productId", ""))
        reviews = scene.shown("shop", product.key) if product else []
        chosen = _filter(reviews, query.get("score", "0"))
        if query.get("sortType") == RECOMMENDED:
            chosen.sort(key=lambda shown: -shown.post.likes)
        return JSONResponse(
            {
                "productCommentSummary": summary_json(reviews, product.number if product else "0"),
                "hotCommentTagStatistics": [],
                "maxPage": -(-len(chosen) // PAGE_SIZE),
                "score": int(query["score"]) if query.get("score", "").isdecimal() else 0,
                "soType": 5 if query.get("sortType") == RECOMMENDED else 6,
                "imageListCount": 0,
                "comments": [
                    review_json(shown, product)
                    for shown in cut(chosen, page_number(request, 0))
                    if product
                ],
            }
        )

    return [Route("/shop/api/comments", comments)]


def _filter(reviews: list[Shown], score: str) -> list[Shown]:
    if score == "5":
        return [shown for shown in reviews if shown.post.after]
    if score in _SCORES:
        return [shown for shown in reviews if shown.post.rating in _SCORES[score]]
    return list(reviews)
