"""One run of one spider, in a process of its own.

The job comes as JSON on standard input and the result goes as JSON to standard output, so neither
parameters nor results show in the list of processes. SIGTERM saves what was collected and ends.
"""

import ctypes
import gc
import json
import logging
import os
import signal
import sys
from datetime import datetime
from importlib import import_module
from typing import Any

PR_SET_PDEATHSIG = 1
_YOUNG = 10_000  # new objects between two collections; a page makes thousands


def main() -> None:
    """Read the job, run it, print what came of it. The exit status is 0 when it says anything."""
    job = json.load(sys.stdin)
    # Scrapy and the sites' libraries may print; the result must stand alone.
    out, sys.stdout = sys.stdout, sys.stderr
    _die_with(int(job["parent"]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "crawlers.child_settings"

    import django

    django.setup()
    result = _run(job)
    json.dump(result, out, ensure_ascii=False)
    out.flush()


def _die_with(parent: int) -> None:
    """End when the parent does, also when it is killed. Only Linux can promise that."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")


def _run(job: dict[str, Any]) -> dict[str, Any]:
    from django.conf import settings as django_settings

    from config import clock
    from crawlers import settings_scrapy
    from crawlers.known_spiders import SPIDERS
    from crawlers.spiders.base import BadParams, Job

    task = Job(**_timed(job["source"]))
    info = SPIDERS.get(job["spider"])
    if info is None:
        return {"error": f"没有名为“{job['spider']}”的爬虫（有：{'、'.join(sorted(SPIDERS))}）"}
    module, _, name = info.path.partition(":")
    spider_class = getattr(import_module(module), name)
    try:
        chosen = settings_scrapy.build(
            task.params, user_agent=django_settings.CRAWLER_USER_AGENT, access=info.access
        )
        spider_class(job=task, clock=clock.now)
    except (BadParams, ValueError) as exc:
        return {"error": str(exc)}
    return _crawl(spider_class, task, chosen | settings_scrapy.DRY_RUN if task.dry_run else chosen)


def _crawl(spider_class: Any, task: Any, chosen: dict[str, Any]) -> dict[str, Any]:
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from config import clock
    from crawlers.addresses import PublicResolver, own_endpoints

    PublicResolver.own_hosts = frozenset(host for host, _ in own_endpoints(task.params))
    # Both log what is reported as the run's result.
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
    process = AsyncCrawlerProcess(Settings(chosen))
    # A line for every page and item is made only to be thrown away by the handler.
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    crawler = process.create_crawler(spider_class)
    errors: list[str] = []

    def note(failure: Any, **kwargs: Any) -> None:
        errors.append(f"{failure.type.__name__} {failure.value}"[:200])

    crawler.signals.connect(note, signal=signals.spider_error, weak=False)
    # What is loaded by now stays to the end: the collector need not look at it again and again.
    gc.freeze()
    gc.set_threshold(_YOUNG)
    process.crawl(crawler, job=task, clock=clock.now)
    process.start()
    return _result(crawler, errors)


def _timed(source: dict[str, Any]) -> dict[str, Any]:
    since = source.get("since")
    return source | {
        "since": datetime.fromisoformat(since) if since else None,
        "secrets": tuple(source.get("secrets", ())),
    }


def _result(crawler: Any, errors: list[str]) -> dict[str, Any]:
    stats = crawler.stats.get_stats()
    spider = crawler.spider
    block = getattr(spider, "blocked", None)
    tally = stats.get("fenghuo/tally")
    return {
        "reason": stats.get("finish_reason", ""),
        "rows": getattr(spider, "rows_seen", 0),
        "requests": stats.get("downloader/request_count", 0),
        "pages": stats.get("downloader/response_count", 0),
        "bytes": stats.get("downloader/response_bytes", 0),
        "gap": getattr(spider, "gap", ""),
        "nothing_new": getattr(spider, "nothing_new", False),
        **(tally.told() if tally else {}),
        "block": {"reason": block.reason, "detail": block.detail, "retry_after": block.retry_after}
        if block
        else None,
        "save_failed": stats.get("fenghuo/save_failed", ""),
        "exceptions": list(dict.fromkeys(errors))[:3],
        "shown": [_shown(item) for item in stats.get("fenghuo/shown", [])],
    }


def _shown(item: Any) -> dict[str, str]:
    """Return an item of a dry run as a row: heading to text."""
    from config.clock import SHANGHAI
    from crawlers import authors
    from crawlers.drafts import PostDraft, Refused
    from crawlers.models import Post

    if isinstance(item, PostDraft):
        local = item.published_at.astimezone(SHANGHAI)
        return {
            "类型": str(Post.Kind(item.kind).label),
            "编号": item.native_id,
            "时间": f"{local:%m-%d %H:%M}{'（估）' if item.published_estimated else ''}",
            "作者": authors.masked(item.author),
            "评分": str(item.rating or ""),
            "正文": item.text[:200],
        }
    if isinstance(item, Refused):
        return {"类型": "拒收", "正文": item.reason}
    cells: dict[str, str] = item.cells()
    return cells


if __name__ == "__main__":
    main()
