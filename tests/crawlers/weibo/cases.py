"""Every callback of the Weibo spiders with an answer in its true shape."""

from datetime import UTC, datetime

from crawlers.spiders.weibo.api import WeiboApiSpider
from crawlers.spiders.weibo.comments import Visit, WeiboCommentsSpider
from crawlers.spiders.weibo.desktop import WeiboDesktopSpider
from crawlers.spiders.weibo.hot import WeiboHotSpider
from crawlers.spiders.weibo.search import WeiboSearchSpider
from crawlers.spiders.weibo.windows import Window
from tests.crawlers.samples import PAGES

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
SEARCH = {"keywords": ["某牌"], "cookie": "SUB=x"}
MID = "4990000000000001"
# What the first plan at `samples.NOW` holds: windows are taken off the plan when they are read.
WINDOW = Window(datetime(2024, 1, 19, 4, tzinfo=UTC), datetime(2024, 1, 20, 5, tzinfo=UTC))
RECORD = {"platform": "weibo", "kind": "social", "native_id": MID, "text": "又坏了…"}


def page(name: str):
    return PAGES / "weibo" / name


CASES = [
    (
        WeiboSearchSpider,
        SEARCH,
        [
            ("parse", {"keyword": "某牌", "page": 1}, page("search.json"), JSON),
            ("parse", {"keyword": "某牌", "page": 2}, page("empty.json"), JSON),
            ("parse_full", {"record": RECORD}, page("extend.json"), JSON),
        ],
    ),
    (
        WeiboDesktopSpider,
        SEARCH,
        [
            (
                "parse",
                {"keyword": "某牌", "window": WINDOW, "page": 1, "before": []},
                page("desktop.html"),
                HTML,
            ),
            (
                "parse",
                {"keyword": "某牌", "window": WINDOW, "page": 2, "before": [MID]},
                page("desktop_empty.html"),
                HTML,
            ),
        ],
    ),
    (WeiboHotSpider, {}, [("parse", {}, page("hot.json"), JSON)]),
    (
        WeiboCommentsSpider,
        {"posts": [MID]},
        [
            ("parse", {"visit": Visit(MID), "page": 1}, page("comments.json"), JSON),
            (
                "parse_replies",
                {"visit": Visit(MID), "root": "4990000000000100", "count": 3, "page": 1},
                page("replies.json"),
                JSON,
            ),
        ],
    ),
    (
        WeiboApiSpider,
        {"keywords": ["某牌"], "access_token": "2.00x"},
        [
            (
                "parse_search",
                {"keyword": "某牌", "start": 1705600000, "end": 1705725000, "page": 1},
                page("api_search.json"),
                JSON,
            )
        ],
    ),
    (
        WeiboApiSpider,
        {"mode": "mentions", "access_token": "2.00x"},
        [("parse", {"page": 1}, page("api_search.json"), JSON)],
    ),
    (
        WeiboApiSpider,
        {"mode": "comments_to_me", "access_token": "2.00x"},
        [("parse", {"page": 1}, page("api_comments.json"), JSON)],
    ),
]
