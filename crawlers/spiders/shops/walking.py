"""What all spiders of official shop APIs do alike: keys, signed calls, windows to their end."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, quote_plus, urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.addresses import endpoint
from crawlers.credentials import hidden
from crawlers.drafts import Refused
from crawlers.gateways.faults import Fault
from crawlers.models import BlockReason
from crawlers.observing import Observation
from crawlers.spiders.base import BadParams, PostSpider
from crawlers.spiders.shops.fields import without_private
from crawlers.spiders.shops.windows import Page, Walk, Window

DAYS = 30
SECRETS = ("app_secret", "sign_secret", "session", "access_token")
TIME = timedelta(minutes=8)
"""After so long no new window is begun: a run has to end well to keep how far it came."""


@dataclass(frozen=True, slots=True)
class Later:
    """A call that a row wants for its details; signed when its turn comes."""

    make: Callable[[], Request]

    def __call__(self) -> Request:
        return self.make()


class WalkingSpider(PostSpider):
    """Reads each walk from where the last run ended (first: `days` back, 30) to now.

    A run that has not the time for all ends well where it stands; the next goes on from there.
    Parameters: the platform's keys, `days`, `gateway` (another address of the platform, as that
    of its sandbox).
    """

    kind = "review"
    required_params = ("app_key", "app_secret", "access_token")
    gateway_url: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gateway = str(self.params.get("gateway") or self.gateway_url).rstrip("/")
        try:
            endpoint(self.gateway)
        except ValueError:
            raise BadParams(f"信源 {self.job.slug} 的参数 gateway 不是网址") from None
        self.walks = {walk.key: walk for walk in self.plan()}
        self.days = self.number_param(
            "days", DAYS, most=min(w.reach for w in self.walks.values()).days
        )
        self._until: datetime | None = None
        self._later: deque[Later] = deque()
        self._then: Callable[[], Iterator[Any]] | None = None

    def plan(self) -> list[Walk]:
        """Return what is to be walked, in this order."""
        raise NotImplementedError

    def fault(self, answer: Mapping[str, Any]) -> Fault | None:
        """Return why the platform refused, None when it answered: the gateway's own function."""
        raise NotImplementedError

    async def start(self) -> AsyncIterator[Any]:
        """Plan the windows and ask for the first."""
        now = self.clock()
        self._until = now + TIME
        for walk in self.walks.values():
            walk.lay(self._from(walk, now), now)
        for output in self._next_window(next(iter(self.walks))):
            yield output

    def parse(
        self,
        response: Response,
        walk: str,
        window: Window,
        page: Any,
        rest: list[Any] | None = None,
        read: int = 1,
    ) -> Iterator[Any]:
        """Yield a page's rows, and ask for what comes after it. `read` pages are read with it."""
        way = self.walks[walk]
        found = way.page(self.answer(response), page)
        if rest is None and self._overfull(way, found, read):
            if window.halves():
                yield from self._halve(way, window)
                return
            yield self._too_full(way, window)
            found = Page(found.rows, found.total)  # what there is, and no further
        if rest is None and found.total is not None:
            rest = way.rest(found.total)
        if not found.rows:
            self.nothing_new = True  # a well-formed answer without rows: the platform's own word
        yield from self.found(found.rows, way.row)
        self._then = lambda: self._after(way, window, page, found, rest, read)
        yield from self.go_on()

    def found(self, rows: list[Any], build: Callable[[Any], Iterable[Any]]) -> Iterator[Any]:
        """Yield what rows make; keep calls for details till later.

        A refused row is kept without what tells of buyers and orders.
        """
        for output in self.each(rows, build):
            if isinstance(output, Later):
                self._later.append(output)
                continue
            if isinstance(output, Refused):
                yield Refused(without_private(output.record), output.reason)
                continue
            if isinstance(output, Observation):
                self.rows_seen += 1
            yield output

    def go_on(self) -> Iterator[Any]:
        """Ask for the next of the details that rows want, then for what follows their page.

        One call after the other: a signature holds for some minutes only.
        """
        if self._later:
            yield self._later.popleft()()
        elif self._then is not None:
            then, self._then = self._then, None
            yield from then()

    def answer(self, response: Response) -> dict[str, Any]:
        """Return the platform's answer; an error, or anything that is none, blocks the run."""
        return self.checked(self.json(response))

    def checked(self, answer: Any) -> dict[str, Any]:
        """Return an answer that is one; anything else blocks the run."""
        if not isinstance(answer, dict):
            self.block(BlockReason.SHAPE, "返回的不是一个对象")
        fault = self.fault(answer)
        if fault is not None:
            self.block(fault.reason, fault.detail, retry_after=fault.retry_after)
        return answer

    def rows(self, value: Any, name: str) -> list[Any]:
        """Return a list that has to be one; null and absent are an empty one."""
        if value is None:
            return []
        if not isinstance(value, list):
            self.block(BlockReason.SHAPE, f"{name} 不是列表")
        return value

    def total(self, value: Any) -> int:
        """Return how many rows the platform says there are."""
        if isinstance(value, str) and value.strip().isdecimal() and len(value) < 12:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.block(BlockReason.SHAPE, "没有说一共多少条")
        return value

    def note_block(
        self, reason: BlockReason, detail: str = "", *, retry_after: int | None = None
    ) -> None:
        """Note it without the keys, also where they stand encoded in the address of a call."""
        keys = [self.key(name) for name in SECRETS]
        plain = hidden(detail, [*keys, *map(quote, keys), *map(quote_plus, keys)])
        super().note_block(reason, plain, retry_after=retry_after)

    def form(self, fields: Mapping[str, str], **headers: str) -> Request:
        """Return a call that sends a form. Calls are never redirected: they carry keys."""
        kind = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return self._post(self.gateway, urlencode(fields), kind | headers)

    def body(self, body: str, url: str = "") -> Request:
        """Return a call that sends JSON."""
        kind = {"Content-Type": "application/json;charset=utf-8"}
        return self._post(url or self.gateway, body, kind)

    def _post(self, url: str, body: str, headers: dict[str, str]) -> Request:
        return Request(
            self.at(url),
            method="POST",
            body=body,
            headers=headers,
            dont_filter=True,
            meta={"dont_redirect": True},
        )

    def key(self, name: str) -> str:
        """Return a key of the parameters as text: YAML reads some as numbers."""
        return str(self.params.get(name) or "")

    def choice(self, name: str, choices: Iterable[str], default: str) -> str:
        """Return a parameter that must be one of these."""
        chosen = str(self.params.get(name) or default)
        if chosen not in choices:
            raise BadParams(f"信源 {self.job.slug} 的参数 {name} 只能是 {'、'.join(choices)}")
        return chosen

    def number_param(self, name: str, default: int, *, least: int = 1, most: int) -> int:
        """Return a parameter that must be a whole number within these bounds."""
        value = self.params.get(name, default)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadParams(f"信源 {self.job.slug} 的参数 {name} 应是 {least} 到 {most} 的整数")
        return value

    def _from(self, walk: Walk, now: datetime) -> datetime:
        """Return where a walk begins; note in it how far the last run came."""
        try:
            until = datetime.fromisoformat(str(self.checkpoint.get(walk.key)))
            walk.ahead = min(until if until.tzinfo else until.replace(tzinfo=UTC), now)
        except ValueError:
            walk.ahead = None
        if self.job.since is not None:
            return min(self.job.since, now)
        if walk.ahead is None:
            first = now - timedelta(days=self.days)
            return first - (walk.overlap if walk.whole_days else timedelta(0))
        until = walk.ahead
        if until < now - walk.reach:
            self.gap = f"平台只给最近 {walk.reach.days} 天：{until:%Y-%m-%d} 之后有一段读不到了"
        return until - walk.overlap

    def _ask(
        self, walk: Walk, window: Window, page: Any, rest: list[Any] | None, read: int
    ) -> Request:
        request = walk.ask(window, page)
        cb_kwargs = {"walk": walk.key, "window": window, "page": page, "rest": rest, "read": read}
        return request.replace(callback=self.parse, cb_kwargs=cb_kwargs)

    def _overfull(self, walk: Walk, found: Page, read: int) -> bool:
        if found.total is not None:
            return found.total > walk.most_rows
        return found.following is not None and read * walk.page_size >= walk.most_rows

    def _after(
        self,
        walk: Walk,
        window: Window,
        page: Any,
        found: Page,
        rest: list[Any] | None,
        read: int,
    ) -> Iterator[Any]:
        if rest:
            yield self._ask(walk, window, rest[0], rest[1:], read + 1)
        elif rest is None and found.following is not None:
            if found.following == page:
                self.block(BlockReason.SHAPE, "翻页停在原处")
            yield self._ask(walk, window, found.following, None, read + 1)
        else:
            yield from self._done(walk, window)

    def _halve(self, walk: Walk, window: Window) -> Iterator[Any]:
        walk.windows.extendleft(reversed(window.halves() or ()))
        yield from self._next_window(walk.key)

    def _too_full(self, walk: Walk, window: Window) -> Refused:
        """One minute with more rows than the platform shows: what is missing is said."""
        self.rows_seen += 1
        self.gap = f"{window.start:%Y-%m-%d %H:%M} 起的一分钟里有超出平台上限的记录"
        span = {"from": window.start.isoformat(), "to": window.end.isoformat()}
        return Refused(span, f"这一分钟里超过 {walk.most_rows} 条，平台只给出前面的")

    def _done(self, walk: Walk, window: Window) -> Iterator[Any]:
        walk.reached = window.end
        if walk.ahead is None or walk.ahead < window.end:  # reading again never moves it back
            self.checkpoint[walk.key] = window.end.isoformat()
        yield from self._next_window(walk.key)

    def _next_window(self, key: str) -> Iterator[Any]:
        """Ask for the next window of this walk, or begin the next walk, while there is time."""
        walk = self.walks[key]
        late = self._until is not None and self.clock() >= self._until
        if walk.windows and not late:
            yield self._ask(walk, walk.windows.popleft(), walk.first_page, None, 1)
            return
        if walk.ended is not None and walk.began is not None and walk.reached is not None:
            yield from walk.ended(walk.began, walk.reached)
        if late:
            self._out_of_time(walk)
            return
        keys = list(self.walks)
        following = keys.index(key) + 1
        if following < len(keys):
            yield from self._next_window(keys[following])

    def _out_of_time(self, walk: Walk) -> None:
        """The next run goes on from here, unless this one did not even reach its beginning."""
        stuck = walk.ahead is not None and (walk.reached is None or walk.reached <= walk.ahead)
        if walk.windows and stuck:
            until = walk.windows[0].start
            self.gap = f"一次运行的时间不够，{until:%Y-%m-%d %H:%M} 之后的没有重读到"
