"""How Bilibili is asked: with the anonymous cookie that its own front page gives."""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider

HOME = "https://www.bilibili.com/"
API = "https://api.bilibili.com"
_BUVID = re.compile(rb"(?:^|;\s*)(buvid3=[\w.%-]{8,100})")
_REFUSALS = {
    -352: (BlockReason.RATE, "风控校验没有通过"),
    -412: (BlockReason.RATE, "请求被风控拦截"),
    -509: (BlockReason.RATE, "请求过快"),
    -799: (BlockReason.RATE, "请求过快"),
    -101: (BlockReason.LOGIN, "接口要求登录"),
    -401: (BlockReason.FORBIDDEN, "非法访问"),
    -403: (BlockReason.FORBIDDEN, "权限不足"),
    -404: (BlockReason.GONE, "内容不存在"),
    12009: (BlockReason.SHAPE, "评论区类型不对"),
}


class BilibiliPages(PostSpider):
    """Base of the spiders of Bilibili. A `cookie` is not needed, and sent when there is one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._anonymous = ""  # for this run alone: never stored

    def home(self, following: Iterable[Request]) -> Request:
        """Return the request for the front page; its answer leads to `following`."""
        return Request(
            self.at(HOME),
            callback=self.parse_home,
            cb_kwargs={"following": list(following)},
            dont_filter=True,
        )

    async def parse_home(
        self, response: Response, following: list[Request]
    ) -> AsyncIterator[Request]:
        """Keep the site's anonymous cookie, and ask what is wanted with it.

        Without one the interface will say so itself.
        """
        for given in response.headers.getlist("Set-Cookie"):
            if match := _BUVID.search(given):
                self._anonymous = match[1].decode("ascii")
        for request in following:
            yield request.replace(headers=self._headers())

    def ask(self, path: str, query: Mapping[str, Any], **kwargs: Any) -> Request:
        """Return a request to the interface."""
        url = self.at(f"{API}{path}?{urlencode(query)}")
        return Request(url, headers=self._headers(), dont_filter=True, **kwargs)

    def _headers(self) -> dict[str, str]:
        own = self.cookie().get("Cookie", "")
        cookies = [own, "" if "buvid3=" in own else self._anonymous]
        cookie = "; ".join(filter(None, cookies))
        return {"Referer": HOME} | ({"Cookie": cookie} if cookie else {})

    def data(self, response: Response, *, passed: frozenset[int] = frozenset()) -> Any:
        """Return an answer's `data`; None when its code is one of `passed`. A refusal blocks."""
        answer = self.json(response)
        code = self.need(answer, "code")
        data = answer.get("data")
        if isinstance(data, dict) and data.get("v_voucher"):
            self.block(BlockReason.CAPTCHA, "风控要求验证码（v_voucher）")
        if not isinstance(code, int):
            self.block(BlockReason.SHAPE, "code 不是数字")
        if code in passed:
            return None
        if code != 0:
            said = str(answer.get("message") or "")[:60]
            reason, words = _REFUSALS.get(code, (BlockReason.SHAPE, "接口出错"))
            self.block(reason, f"{words}：{code} {said}")
        if not isinstance(data, dict):
            self.block(BlockReason.SHAPE, "没有预期的 data")
        return data
