"""The lists that `tests.crawlers.replay` serves, in the shapes of real sites; all values invented.

Number n of a list is the same thing in every shape: id, text and time depend on n alone.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from config.clock import SHANGHAI

Answer = tuple[int, str, bytes]
FIRST_ID = 5_000_000_000
BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
APART = timedelta(seconds=7)
REFUND_EVERY = timedelta(milliseconds=250)
JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
_WORDS = (
    "用了三天就断电，客服一直不理人",
    "物流很快，包装完好",
    "做工比图片上粗糙不少",
    "声音有点大，别的都满意",
    "退货运费要自己出，这合理吗",
    "第二次买了，给父母也带了一台",
    "说明书上写的功能根本没有",
    "按键一个月就失灵了，想退款",
    "颜色很好看，和描述一致",
    "等了一周才发货，催了两次",
)


@dataclass
class Things:
    """What there is: `size` things in each list, unless `sizes` says another number for a list."""

    size: int = 100
    page_size: int = 10
    sizes: dict[str, int] = field(default_factory=dict)
    since: datetime | None = None
    """Refunds: the first was changed then, and another one every `REFUND_EVERY` since."""

    def page(self, name: str, index: int) -> list[int]:
        """Return the numbers on a page of a list, newest first; pages count from 0."""
        newest = self.sizes.get(name, self.size) - index * self.page_size
        return list(range(newest, max(newest - self.page_size, 0), -1))

    def pages(self, name: str) -> int:
        """Return how many pages a list has."""
        return -(-self.sizes.get(name, self.size) // self.page_size)


def native_id(name: str, number: int) -> str:
    """Return the id of a thing; lists share none."""
    place = sum(name.encode()) % 1000
    return str(FIRST_ID + place * 10_000_000 + number)


@lru_cache(maxsize=1009)
def _words(seed: int) -> str:
    dice = random.Random(seed)
    return "，".join(dice.sample(_WORDS, dice.randint(2, 5)))


def text_of(number: int) -> str:
    """Return what a thing says: its number and a few sentences."""
    return f"第{number}条：{_words(number % 1009)}。"


def _at(number: int) -> datetime:
    return BEGAN + number * APART


def shop(things: Things, path: str, query: dict[str, str]) -> Answer:
    """Reviews in the shape of JD's comments."""
    product = query.get("productId", "")
    comments = [_comment(product, n) for n in things.page(product, int(query.get("page", 0)))]
    body = {
        "productCommentSummary": {"skuId": product, "commentCount": things.size, "goodRate": 0.97},
        "hotCommentTagStatistics": [],
        "maxPage": things.pages(product),
        "score": 0,
        "soType": 6,
        "comments": comments,
    }
    return 200, JSON, _dumped(body)


def _comment(product: str, number: int) -> dict[str, Any]:
    return {
        "id": int(native_id(product, number)),
        "guid": f"{number:032x}",
        "content": text_of(number).replace("，", "&hellip;", 1),
        "creationTime": f"{_at(number).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "referenceId": product,
        "referenceName": "某牌 吸尘器 V8",
        "referenceTime": "2023-12-30 20:11:43",
        "score": number % 5 + 1,
        "nickname": f"用***{number % 97}",
        "anonymousFlag": 1,
        "userLevelName": "",
        "userProvince": "浙江",
        "userClientShow": "",
        "usefulVoteCount": number % 4,
        "uselessVoteCount": 0,
        "replyCount": number % 3,
        "replyCount2": number % 3,
        "productColor": "白色",
        "productSize": "标准版",
        "images": [],
        "imageCount": 0,
        "replies": [],
    }


def weibo(things: Things, path: str, query: dict[str, str]) -> Answer:
    """Posts in the shape of Weibo's mobile search."""
    name = query.get("q") or dict(parse_qsl(query.get("containerid", ""))).get("q", "")
    numbers = things.page(name, int(query.get("page", 1)) - 1)
    if not numbers:
        return 200, JSON, _dumped({"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}})
    cards = [_card(name, number) for number in numbers]
    cardlist = {"containerid": query.get("containerid", ""), "total": things.size}
    return 200, JSON, _dumped({"ok": 1, "data": {"cardlistInfo": cardlist, "cards": cards}})


def _card(name: str, number: int) -> dict[str, Any]:
    post = native_id(name, number)
    local = _at(number).astimezone(SHANGHAI)
    return {
        "card_type": 9,
        "itemid": f"100103type=1&mid={post}",
        "scheme": f"https://m.weibo.cn/status/{post}",
        "mblog": {
            "id": post,
            "mid": post,
            "bid": f"N{number:x}",
            "created_at": f"{local:%a %b %d %H:%M:%S +0800 %Y}",
            "text": f'{text_of(number)}<span class="url-icon"><img alt=\'[怒]\' src="x.png"></span>',
            "isLongText": False,
            "source": "某手机",
            "region_name": "发布于 浙江",
            "reposts_count": number % 7,
            "comments_count": number % 5,
            "attitudes_count": str(number % 11),
            "user": {
                "id": 1_000_000 + number % 5000,
                "screen_name": f"网友{number % 5000}",
                "verified": False,
                "verified_type": -1,
                "followers_count": "1.2万",
            },
            "pics": [],
        },
    }


def feed(things: Things, path: str, query: dict[str, str]) -> Answer:
    """The newest page of a list as RSS."""
    items = "".join(
        f"<item><title>{escape(text_of(n)[:18])}</title><guid>{native_id('feed', n)}</guid>"
        f"<link>https://news.example/{native_id('feed', n)}</link>"
        f"<description>{escape(text_of(n))}</description>"
        f"<pubDate>{_at(n):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
        for n in things.page("feed", int(query.get("page", 0)))
    )
    channel = f"<channel><title>新闻</title><link>https://news.example/</link>{items}</channel>"
    body = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0">{channel}</rss>'
    return 200, "application/rss+xml; charset=utf-8", body.encode()


def complaints(things: Things, path: str, query: dict[str, str]) -> Answer:
    """A list of links to complaints, and their pages, in HTML."""
    prefix = "/tousu/view/"
    if path.startswith(prefix):
        return 200, HTML, _complaint(int(path.removeprefix(prefix)) - int(native_id("tousu", 0)))
    numbers = things.page("tousu", int(query.get("page", 1)) - 1)
    links = "".join(
        f'<li><a href="{prefix}{native_id("tousu", n)}">{escape(text_of(n)[:18])}</a></li>'
        for n in numbers
    )
    return 200, HTML, f"<html><body><ul>{links or '暂无投诉'}</ul></body></html>".encode()


def _complaint(number: int) -> bytes:
    local = _at(number).astimezone(SHANGHAI)
    return (
        '<html><head><title>投诉</title></head><body><div class="ts-d-question">'
        f'<span class="u-name">用户{number % 97}</span>'
        f'<span class="u-date">{local:%Y-%m-%d %H:%M:%S}</span>'
        f"<h1>{escape(text_of(number)[:18])}</h1>"
        '<ul class="ts-q-list"><li><label>投诉对象：</label>某牌</ul></div>'
        '<div class="ts-d-steplist"><div class="ts-d-item"><span class="u-status">发起投诉</span>'
        f'<div class="ts-d-cont">{escape(text_of(number))}</div></div></div></body></html>'
    ).encode()


def refunds(things: Things, path: str, query: dict[str, str]) -> Answer:
    """A window of refunds in the shape of Taobao's platform, by their last change, newest first.

    They come into being as time goes by: no window ever shows one that is still to happen.
    """
    began, now = things.since or BEGAN, datetime.now(UTC)
    start, end = (_asked(query[name]) for name in ("start_modified", "end_modified"))
    first = max(0, -((began - start) // REFUND_EVERY))
    last = (min(end, now) - began) // REFUND_EVERY
    numbers = list(range(last, first - 1, -1))
    size = int(query["page_size"])
    shown = numbers[(int(query["page_no"]) - 1) * size :][:size]
    body: dict[str, Any] = {"total_results": len(numbers), "request_id": "x"}
    if shown:
        body["refunds"] = {"refund": [_refund(number, began) for number in shown]}
    return 200, JSON, _dumped({"refunds_receive_get_response": body})


def _asked(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _refund(number: int, began: datetime) -> dict[str, Any]:
    at = f"{(began + number * REFUND_EVERY).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return {
        "refund_id": native_id("refunds", number),
        "tid": number,
        "oid": native_id("orders", number),
        "title": "某牌 吸尘器 V8",
        "num": 1,
        "num_iid": 100001,
        "sku": "1|颜色:白色",
        "refund_fee": "19.90",
        "reason": "质量问题",
        "status": "SUCCESS",
        "good_status": "BUYER_RETURNED_GOODS",
        "has_good_return": True,
        "created": at,
        "modified": at,
    }


def _dumped(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


SHAPES: list[tuple[str, Callable[[Things, str, dict[str, str]], Answer]]] = [
    ("/api", shop),
    ("/club.jd.com/comment/", shop),
    ("/weibo", weibo),
    ("/m.weibo.cn/api/container/getIndex", weibo),
    ("/feed", feed),
    ("/tousu", complaints),
    ("/gw.api.taobao.com", refunds),
]
