"""Every callback of the official shop APIs' spiders with an answer in its true shape."""

from typing import Any

from crawlers.spiders.shops.doudian_refunds import DoudianRefundsSpider
from crawlers.spiders.shops.jd_refunds import JdRefundsSpider
from crawlers.spiders.shops.jd_reviews import JdShopReviewsSpider
from crawlers.spiders.shops.kuaishou_refunds import KuaishouRefundsSpider
from crawlers.spiders.shops.kuaishou_reviews import KuaishouReviewsSpider
from crawlers.spiders.shops.pdd_refunds import PddRefundsSpider
from crawlers.spiders.shops.taobao_refunds import TaobaoRefundsSpider
from crawlers.spiders.shops.taobao_reviews import TaobaoReviewsSpider
from crawlers.spiders.shops.xiaohongshu_refunds import XiaohongshuRefundsSpider
from tests.crawlers.samples import PAGES
from tests.crawlers.shops.shop import JSON, KEYS, WINDOW

REVIEW = {
    "native_id": "0:buyer",
    "text": "",
    "rating": "bad",
    "author": "t**0",
    "product_id": "620001",
    "url": "https://item.taobao.com/item.htm?id=620001",
    "published_at": "2024-01-15 12:30:05",
    "extra": {},
}
BASIC = {
    "returnsId": "R1001",
    "returnType": 1,
    "reasonNameZh": "质量问题",
    "status": 4,
    "orderId": "P7001",
    "applyTime": 1705293005000,
    "updatedAt": 1705550400000,
}
PAID = {"order_id": "P7001", "paid_at": 1705247999000}


def parsing(page: Any = 1, walk: str = "until") -> dict[str, Any]:
    """Return the arguments of `parse`."""
    return {"walk": walk, "window": WINDOW, "page": page}


def page(name: str) -> Any:
    """Return where a saved answer lies."""
    return PAGES / "shops" / f"{name}.json"


ORDERS = KEYS | {"orders": True}
TMALL = KEYS | {"tmall": True}
CASES = [
    (
        TaobaoReviewsSpider,
        TMALL,
        [
            ("parse", parsing(), page("taobao_reviews"), JSON),
            ("parse_feed", {"review": REVIEW}, page("taobao_feed"), JSON),
        ],
    ),
    (
        TaobaoRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(), page("taobao_refunds"), JSON),
            ("parse", parsing(walk="orders_until"), page("taobao_orders"), JSON),
        ],
    ),
    (JdShopReviewsSpider, KEYS, [("parse", parsing(), page("jd_reviews"), JSON)]),
    (
        JdRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(), page("jd_refunds"), JSON),
            ("parse", parsing(1, "orders_until"), page("jd_orders"), JSON),
        ],
    ),
    (KuaishouReviewsSpider, KEYS, [("parse", parsing(0), page("kuaishou_reviews"), JSON)]),
    (
        KuaishouRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(""), page("kuaishou_refunds"), JSON),
            ("parse", parsing("", "orders_until"), page("kuaishou_orders"), JSON),
        ],
    ),
    (
        PddRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(), page("pdd_refunds"), JSON),
            ("parse", parsing(1, "orders_until"), page("pdd_orders"), JSON),
        ],
    ),
    (
        DoudianRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(0), page("doudian_refunds"), JSON),
            ("parse", parsing(0, "orders_until"), page("doudian_orders"), JSON),
        ],
    ),
    (
        XiaohongshuRefundsSpider,
        ORDERS,
        [
            ("parse", parsing(), page("xiaohongshu_list"), JSON),
            ("parse_case", {"basic": BASIC}, page("xiaohongshu_case"), JSON),
            ("parse", parsing(1, "orders_until"), page("xiaohongshu_orders"), JSON),
            ("parse_order", PAID, page("xiaohongshu_goods"), JSON),
        ],
    ),
]
