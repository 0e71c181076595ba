"""What the harness of broken answers feeds to JD's public interfaces."""

from crawlers.spiders.jd.reviews import JdReviewsSpider
from crawlers.spiders.jd.summaries import JdSummariesSpider
from tests.crawlers.samples import PAGES

GBK = "application/json; charset=GBK"
REVIEWS = {"skus": ["100001"]}
PLACE = {"listed": "productPageComments", "sku": "100001", "score": 0, "page": 0}

CASES = [
    (JdReviewsSpider, REVIEWS, [("parse", PLACE, PAGES / "jd/reviews.gbk.json", GBK)]),
    (
        JdSummariesSpider,
        {"skus": ["100001", "100002"]},
        [("parse", {"skus": ["100001", "100002"]}, PAGES / "jd/summaries.gbk.json", GBK)],
    ),
]
