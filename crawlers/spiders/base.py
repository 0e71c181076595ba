"""What every spider of Fenghuo is: it turns pages into records, and stops where it should.

A spider knows its source (`params`, `checkpoint`), makes records with `post`, asks `known` which
of a page's ids are stored, and ends its run with `block` when a site refuses. Cleaning and saving
are the pipelines' work.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NoReturn
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawlers import addresses, blocks, saving
from crawlers.drafts import Refused
from crawlers.known_spiders import hosts_of
from crawlers.models import BlockReason
from crawlers.times import parse_time

UNFINISHED = "unfinished"
RECENT = 10_000
"""So many ids a run remembers having met; those before them are stored long since."""
Lookup = Callable[[str, str, Collection[str], datetime | None], set[str]]
"""(platform, kind, ids, moment or None) -> those stored, before the moment if there is one."""
_JSONP = re.compile(r"\s*(?:/\*.*?\*/\s*)?[\w$.]*\s*\(", re.DOTALL)


class BadParams(ValueError):
    """A source's parameters cannot be used; the message names the parameter."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one source, as the child process is told of it."""

    slug: str
    platform: str
    params: dict[str, Any]
    checkpoint: dict[str, Any] = field(default_factory=dict)
    source_id: int | None = None
    run_id: int | None = None
    limit: int | None = None
    """At most so many items of this run are kept."""
    since: datetime | None = None
    """Nothing published before is kept; the run walks back to it, also behind known posts."""
    dry_run: bool = False
    """Nothing is stored; the first items are shown."""
    lease: str = ""
    """The source's lease that the run has; once it is lost, nothing more is stored."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """The credentials within `params`: they are kept out of what is stored about bad records."""


@dataclass(slots=True)
class Block:
    """Why a run ended early."""

    reason: BlockReason
    detail: str
    retry_after: int | None = None


class PostSpider(Spider):
    """Base of all spiders. `clock` tells the moment of a fetch; `lookup` which ids are stored.

    Fewer rows than `custom_settings["MIN_ITEMS"]` (1) at the close mean that the page changed.
    """

    kind: ClassVar[str]
    required_params: ClassVar[tuple[str, ...]] = ("url",)
    same_host: ClassVar[bool] = True
    """Follow links only to the hosts that the parameters name."""

    def __init__(
        self,
        job: Job,
        *,
        clock: Callable[[], datetime],
        lookup: Lookup = saving.known_ids,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        missing = [name for name in self.required_params if not job.params.get(name)]
        if missing:
            raise BadParams(f"信源 {job.slug} 缺少参数：{'、'.join(missing)}")
        self.job = job
        self.params = job.params
        self.clock = clock
        self.checkpoint: dict[str, Any] = {
            key: value for key, value in job.checkpoint.items() if key != UNFINISHED
        }
        """What the next run starts from; stored only when this run finishes well."""
        self.resuming = bool(job.checkpoint.get(UNFINISHED))
        """The last run broke off: known ids say nothing about what lies behind them."""
        self.blocked: Block | None = None
        self.rows_seen = 0
        self.nothing_new = False
        """Set by a spider when the site itself said so, in its own way: no floor then."""
        self.gap = ""
        """Set by a spider that may have missed posts: from when to when, for the operator."""
        self.own_endpoints = addresses.own_endpoints(job.params)
        if self.same_host:
            hosts = {host for host, _ in self.own_endpoints} | hosts_of(str(self.name))
            self.allowed_domains = sorted(hosts)
        self._lookup = lookup
        self._began = clock()
        self._emitted: OrderedDict[tuple[str, str], None] = OrderedDict()

    def at(self, url: str) -> str:
        """Return where a site's address is asked for: at the site, or where `replay` stands in.

        A replay answers `https://m.weibo.cn/x` at `{replay}/m.weibo.cn/x`.
        """
        replay = self.params.get("replay")
        if not replay:
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{str(replay).rstrip('/')}/{parts.netloc}{parts.path}{query}"

    def cookie(self, url: str = "") -> dict[str, str]:
        """Return the header with the operator's cookie, for the spider's own hosts alone.

        A `url` that a page names may lie elsewhere: there nothing is sent.
        """
        cookie = str(self.params.get("cookie") or "")
        return {"Cookie": cookie} if cookie and (not url or self.is_own(url)) else {}

    def is_own(self, url: str) -> bool:
        """Tell whether an address lies on a host of the source's own."""
        try:
            host, _ = addresses.endpoint(url)
        except ValueError:
            return False
        own = {host for host, _ in self.own_endpoints} | hosts_of(str(self.name))
        return any(host == one or host.endswith(f".{one}") for one in own)

    def all_before_since(self, times: Iterable[Any]) -> bool:
        """Tell whether a page of these times lies wholly before what the run is to fetch."""
        since = self.job.since
        if since is None:
            return False
        seen = False
        for value in times:
            try:
                if parse_time(value, now=self.clock()) >= since:
                    return False
            except (ValueError, TypeError, AttributeError):
                continue
            seen = True
        return seen

    def post(self, *, native_id: Any, text: str | None, **fields: Any) -> dict[str, Any]:
        """Return a record of this source's platform and kind, unless `fields` say otherwise."""
        self.rows_seen += 1
        record = {
            "platform": self.job.platform,
            "kind": self.kind,
            "native_id": str(native_id if native_id is not None else ""),
            "text": text or "",
        } | fields
        self._emitted[record["kind"], record["native_id"]] = None
        if len(self._emitted) > RECENT:
            self._emitted.popitem(last=False)
        return record

    def each(
        self, rows: Iterable[Any], build: Callable[[Any], Iterable[dict[str, Any]]]
    ) -> Iterator[dict[str, Any] | Refused]:
        """Yield what `build` makes of each row; a row it cannot read is refused, the rest go on."""
        for row in rows:
            try:
                yield from build(row)
            except (KeyError, TypeError, ValueError, AttributeError, IndexError) as exc:
                self.rows_seen += 1
                record = row if isinstance(row, dict) else {"row": str(row)[:2000]}
                yield Refused(record, f"看不懂这一条：{type(exc).__name__} {exc}"[:300])

    async def known(self, ids: Collection[str], *, kind: str | None = None) -> set[str]:
        """Return those of a page's ids that are stored, or met in this run already.

        While `resuming`, and with `since`, stored ids do not count as known, so that the run goes
        on behind them.
        """
        wanted = kind or self.kind
        met = {native_id for native_id in ids if (wanted, native_id) in self._emitted}
        if self.resuming or self.job.since is not None:
            return met
        return met | await self.stored([one for one in ids if one not in met], kind=wanted)

    async def stored(
        self, ids: Collection[str], *, kind: str | None = None, before_run: bool = False
    ) -> set[str]:
        """Return those of the ids that are stored: their own pages need no second visit.

        With `before_run`, only those that were stored when the run began.
        """
        if not ids:
            return set()
        before = self._began if before_run else None
        find = sync_to_async(self._lookup)
        return await find(self.job.platform, kind or self.kind, ids, before)

    def json(self, response: Response) -> Any:
        """Return the response's JSON, out of JSONP where need be; anything else blocks the run."""
        text = body_text(response).lstrip("\ufeff").strip()
        if _JSONP.match(text):
            text = text[text.index("(") + 1 : text.rfind(")")]
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            reason, detail = blocks.instead_of_json(text)
            self.block(reason, detail)

    def html(self, response: Response) -> TextResponse:
        """Return the response as a page of text; anything else (a picture) blocks the run."""
        if not isinstance(response, TextResponse):
            self.block(BlockReason.SHAPE, "返回的不是网页")
        return response

    def refusal(self, response: Response) -> blocks.Found | None:
        """Return why a response is no answer, before any callback sees it; None when it is one."""
        return blocks.in_response(response)

    def need(self, data: Any, *path: str | int) -> Any:
        """Return what lies at the path; when it is not there the page has changed: a block."""
        here = data
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                self.block(BlockReason.SHAPE, f"没有预期的 {'.'.join(map(str, path))}")
        return here

    def block(
        self, reason: BlockReason, detail: str = "", *, retry_after: int | None = None
    ) -> NoReturn:
        """End the run: the site does not answer as it should. What was yielded is still saved."""
        self.note_block(reason, detail, retry_after=retry_after)
        raise CloseSpider("blocked")

    def note_block(
        self, reason: BlockReason, detail: str = "", *, retry_after: int | None = None
    ) -> None:
        """Note why the run has to end, where raising CloseSpider would not end it: middlewares."""
        if self.blocked is None:
            self.blocked = Block(reason, detail[:300], retry_after)

    def failed(self, failure: Failure) -> None:
        """Take a request that got no response: an errback. Ends the run unless it may be gone."""
        if self.blocked is not None:
            raise CloseSpider("blocked")
        error = failure.value
        request: Request | None = getattr(failure, "request", None)
        if isinstance(error, IgnoreRequest):
            self._ignored(str(error), request)
            return
        detail = f"{type(error).__name__}：{error}"
        self.block(BlockReason.UNREACHABLE, detail)

    def _ignored(self, why: str, request: Request | None) -> None:
        if "robots.txt" in why:
            self.block(BlockReason.ROBOTS, "robots.txt 不允许访问这个地址")
        if request is not None and request.meta.get("redirect_urls"):
            self.block(BlockReason.FORBIDDEN, "被重定向到别的网站")
        if "DOWNLOAD_MAXSIZE" in why:  # a compressed page that unpacks to more than a page can be
            self.block(BlockReason.SHAPE, "页面解压后太大，没有读")
        self.logger.info("left out a page: %s", why)


def body_text(response: Response) -> str:
    """Return a body as text: UTF-8 when it is that, else GB18030, whatever it calls itself."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return response.body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return response.text if isinstance(response, TextResponse) else ""
