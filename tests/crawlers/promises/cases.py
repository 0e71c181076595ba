"""What the harness of broken answers feeds to feeds and to the demo's spiders."""

from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.sandbox_rules import SandboxRulesSpider
from crawlers.spiders.sandbox_shop import SandboxShopSpider
from crawlers.spiders.sandbox_tousu import SandboxTousuSpider
from crawlers.spiders.sandbox_weibo import SandboxWeiboSpider
from tests.crawlers.samples import PAGES

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
URL = "https://www.example/list"

CASES = [
    (
        FeedSpider,
        {"url": URL},
        [
            ("parse", {"feed": URL}, PAGES / "feed.rss", "application/rss+xml"),
            ("parse", {"feed": URL}, PAGES / "feed.atom", "application/atom+xml"),
            ("parse", {"feed": URL}, PAGES / "feed.json", "application/feed+json"),
        ],
    ),
    (
        SandboxShopSpider,
        {"url": URL, "products": ["100001"]},
        [("parse", {"product": "100001", "page": 0}, PAGES / "shop.json", JSON)],
    ),
    (
        SandboxWeiboSpider,
        {"url": URL, "keywords": ["某牌"]},
        [("parse", {"keyword": "某牌", "page": 1}, PAGES / "weibo.json", JSON)],
    ),
    (
        SandboxTousuSpider,
        {"url": URL},
        [
            ("parse", {"page": 1}, PAGES / "tousu_list.html", HTML),
            ("parse_document", {"native_id": "17300000001"}, PAGES / "tousu.html", HTML),
        ],
    ),
    (
        SandboxRulesSpider,
        {"url": URL},
        [
            ("parse", {"page": 1}, PAGES / "rules_list.html", HTML),
            ("parse_document", {"native_id": "r-1"}, PAGES / "rule.html", HTML),
        ],
    ),
]
