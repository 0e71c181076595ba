"""One run of a source: a child process, its outcome, and when the source runs next."""

import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from crawlers import credentials
from crawlers.leases import LEASE, claim, claim_due, renew
from crawlers.models import BlockReason, CrawlRun, Outcome, Source
from crawlers.params import resolved, with_credentials
from crawlers.run_stats import Figures, remembered
from crawlers.signals import posts_saved

__all__ = ["AlreadyRunning", "Wish", "claim", "claim_due", "run_source", "try_source"]

logger = logging.getLogger(__name__)
TIME_LIMIT = timedelta(minutes=15)
GRACE_S = 10.0
JITTER = 0.1
"""Of an interval, at most so much is added or taken away: no two sources keep step."""
BACKOFF = [timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12)]
_TICK_S = 1.0
_LOG_LINES = 50
_RENEW_EVERY_S = LEASE.total_seconds() / 4

Progress = Callable[[CrawlRun], None]


class AlreadyRunning(Exception):
    """Another process is running this source."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one run is asked for beside its source: see `crawlers.spiders.base.Job`."""

    limit: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """A dry run: what it found, as rows of heading to text, and what went wrong ("" when well)."""

    found: list[dict[str, str]]
    trouble: str


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a run ended."""

    outcome: Outcome
    detail: str = ""
    block: BlockReason | None = None
    retry_after: timedelta | None = None
    figures: Figures = field(default_factory=Figures)

    @property
    def why(self) -> str:
        """What went wrong, in words; for a block without its reason."""
        return self.detail or ("" if self.block else self.outcome.label)


def run_source(
    source: Source,
    *,
    now: datetime,
    progress: Progress | None = None,
    time_limit: timedelta = TIME_LIMIT,
    wish: Wish = Wish(),
) -> CrawlRun:
    """Run a source's spider in a child process, record how it went, and set the next run.

    A source that this caller has claimed runs at once, any other is claimed first; raises
    AlreadyRunning when another has it. Never raises for what a site or a spider does.
    """
    if not source.lease_token and not claim(source, now):
        raise AlreadyRunning(source.slug)
    # Only what stands there under our lease is what the last run left.
    source.refresh_from_db(fields=["checkpoint"])
    began = time.monotonic()
    lost = CrawlRun.objects.filter(source=source, finished_at=None)
    lost.update(outcome=Outcome.LOST, finished_at=now, detail="进程中断，没有写下结果")
    run = CrawlRun.objects.create(source=source, name=source.name, started_at=now)
    ending = _Ending(Outcome.STOPPED, "被中断")
    watch = _Watch(source, run, now, began, progress, wish)
    try:
        ending = _run_child(source, run, time_limit, watch)
    finally:
        ended = now + timedelta(seconds=time.monotonic() - began)
        _finish(source, run, ending, ended, judged=wish == Wish())
    run.refresh_from_db()
    watch.announce()
    return run


@dataclass(slots=True)
class _Watch:
    """What the parent does while the child runs."""

    source: Source
    run: CrawlRun
    now: datetime
    began: float
    progress: Progress | None
    wish: Wish
    announced: int = 0
    renewed: float = 0.0

    def tick(self) -> bool:
        """Pass on what the child has saved and hold on to the lease; False when it was lost."""
        self.run.refresh_from_db()
        self.announce()
        if self.progress is not None:
            self.progress(self.run)
        elapsed = time.monotonic() - self.began
        if elapsed - self.renewed < _RENEW_EVERY_S:
            return True
        self.renewed = elapsed
        return renew(self.source, self.now + timedelta(seconds=elapsed))

    def announce(self) -> None:
        """Send `posts_saved` for the child, where nobody listens."""
        if self.run.accepted > self.announced:
            posts_saved.send(sender=None, count=self.run.accepted - self.announced)
            self.announced = self.run.accepted


def try_source(source: Source, *, wish: Wish, time_limit: timedelta = TIME_LIMIT) -> Tried:
    """Run a source's spider and store nothing; return what it found, and how it ended."""
    try:
        job = _job(source, None, wish)
        secrets = _secrets(source)
    except credentials.MissingCredential as exc:
        return Tried([], str(exc))
    with _child() as child:
        try:
            out, err = child.communicate(job, timeout=time_limit.total_seconds())
        except subprocess.TimeoutExpired:
            out, err = _stop(child)
    for line in err.splitlines()[-_LOG_LINES:]:
        logger.info("%s: %s", source.slug, credentials.hidden(line, secrets))
    out = credentials.hidden(out, secrets)
    ending = _ending(out, child.returncode)
    reason = ending.block.label if ending.block else ""
    why = "，".join(filter(None, [reason, ending.detail]))
    if ending.outcome is not Outcome.OK:
        why = why or ending.outcome.label
    return Tried(json.loads(out).get("shown", []) if out.strip() else [], why)


def _run_child(source: Source, run: CrawlRun, time_limit: timedelta, watch: _Watch) -> _Ending:
    try:
        job = _job(source, run, watch.wish)
        secrets = _secrets(source)
    except credentials.MissingCredential as exc:
        return _Ending(Outcome.FAILED, str(exc))
    child = _child()
    try:
        out, err, ended_by = _attend(child, job, time_limit, watch)
    finally:
        if child.poll() is None:  # this process is being stopped itself
            _stop(child)
    for line in err.splitlines()[-_LOG_LINES:]:
        logger.info("%s: %s", source.slug, credentials.hidden(line, secrets))
    return ended_by or _ending(credentials.hidden(out, secrets), child.returncode)


def _child() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "crawlers.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        start_new_session=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def _attend(
    child: "subprocess.Popen[str]", job: str, time_limit: timedelta, watch: _Watch
) -> tuple[str, str, _Ending | None]:
    """Wait for the child; return what it wrote, and why it was stopped if it was."""
    deadline = time.monotonic() + time_limit.total_seconds()
    given: str | None = job
    while True:
        try:
            out, err = child.communicate(given, timeout=_TICK_S)
            return out, err, None
        except subprocess.TimeoutExpired:
            given = None  # the rest of it is on its way
        if time.monotonic() >= deadline:
            limit = f"超过 {time_limit.total_seconds():.0f} 秒"
            return *_stop(child), _Ending(Outcome.TIMEOUT, limit)
        if not watch.tick():
            return *_stop(child), _Ending(Outcome.LOST, "租约已被别的进程取走")


def _stop(child: "subprocess.Popen[str]") -> tuple[str, str]:
    """Ask the child to save and end; end it and what it started when it does not."""
    child.terminate()
    try:
        return child.communicate(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        return child.communicate()


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(settings.BASE_DIR), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path, "FENGHUO_DATA_DIR": str(settings.DATA_DIR)}


def _job(source: Source, run: CrawlRun | None, wish: Wish) -> str:
    """Return the child's job as JSON; without a run it stores nothing. Raises MissingCredential."""
    told: dict[str, Any] = {
        "slug": source.slug,
        "platform": source.platform,
        "params": with_credentials(resolved(source.params)),
        "checkpoint": source.checkpoint if run else {},
        "source_id": source.pk,
        "run_id": run.pk if run else None,
        "limit": wish.limit,
        "since": wish.since.isoformat() if wish.since else None,
        "dry_run": run is None,
        "lease": source.lease_token,
        "secrets": _secrets(source),
    }
    job = {"parent": os.getpid(), "spider": source.spider, "source": told}
    return json.dumps(job, ensure_ascii=False)


def _secrets(source: Source) -> list[str]:
    return [credentials.read(name) for name in credentials.named_in(source.params)]


def _ending(out: str, returncode: int) -> _Ending:
    try:
        result = json.loads(out)
    except ValueError:
        if returncode in (-signal.SIGTERM, -signal.SIGINT):
            return _Ending(Outcome.STOPPED, "被停止")
        return _Ending(Outcome.FAILED, f"子进程意外结束（{returncode}）")
    if result.get("error"):
        return _Ending(Outcome.FAILED, result["error"])
    return replace(_told(result), figures=Figures.read(result))


def _told(result: dict[str, Any]) -> _Ending:
    """Return how the run ended that a child tells of; `_ending` adds its figures."""
    if result["save_failed"]:
        return _Ending(Outcome.FAILED, f"保存失败：{result['save_failed']}")
    block = result["block"]
    if block:
        wait = block["retry_after"]
        return _Ending(
            Outcome.BLOCKED,
            block["detail"],
            BlockReason(block["reason"]),
            timedelta(seconds=wait) if wait is not None else None,
        )
    if result["exceptions"]:
        return _Ending(Outcome.FAILED, f"爬虫出错：{'；'.join(result['exceptions'])}")
    if result["reason"] == "limit":
        return _Ending(Outcome.OK, "到了要求的条数")
    if result["reason"] != "finished":
        return _Ending(Outcome.STOPPED, f"提前结束（{result['reason']}）")
    return _Ending(Outcome.OK)


def _finish(
    source: Source, run: CrawlRun, ending: _Ending, now: datetime, *, judged: bool = True
) -> None:
    """Write the run's outcome and the source's health and next run; the lease ends here."""
    block = ending.block or ""
    odd, change = remembered(
        source,
        run,
        ending.figures,
        outcome=ending.outcome,
        why=ending.why,
        judged=judged,
        now=now,
    )
    CrawlRun.objects.filter(pk=run.pk).update(
        finished_at=now,
        outcome=ending.outcome,
        block_reason=block,
        detail=ending.detail[:500],
        odd=odd,
        **ending.figures.columns(),
    )
    change |= {"lease_token": "", "lease_until": None}
    if ending.outcome is Outcome.OK:
        change |= {"failures": 0, "block_reason": "", "last_ok_at": now}
    elif ending.outcome is not Outcome.STOPPED:
        change |= {"failures": source.failures + 1, "block_reason": block}
    change["next_run_at"] = now + _pause(source, ending)
    mine = Source.objects.filter(pk=source.pk, lease_token=source.lease_token)
    mine.update(**change)
    source.refresh_from_db()


def _pause(source: Source, ending: _Ending) -> timedelta:
    """Return how long the source rests: its interval; longer and longer while refused.

    What may mend by itself (a site that is down, a run that failed) is tried sooner than a
    refusal: twice the interval, four times, at most half an hour.
    """
    interval = timedelta(seconds=source.interval_seconds)
    if ending.outcome is Outcome.OK:
        return interval * random.uniform(1 - JITTER, 1 + JITTER)
    if ending.outcome is Outcome.STOPPED:
        return timedelta(0)
    step = min(source.failures, len(BACKOFF) - 1)
    if ending.block and ending.block is not BlockReason.UNREACHABLE:
        return max(BACKOFF[step], interval, ending.retry_after or timedelta(0))
    growing: timedelta = interval * 2 ** min(source.failures, 10)
    return max(interval, min(growing, BACKOFF[0]))
