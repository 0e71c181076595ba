"""From a spider's records to rows: clean each, then save batches with their checkpoint.

What passes here is all that a page gave (`middlewares.Gathered`), not one record at a time.

A batch is stored by `saving.save_batch`, which also drops duplicates, in one transaction. While a
run goes on, its batches store the old checkpoint marked as unfinished; only a run that finished
well stores the new one. So a run that breaks off is walked again to its end.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from asgiref.sync import sync_to_async
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawlers.credentials import hidden, hidden_within
from crawlers.drafts import PostDraft, Refused, Rejected, clean
from crawlers.models import BlockReason, CrawlRun, Source
from crawlers.observing import Observation
from crawlers.run_stats import Tally
from crawlers.saving import Saved, save_batch
from crawlers.spiders.base import UNFINISHED, PostSpider

logger = logging.getLogger(__name__)
Raw = Mapping[str, Any] | Refused | Observation
Cleaned = PostDraft | Refused | Observation
AT_LIMIT = "limit"
BATCH = 400
LINGER_S = 2.0


def spider_of(crawler: Crawler) -> PostSpider:
    """Return the crawler's spider as what every spider here is."""
    if not isinstance(crawler.spider, PostSpider):
        raise TypeError(f"{crawler.spider!r} is no PostSpider")
    return crawler.spider


class CleanPipeline:
    """Validates and cleans records; one that cannot be a post goes on as refused."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Sequence[Raw]) -> list[Cleaned]:
        """Relative times are read as of now: that is when the page was fetched."""
        spider = spider_of(self.crawler)
        now, since = spider.clock(), spider.job.since
        cleaned = [_cleaned(raw, now) for raw in item]
        if since is None:
            return cleaned
        return [
            each
            for each in cleaned
            if not isinstance(each, PostDraft) or each.published_at >= since
        ]


def _cleaned(raw: Raw, now: datetime) -> Cleaned:
    if isinstance(raw, Refused | Observation):
        return raw
    try:
        return clean(raw, now=now)
    except Rejected as exc:
        return Refused(dict(raw), exc.reason)


def _is_bookkeeping(item: Cleaned) -> bool:
    return isinstance(item, Observation) and item.bookkeeping


class LimitPipeline:
    """Ends the run when it has as many items as were asked for."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.kept = 0
        self._ending: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: list[Cleaned]) -> list[Cleaned]:
        """Lets the first `limit` items pass."""
        limit = spider_of(self.crawler).job.limit
        return item if limit is None else [each for each in item if self._passes(each, limit)]

    def _passes(self, item: Cleaned, limit: int) -> bool:
        if _is_bookkeeping(item):
            return True
        if self.kept >= limit:
            return False
        self.kept += 1
        if self.kept == limit and self.crawler.engine is not None:
            ending = self.crawler.engine.close_spider_async(reason=AT_LIMIT)
            self._ending = asyncio.ensure_future(ending)
        return True


class ShowPipeline:
    """Keeps the first items of a dry run, to be shown; stores nothing."""

    MOST = 100

    def __init__(self, crawler: Crawler) -> None:
        self.shown: list[Cleaned] = []
        if crawler.stats is not None:
            crawler.stats.set_value("fenghuo/shown", self.shown)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: list[Cleaned]) -> list[Cleaned]:
        """Keeps them."""
        room = self.MOST - len(self.shown)
        self.shown += [each for each in item if not _is_bookkeeping(each)][:room]
        return item


class SavePipeline:
    """Saves by number, by time and at close. A save that fails ends the run, and fails it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.failure = ""
        self._pending: list[Cleaned] = []
        self._lock = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._tally = Tally()
        if crawler.stats is not None:
            crawler.stats.set_value("fenghuo/tally", self._tally)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        pipeline = cls(crawler)
        crawler.signals.connect(pipeline.spider_closed, signal=signals.spider_closed)
        return pipeline

    async def process_item(self, item: list[Cleaned]) -> list[Cleaned]:
        """Keeps the items until their batch is full or has waited long enough."""
        if self.failure:
            raise DropItem("an earlier batch could not be saved")
        self._pending += item
        if len(self._pending) >= BATCH:
            await self._flush()
        elif self._pending and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_S, self._flush_soon)
        return item

    async def spider_closed(self, spider: PostSpider, reason: str) -> None:
        """Saves what waits; with the new checkpoint when the run finished well."""
        self._stop_timer()
        well = reason == "finished" and spider.blocked is None and not self._went_wrong()
        floor = self.crawler.settings.getint("MIN_ITEMS")
        if well and not spider.nothing_new and spider.rows_seen < floor:
            detail = f"只看到 {spider.rows_seen} 条，至少应有 {floor} 条"
            spider.note_block(BlockReason.SHAPE, detail)
            well = False
        await self._flush(spider.checkpoint if well else None, last=well)

    def _went_wrong(self) -> bool:
        stats = self.crawler.stats
        return bool(stats is not None and stats.get_value("spider_exceptions/count"))

    def _flush_soon(self) -> None:
        self._timer = None
        self._task = asyncio.ensure_future(self._flush())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _flush(self, checkpoint: dict[str, Any] | None = None, *, last: bool = False) -> None:
        async with self._lock:
            self._stop_timer()
            batch, self._pending = self._pending, []
            if self.failure or not (batch or last):
                return
            spider = spider_of(self.crawler)
            if checkpoint is None:
                checkpoint = {**spider.job.checkpoint, UNFINISHED: True}
            try:
                saved = await sync_to_async(self._save)(spider, batch, checkpoint)
                self._count(batch, saved)
            except Exception as exc:  # whatever it was: nothing after it may be saved
                logger.exception("%s: a batch of %d was not saved", spider.job.slug, len(batch))
                self.failure = f"{type(exc).__name__}：{exc}"[:300]
                if self.crawler.stats is not None:
                    self.crawler.stats.set_value("fenghuo/save_failed", self.failure)
                if self.crawler.engine is not None and not last:
                    self._task = asyncio.ensure_future(
                        self.crawler.engine.close_spider_async(reason="save_failed")
                    )

    def _count(self, batch: list[Cleaned], saved: Saved) -> None:
        refused = {index for index, _ in saved.rejected}
        for index, item in enumerate(batch):
            if isinstance(item, PostDraft) and index not in refused:
                self._tally.see(item)
        for _, reason in saved.rejected:
            self._tally.refuse(reason)

    @staticmethod
    def _save(spider: PostSpider, batch: list[Cleaned], checkpoint: dict[str, Any]) -> Saved:
        job = spider.job
        source = Source.objects.select_related("subject").filter(pk=job.source_id).first()
        if source is not None and job.lease:
            source.lease_token = job.lease
        run = CrawlRun.objects.filter(pk=job.run_id).first()
        safe = [_without_secrets(item, job.secrets) for item in batch]
        return save_batch(safe, now=spider.clock(), source=source, run=run, checkpoint=checkpoint)


def _without_secrets(item: Cleaned, secrets: Sequence[str]) -> Cleaned:
    """Return the item; a bad record, which is kept as it came, without what the site sent back."""
    if not secrets or not isinstance(item, Refused):
        return item
    return Refused(hidden_within(dict(item.record), secrets), hidden(item.reason, secrets))
