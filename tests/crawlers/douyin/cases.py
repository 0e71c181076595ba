"""What the fuzz harness breaks: each callback with its sample."""

from crawlers.spiders.douyin_comments import DouyinCommentsSpider
from tests.crawlers.samples import PAGES

_JSON = "application/json"
_PARAMS = {"access_token": "act.1", "open_id": "open-1", "items": ["@8h+x/1=="]}
_REPLIES = {"item": "@8h+x/1==", "comment": "@9VxAa/1==", "count": 1, "page": 1}

CASES = [
    (
        DouyinCommentsSpider,
        _PARAMS,
        [
            ("parse", {"item": "@8h+x/1==", "page": 1}, PAGES / "douyin/comments.json", _JSON),
            ("parse_replies", _REPLIES, PAGES / "douyin/replies.json", _JSON),
        ],
    )
]
