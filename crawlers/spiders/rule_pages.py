"""Pages of platforms' rules, watched for changes."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, ClassVar, Self

from parsel import Selector
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from scrapy import Request
from scrapy.http import Response

from crawlers import rule_facts
from crawlers.cleaning import clean_line
from crawlers.drafts import Refused
from crawlers.links import document
from crawlers.models import BlockReason
from crawlers.page_text import lines_of, page_text
from crawlers.readings import APattern, AReading, ASpot, as_list, without
from crawlers.rule_watch import PageSeen
from crawlers.spiders.named_pages import Named, NamedPage, NamedPagesSpider

LEAST_TEXT = 200
MOST_LINKS = 50
_BODIES = ("article", "main", "body")


class RulePage(NamedPage):
    """One rule's page."""

    title: str = Field("", max_length=300)


class RulePages(BaseModel):
    """The spider's parameters."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, frozen=True)

    pages: Annotated[list[RulePage], Named] = []
    listing: Annotated[str, Field(pattern=r"^https?://[^/\s]\S*$")] | None = Field(
        None, alias="list"
    )
    link: AReading | None = None
    max_links: int = Field(MOST_LINKS, ge=1, le=500)
    title: AReading | None = None
    text: ASpot | None = None
    date: AReading | None = None
    ignore: Annotated[list[APattern], BeforeValidator(as_list)] = []
    shell: str = ""
    least_text: int = Field(LEAST_TEXT, ge=1)

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not self.pages and self.listing is None:
            raise ValueError("pages：要写 pages（一页一页列出）或 list（列表页的地址）")
        if (self.listing is None) != (self.link is None):
            raise ValueError("link：list（列表页）和 link（其中的链接）要一起写")
        return self


class RulePagesSpider(NamedPagesSpider):
    """Parameters: `pages` (`url`, `title`), or a `list` and the `link`s on it (`max_links`, 50);
    where `title`, `text` and `date` stand; `ignore`, patterns that are no part of the text;
    `shell`, what a page's empty frame says; `least_text` (200): a shorter text is a failed fetch.
    """

    name = "rule_pages"
    kind = "article"
    required_params: ClassVar[tuple[str, ...]] = ()
    model = RulePages

    async def start(self) -> AsyncIterator[Request]:
        """Visit the list, and the pages that are named."""
        if self.wanted.listing is not None:
            yield Request(
                self.at(self.wanted.listing),
                headers=self.cookie(),
                callback=self.parse,
                dont_filter=True,
            )
        for page in self.wanted.pages:
            yield self.visit(page.url, self.parse_page, address=page.url, title=page.title)

    def parse(self, response: Response) -> Iterator[Any]:
        """Yield the requests for the pages that a list links to."""
        page = Selector(self.html(response).text, type="html")
        links: dict[str, None] = {}
        for spot in self.wanted.link.spots if self.wanted.link else []:
            for href in spot.words(page):
                links.setdefault(document(self._asked(response), href.strip()))
        links.pop("", None)
        if not links:
            self.block(BlockReason.SHAPE, "列表页上没有符合 link 的链接")
        own = {page.url for page in self.wanted.pages}
        for address in [link for link in links if link not in own][: self.wanted.max_links]:
            if not self.is_own(address):
                yield Refused({"url": address[:500]}, "链接在别的网站，没有跟去")
                continue
            yield self.visit(address, self.parse_page, address=address, title="")

    def _asked(self, response: Response) -> str:
        return self.wanted.listing if self.params.get("replay") else response.url

    def parse_page(self, response: Response, address: str, title: str) -> Iterator[Any]:
        """Yield the page as it stands; one that shows only its frame is refused and said so."""
        tree = Selector(self.html(response).text, type="html")
        yield from self.each([tree], lambda tree: self._seen(tree, address, title))

    def _seen(self, tree: Selector, address: str, title: str) -> Iterator[Any]:
        text = self._text(tree)
        trouble = self._failed(text)
        if trouble:
            # The other pages may well be there; the run fails all the same.
            self.note_block(BlockReason.SHAPE, f"{trouble}：{address[:200]}")
            yield Refused({"url": address, "text": text[:500]}, trouble)
            return
        self.rows_seen += 1
        reading = self.wanted.date
        yield PageSeen(
            platform=self.job.platform,
            native_id=rule_facts.identity(address),
            url=address,
            title=title or self._title(tree),
            text=text,
            seen_at=self.clock(),
            published_on=rule_facts.day_in(reading.line(tree), self.clock()) if reading else None,
        )

    def _text(self, tree: Selector) -> str:
        """Return the rule's lines, without what is to be ignored."""
        if self.wanted.text is not None:
            text = "\n".join(page_text(part) for part in self.wanted.text.nodes(tree))
        else:
            bodies = (page_text(part) for css in _BODIES for part in tree.css(css)[:1])
            text = next((body for body in bodies if len(body) >= self.wanted.least_text), "")
        for pattern in self.wanted.ignore:
            text = without(pattern, text)
        return lines_of(text)

    def _failed(self, text: str) -> str:
        """Return why a text is no rule's, "" when it may be one."""
        shell = lines_of(self.wanted.shell)
        beside = len(text.replace(shell, "").strip()) if shell else 0
        if shell and shell in text and beside < self.wanted.least_text:
            return "只拿到网页的空壳"
        if len(text) < self.wanted.least_text:
            return f"正文只有 {len(text)} 字，少于 {self.wanted.least_text} 字"
        return ""

    def _title(self, tree: Selector) -> str:
        if self.wanted.title is not None:
            return str(self.wanted.title.line(tree))
        found = (clean_line(tree.css(css).get(default=""), limit=300) for css in ("h1", "title"))
        return next(filter(None, found), "")
