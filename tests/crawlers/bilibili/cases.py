"""What the fuzz harness breaks: each callback with its sample."""

from crawlers.spiders.bilibili.replies import BilibiliRepliesSpider, _Visit
from crawlers.spiders.bilibili.search import BilibiliSearchSpider
from tests.crawlers.samples import PAGES

_JSON = "application/json"
_HERE = PAGES / "bilibili"
_REPLIES = {"visit": _Visit("BV1xx411c7mD", "11", "")}
_SUB = _REPLIES | {"root": "900", "count": 25, "page": 2}

CASES = [
    (
        BilibiliSearchSpider,
        {"keywords": ["某牌"]},
        [("parse", {"keyword": "某牌", "page": 1}, _HERE / "search.json", _JSON)],
    ),
    (
        BilibiliRepliesSpider,
        {},
        [
            ("parse", _REPLIES | {"page": 1}, _HERE / "replies.json", _JSON),
            ("parse_replies", _SUB, _HERE / "sub_replies.json", _JSON),
        ],
    ),
]
