"""What the fuzz harness breaks: feeds in their three formats."""

from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.rsshub import RsshubSpider
from tests.crawlers.samples import PAGES

_XML = "application/xml; charset=utf-8"
_FEED = {"feed": "https://www.example/feed"}
_ROUTE = {
    "base": "https://rss.example",
    "route": "bilibili_video_reply",
    "args": {"bvid": "BV1xx411c7mD"},
}

CASES = [
    (RsshubSpider, _ROUTE, [("parse", _FEED, PAGES / "rsshub/bilibili_reply.rss", _XML)]),
    (
        FeedSpider,
        {"url": "https://www.example/feed"},
        [
            ("parse", _FEED, PAGES / "feed.rss", _XML),
            ("parse", _FEED, PAGES / "feed.atom", _XML),
            ("parse", _FEED, PAGES / "feed.json", "application/feed+json"),
        ],
    ),
]
