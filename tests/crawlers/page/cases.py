"""What the harness of broken answers feeds to the page spider."""

from typing import Any

from crawlers.spiders.page import PageSpider
from tests.crawlers.samples import PAGES

FORUM: dict[str, Any] = {
    "url": "https://bbs.example/list?p=1",
    "kind": "social",
    "list": "li.topic",
    "next": "a.next::attr(href)",
    "fields": {
        "native_id": "::attr(data-id)",
        "title": "a.title",
        "text": ".body",
        "time": {"select": ".when::text", "match": "发表于 (.+)"},
        "author": "//span[@class='by']/text()",
        "author_id": ".by::attr(data-uid)",
        "likes": {"select": ".up", "match": r"赞\s*\(?([^)]*)"},
        "comments": {"select": ".re", "match": r"回复\s*(\d+)"},
        "url": "a.title::attr(href)",
        "product_id": {"value": 100001},
    },
    "empty": "暂无帖子",
}
TOPIC: dict[str, Any] = {
    "url": "https://bbs.example/list?p={page}",
    "kind": "social",
    "list": "//li[@class='topic']",
    "max_pages": 3,
    "fields": {"native_id": "::attr(data-id)", "title": "a.title", "author": ".by::text"},
    "detail": {
        "link": "a.title::attr(href)",
        "fields": {
            "text": {"select": ".full p", "all": True, "join": ""},
            "time": ".exact::text",
            "likes": ".likes::text",
            "extra": {"heading": "h1"},
        },
    },
    "time_format": "%Y年%m月%d日 %H:%M:%S",
}
API: dict[str, Any] = {
    "url": "https://api.example/v1/posts",
    "kind": "review",
    "list": "$.data.items[*]",
    "next": "$.data.next",
    "fields": {
        "native_id": "$.id",
        "text": "$.content",
        "time": "$.at",
        "author": "$.user.name",
        "author_id": "$.user.uid",
        "rating": "$.score",
        "likes": "$.like",
        "product_id": "$.sku",
        "url": [{"value": "https://www.example/p/"}, "$['id']"],
        "extra": {"tags": {"select": "$.tags[*]", "all": True, "join": "，"}},
    },
}
_DETAIL = {"values": {"native_id": "9001", "extra": {}}, "address": "https://bbs.example/t/9001"}
_HTML, _JSON = "text/html; charset=utf-8", "application/json"


def place(params: dict[str, Any], turn: int = 0) -> dict[str, Any]:
    """Return what `parse` is told of a page."""
    return {"pattern": params["url"], "turn": turn, "address": params["url"]}


CASES = [
    (PageSpider, FORUM, [("parse", place(FORUM), PAGES / "page/forum.html", _HTML)]),
    (
        PageSpider,
        TOPIC,
        [
            ("parse", place(TOPIC), PAGES / "page/forum.html", _HTML),
            ("parse_detail", _DETAIL, PAGES / "page/topic.html", _HTML),
        ],
    ),
    (PageSpider, API, [("parse", place(API), PAGES / "page/api.json", _JSON)]),
]
