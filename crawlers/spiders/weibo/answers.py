"""How m.weibo.cn refuses in JSON, and how it says that there is nothing."""

from collections.abc import Mapping
from typing import Any

from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider

LOGIN = -100
_BUSY = ("频繁", "繁忙", "歇歇", "稍后")
_CAPTCHA = ("captcha", "/verify")


def is_good(spider: PostSpider, answer: Any, *empty: str) -> bool:
    """Tell whether an answer holds data; False when it says, in one of these words, that there
    are none ("": without a word). An answer that is neither blocks the run.
    """
    state = spider.need(answer, "ok")
    if state == 1 and not isinstance(state, bool):
        return True
    words = said(answer)
    if state == LOGIN:
        _refused(spider, answer)
    if any(word in words for word in _BUSY):
        spider.block(BlockReason.RATE, f"接口答“{words}”")
    if state != 0 or not any(word in words if word else not words for word in empty):
        spider.block(BlockReason.SHAPE, f"接口答 ok={str(state)[:20]}“{words}”")
    return False


def said(answer: Mapping[str, Any]) -> str:
    """Return the beginning of the answer's own message."""
    words = answer.get("msg")
    return words[:60] if isinstance(words, str) else ""


def _refused(spider: PostSpider, answer: Mapping[str, Any]) -> None:
    if any(mark in str(answer.get("url") or "") for mark in _CAPTCHA):
        spider.block(BlockReason.CAPTCHA, "接口要求验证")
    spider.block(BlockReason.LOGIN, "接口要求登录，Cookie 可能已失效")
