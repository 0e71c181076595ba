"""What the harness of broken answers feeds to the price spiders."""

from crawlers.spiders.prices.jd import JdPricesSpider
from crawlers.spiders.prices.page import PagePricesSpider
from tests.crawlers.samples import PAGES

PAGE = {"pages": [{"url": "https://www.example/p/1", "product_id": "100001"}]}
JD = {"skus": ["100001", "100002", "100003", "100004", "100005"]}

CASES = [
    (
        PagePricesSpider,
        PAGE,
        [("parse_page", {"number": 0}, PAGES / "prices/product.html", "text/html; charset=utf-8")],
    ),
    (
        JdPricesSpider,
        JD,
        [("parse", {"skus": JD["skus"]}, PAGES / "prices/mgets.json", "application/json")],
    ),
]
