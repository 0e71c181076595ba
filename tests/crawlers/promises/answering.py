"""One broken answer on its way through the middlewares into a spider's callback, and its end."""

import time
from copy import deepcopy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import CloseSpider
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawlers.middlewares import LoginRedirect, Refusals
from crawlers.settings_scrapy import BASE
from crawlers.spiders.base import Job, PostSpider
from tests.crawlers.promises.breaking import Answer
from tests.crawlers.samples import NOW

SETTINGS = Settings(BASE)
FLOOR = SETTINGS.getint("MIN_ITEMS")
_BARE: Any = SimpleNamespace(
    settings=SETTINGS, stats=None, signals=SimpleNamespace(connect=lambda *args: None)
)
_UNPACKING = HttpCompressionMiddleware(crawler=_BARE)


@dataclass
class Ending:
    """What became of one answer."""

    how: str
    """`records`, `blocked`, `nothing new`, `goes on`, `floor`; anything else is a fault."""
    records: list[Any] = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0


async def answer_to(
    of: type[PostSpider], params: dict[str, Any], method: str, kwargs: Any, answer: Answer
) -> Ending:
    """Let the spider take the answer, as a run of its own would."""
    began = time.monotonic()
    spider = of(
        job=Job("s", "shop", deepcopy(params), {}),
        clock=lambda: NOW,
        lookup=lambda platform, kind, ids, before: set(),
    )
    records: list[Any] = []
    try:
        went_on = await _taken(spider, method, deepcopy(kwargs), answer, records)
    except CloseSpider:
        pass
    except Exception as exc:  # the very thing that must not be
        return Ending(f"raised {type(exc).__name__}: {str(exc)[:200]}", reason=_where(exc))
    else:
        reason = spider.blocked.reason if spider.blocked is not None else ""
        how = _how(spider, records, went_on)
        return Ending(how, records, reason, time.monotonic() - began)
    if spider.blocked is None:
        return Ending("closed without a reason")
    return Ending("blocked", records, spider.blocked.reason, time.monotonic() - began)


def _how(spider: PostSpider, records: list[Any], went_on: bool) -> str:
    if spider.blocked is not None:
        return "blocked"
    if records or spider.rows_seen:
        return "records"
    if spider.nothing_new:
        return "nothing new"
    if went_on:
        return "goes on"
    return "floor" if spider.rows_seen < FLOOR else "silence"


async def _taken(
    spider: PostSpider, method: str, kwargs: Any, answer: Answer, records: list[Any]
) -> bool:
    """Collect what the spider yields; return whether it asks for more."""
    crawler: Any = SimpleNamespace(spider=spider)
    host = next(iter(getattr(spider, "allowed_domains", [])), "www.example")
    request = Request(f"https://{host}/list", cb_kwargs=kwargs)
    sent = _sent(request, answer)
    try:
        response = _received(crawler, request, sent)
    except Exception as exc:
        spider.failed(_failure(exc, request))
        return False
    Refusals(crawler).process_spider_input(response)
    found = getattr(spider, method)(response, **kwargs)
    went_on = False
    async for output in _each(found):
        if isinstance(output, Request):
            went_on = True
        else:
            records.append(output)
    return went_on


def _sent(request: Request, answer: Answer) -> Response:
    headers = Headers({"Content-Type": answer.kind} | answer.headers)
    of = responsetypes.from_args(headers=headers, url=request.url, body=answer.body)
    return of(request.url, status=answer.status, headers=headers, body=answer.body, request=request)


def _received(crawler: Any, request: Request, response: Response) -> Response:
    unpacked = _UNPACKING.process_response(request, response)
    assert isinstance(unpacked, Response)
    unpacked.request = request
    return LoginRedirect(crawler).process_response(request, unpacked)


def _failure(exc: Exception, request: Request) -> Failure:
    failure = Failure(exc)
    failure.request = request
    return failure


async def _each(found: Any) -> Any:
    if found is None:
        return
    if hasattr(found, "__aiter__"):
        async for output in found:
            yield output
    else:
        for output in found:
            yield output


def _where(exc: BaseException) -> str:
    trace = exc.__traceback__
    lines = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/crawlers/" in code.co_filename:
            lines.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(lines[-3:])
