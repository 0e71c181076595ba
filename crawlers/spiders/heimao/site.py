"""What 黑猫投诉 answers: an envelope around every list, rows, and one page per complaint."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.cleaning import clean_line
from crawlers.models import BlockReason
from crawlers.spiders.base import PostSpider, body_text
from crawlers.spiders.heimao import complaint
from crawlers.spiders.rows import id_of, object_of, text_of

SITE = "https://tousu.sina.com.cn"
MOST_PAGES = 50
PAGE_SIZE = 10
_LOGIN = 10005
_PAST_THE_END = 10017
_GONE = "页面不存在"
_SN = re.compile(r"[0-9]{4,25}")
_VIEW = re.compile(r"/complaint/view/([0-9]{4,25})/?")
_REFUSALS = (
    (re.compile(r"签名|signature|\bsign\b", re.IGNORECASE), BlockReason.SIGNATURE),
    (re.compile(r"验证码|安全验证"), BlockReason.CAPTCHA),
    (re.compile(r"登录|登陆"), BlockReason.LOGIN),
    (re.compile(r"频繁|过快|繁忙|稍后"), BlockReason.RATE),
)


class HeimaoPages(PostSpider):
    """Base of the spiders of 黑猫投诉."""

    kind = "complaint"

    def ask(self, path: str, query: Mapping[str, Any], **kwargs: Any) -> Request:
        """Return the request for one of the site's lists.

        Lists go before the complaints' own pages: while those are read, the window moves on.
        """
        return Request(
            self.at(f"{SITE}{path}?{urlencode(query)}"),
            headers={
                "Referer": f"{SITE}/",
                "X-Requested-With": "XMLHttpRequest",
            }
            | self.cookie(),
            dont_filter=True,
            priority=1,
            **kwargs,
        )

    def rows(self, response: Response) -> list[Any] | None:
        """Return the rows of a list; None behind its last page. A refusal blocks the run."""
        answer = self.json(response)
        if self._behind_the_end(self.need(answer, "result", "status")):
            return None
        data = object_of(self.need(answer, "result", "data"))
        rows = data.get("lists") or self.need(
            data, "complaints" if "complaints" in data else "lists"
        )
        if rows is not None and not isinstance(rows, list):
            self.block(BlockReason.SHAPE, "result.data.lists 不是列表")
        return rows or []

    def _behind_the_end(self, status: Any) -> bool:
        code = str(self.need(status, "code"))
        if code not in ("0", str(_PAST_THE_END)):
            words = f"接口答 {code[:20]} {text_of(status.get('msg'))[:60]}"
            if code == str(_LOGIN):
                self.block(BlockReason.LOGIN, words)
            self._refused(words)
        return code != "0"

    def _refused(self, words: str) -> NoReturn:
        for pattern, reason in _REFUSALS:
            if pattern.search(words):
                self.block(reason, words)
        self.block(BlockReason.SHAPE, words)

    def of_row(self, row: Any) -> dict[str, Any]:
        """Return the record of a complaint as a list shows it."""
        main = row["main"]
        author = object_of(row.get("author"))
        sn = str(main["sn"])
        if not _SN.fullmatch(sn):
            raise ValueError(f"sn“{sn[:40]}”不是投诉编号")
        title = clean_line(text_of(main.get("title")), limit=300)
        return self.post(
            native_id=sn,
            text=complaint.worded(title, [text_of(main.get("summary"))], complaint.about(main)),
            url=_page_of(sn, main.get("url")),
            author=text_of(author.get("title")),
            author_id=id_of(author.get("uid")),
            likes=main.get("upvote_amount"),
            comments=main.get("comment_amount"),
            reposts=main.get("share_amount"),
            published_at=main.get("timestamp"),
            extra=complaint.facts_of_row(main, title),
        )

    def detail(self, record: dict[str, Any]) -> Request:
        """Return the request for a complaint's own page."""
        return Request(
            self.at(record["url"]),
            callback=self.parse_detail,
            errback=self.detail_failed,
            cb_kwargs={"record": record},
            meta={"may_be_gone": True},
            headers=self.cookie(),
            dont_filter=True,
        )

    def parse_detail(self, response: Response, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the complaint with what its own page tells; one deleted meanwhile as the list had.

        A page that is none of both blocks the run, behind the complaint: the next run must not
        stumble over the same page again.
        """
        text = body_text(response)
        page = Selector(text=text, type="html")
        question = page.css(".ts-d-question")
        if question:
            yield complaint.with_page(record, question, page)
            return
        yield complaint.without_page(record)
        if _GONE not in text:
            self.block(BlockReason.SHAPE, "详情页没有 .ts-d-question")

    def detail_failed(self, failure: Failure) -> Iterator[dict[str, Any]]:
        """Yield the complaint as the list had it; then the run ends unless the page is gone."""
        request: Request | None = getattr(failure, "request", None)
        record = request.cb_kwargs.get("record") if request is not None else None
        if record is not None:
            yield complaint.without_page(record)
        self.failed(failure)


def _page_of(sn: str, link: Any) -> str:
    """Return the address of a complaint's page: the row's own, whose `sld` opens it."""
    plain = f"{SITE}/complaint/view/{sn}/"
    try:
        parts = urlsplit(text_of(link))
    except ValueError:
        return plain
    match = _VIEW.fullmatch(parts.path)
    sld = re.fullmatch(r"sld=(\w{1,64})", parts.query)
    own = parts.netloc in ("", urlsplit(SITE).netloc)
    return f"{plain}?{sld[0]}" if own and match and match[1] == sn and sld else plain
