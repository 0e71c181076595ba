"""Batches and checkpoints; the spider's thread of the database is the test's own."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from scrapy.exceptions import DropItem
from scrapy.settings import Settings

from crawlers import pipelines
from crawlers.drafts import PostDraft, Refused
from crawlers.models import BlockReason, CrawlRun, Post, Source
from crawlers.pipelines import BATCH, CleanPipeline, LimitPipeline, SavePipeline
from crawlers.spiders.base import Job
from crawlers.spiders.feed import FeedSpider
from tests.crawlers.samples import NOW, post_record

pytestmark = pytest.mark.django_db


class Stats(dict):
    def get_value(self, key):
        return self.get(key)

    def set_value(self, key, value):
        self[key] = value


class Engine:
    closed_for = ""

    async def close_spider_async(self, *, reason):
        self.closed_for = reason


@pytest.fixture
def crawler():
    source = Source.objects.create(
        slug="s", name="s", spider="feed", platform="jd", checkpoint={"old": 1}
    )
    run = CrawlRun.objects.create(source=source, started_at=NOW)
    job = Job("s", "jd", {"url": "http://www.example/"}, {"old": 1}, source.pk, run.pk)
    spider = FeedSpider(job=job, clock=lambda: NOW)
    spider.checkpoint = {"new": 2}
    spider.rows_seen = 5
    settings = Settings({"MIN_ITEMS": 1})
    return SimpleNamespace(spider=spider, settings=settings, stats=Stats(), engine=Engine())


def feed(crawler, records, reason="finished"):
    """Send the records through both pipelines, a page of 30 at a time, and close the spider."""

    async def go():
        cleaning, saving = CleanPipeline(crawler), SavePipeline(crawler)
        for first in range(0, len(records), 30):
            await saving.process_item(cleaning.process_item(records[first : first + 30]))
        await saving.spider_closed(crawler.spider, reason)
        await asyncio.sleep(0)

    async_to_sync(go)()
    return Source.objects.get().checkpoint


def numbered(count):
    return [post_record(native_id=str(number)) for number in range(count)]


def test_a_good_run_saves_everything_and_its_checkpoint(crawler):
    checkpoint = feed(crawler, [*numbered(250), post_record(kind="x"), Refused({}, "坏行")])
    assert checkpoint == {"new": 2}
    assert Post.objects.count() == 250
    run = CrawlRun.objects.get()
    assert (run.accepted, run.rejected) == (250, 2)


@pytest.mark.parametrize("reason", ["shutdown", "blocked", "closespider_timeout"])
def test_a_run_that_breaks_off_keeps_its_posts_and_is_marked_unfinished(crawler, reason):
    assert feed(crawler, numbered(3), reason) == {"old": 1, "unfinished": True}
    assert Post.objects.count() == 3


def test_a_run_with_a_spider_error_is_unfinished(crawler):
    crawler.stats["spider_exceptions/count"] = 1
    assert feed(crawler, numbered(3)) == {"old": 1, "unfinished": True}


def test_a_run_that_was_refused_at_once_changes_nothing(crawler):
    assert feed(crawler, [], "blocked") == {"old": 1}


def test_too_few_rows_mean_that_the_page_changed(crawler):
    crawler.spider.rows_seen = 0
    assert feed(crawler, []) == {"old": 1}
    assert crawler.spider.blocked.reason is BlockReason.SHAPE


def test_no_rows_are_fine_where_the_site_says_so(crawler):
    crawler.spider.rows_seen = 0
    crawler.spider.nothing_new = True
    assert feed(crawler, []) == {"new": 2}
    assert crawler.spider.blocked is None


def test_a_failed_save_fails_the_run_and_nothing_later_is_saved(crawler):
    saved, real = [], pipelines.save_batch

    def fail_second(*args, **kwargs):
        saved.append(kwargs["checkpoint"])
        if len(saved) == 2:
            raise RuntimeError("disk full")
        return real(*args, **kwargs)

    with (
        patch.object(pipelines, "save_batch", fail_second),
        pytest.raises(DropItem),
    ):
        feed(crawler, numbered(3 * BATCH))
    assert BATCH <= Post.objects.count() < 2 * BATCH
    assert Source.objects.get().checkpoint == {"old": 1, "unfinished": True}
    assert "disk full" in crawler.stats["fenghuo/save_failed"]


def test_a_batch_that_waits_is_saved_by_time(crawler):
    async def go():
        saving = SavePipeline(crawler)
        await saving.process_item(CleanPipeline(crawler).process_item(numbered(2)))
        assert saving._timer is not None
        saving._timer.cancel()
        saving._flush_soon()
        await saving._task

    async_to_sync(go)()
    assert Post.objects.count() == 2


def test_a_limit_lets_so_many_items_pass_and_ends_the_run(crawler):
    crawler.spider.job = replace(crawler.spider.job, limit=3)

    async def go():
        limit = LimitPipeline(crawler)
        passed = [limit.process_item(numbered(2)) for _ in range(3)]
        await limit._ending
        return passed

    assert [len(items) for items in async_to_sync(go)()] == [2, 1, 0]
    assert crawler.engine.closed_for == "limit"


def test_posts_from_before_what_was_asked_for_are_left_out(crawler):
    crawler.spider.job = replace(crawler.spider.job, since=NOW - timedelta(hours=1))
    late, early = post_record(published_at=NOW), post_record(published_at=NOW - timedelta(hours=2))
    cleaned = CleanPipeline(crawler).process_item([late, early, post_record(kind="x")])
    assert [type(item) for item in cleaned] == [PostDraft, Refused]
