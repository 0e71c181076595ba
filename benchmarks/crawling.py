"""Pages a second and memory of a crawl with everything stored, against a bare Scrapy spider.

Both walk the same lists on a site on loopback, without any delay, in turns. The steady state is
what lies between a tenth and nine tenths of the pages; a whole run also starts Python and ends.
Where other work shares the machine, processor time a page says more than pages a second.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx
import psutil

from benchmarks.stack import FENGHUO

PRODUCTS = ("100001", "100002", "100003", "100004")
PAGE_SIZE = 10
FLOOR = 0.7
_TENTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
_LOOK_EVERY_S = 0.05


@dataclass
class Reading:
    """One run, as seen from beside it."""

    pages: int = 0
    wall_s: float = 0.0
    """Of the whole run, with its start; `cpu_s` likewise."""
    cpu_s: float = 0.0
    steady_rate: float = 0.0
    """Pages a second between a tenth and nine tenths of the pages."""
    steady_cpu_s: float = 0.0
    """Processor seconds of the crawling process for a page, in that stretch."""
    memory: dict[float, int] = field(default_factory=dict)
    """Share of the pages -> bytes that the crawling process held then (PSS)."""


def run(*, items: int, runs: int) -> None:
    """Print both rates, the median of `runs` turns each, and their ratio turn by turn.

    A machine's speed may drift by half within a minute: two runs in a row share it best.
    """
    each = items // len(PRODUCTS)
    with _site(each) as url:
        ours, bare = [], []
        for _ in range(runs):
            bare.append(_bare(url, items))
            ours.append(_ours(url, items))
    for name, readings in (("bare Scrapy, nothing stored", bare), ("fenghuo, all stored", ours)):
        print(
            f"crawl of {items} items, {PAGE_SIZE} a page, {name}: "
            f"{_middle(readings, 'steady_rate'):.0f} pages/s in steady state, "
            f"{1000 * _middle(readings, 'steady_cpu_s'):.2f} ms of processor a page; "
            f"whole run {median(r.pages / r.wall_s for r in readings):.0f} pages/s, "
            f"{1000 * median(r.cpu_s / r.pages for r in readings):.2f} ms a page"
        )
    pairs = list(zip(ours, bare, strict=True))
    wall = [mine.steady_rate / theirs.steady_rate for mine, theirs in pairs]
    processor = median(theirs.steady_cpu_s / mine.steady_cpu_s for mine, theirs in pairs)
    whole = median(theirs.wall_s / mine.wall_s for mine, theirs in pairs)
    print(
        f"fenghuo against bare Scrapy (floor {FLOOR:.0%}), median of {len(pairs)} pairs: "
        f"{median(wall):.0%} of the pages a second in steady state "
        f"({min(wall):.0%} to {max(wall):.0%}), "
        f"{processor:.0%} by processor time, {whole:.0%} over the whole run"
    )
    _print_memory(items, ours[-1])


def _print_memory(items: int, reading: Reading) -> None:
    held = ", ".join(f"{share:.0%}: {size / 2**20:.0f}" for share, size in reading.memory.items())
    print(f"memory of the crawling process over {items} items, MB: {held}")


def _middle(readings: list[Reading], name: str) -> float:
    return median(getattr(reading, name) for reading in readings)


@contextmanager
def _site(each: int) -> Iterator[str]:
    words = ["--size", str(each), "--page-size", str(PAGE_SIZE)]
    site = subprocess.Popen(
        [sys.executable, "-m", "tests.crawlers.replay", *words], stdout=subprocess.PIPE, text=True
    )
    assert site.stdout is not None
    try:
        yield site.stdout.readline().strip()
    finally:
        site.terminate()
        site.wait()


def _bare(url: str, items: int) -> Reading:
    words = [sys.executable, "-m", "benchmarks.crawl_bare", f"{url}/api", *PRODUCTS]
    return _watched(words, dict(os.environ), url, items // PAGE_SIZE)


def _ours(url: str, items: int) -> Reading:
    with tempfile.TemporaryDirectory(prefix="fh-bench-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FENGHUO_")},
            "FENGHUO_DATA_DIR": f"{folder}/data",
            "DJANGO_SETTINGS_MODULE": "crawlers.child_settings",
        }
        params = {
            "url": f"{url}/api",
            "products": list(PRODUCTS),
            "max_pages": items,
            "delay_seconds": 0,
        }
        source = {"slug": "bench", "name": "bench", "spider": "sandbox_shop", "platform": "shop"}
        rows = [{"model": "crawlers.source", "pk": 1, "fields": source | {"params": params}}]
        fixture = Path(folder) / "source.json"
        fixture.write_text(json.dumps(rows), encoding="utf-8")
        django = [sys.executable, "-m", "django"]
        for words in (["migrate", "--skip-checks"], ["loaddata", "--skip-checks", str(fixture)]):
            subprocess.run([*django, *words], env=environment, check=True, capture_output=True)
        reading = _watched([*FENGHUO, "crawl", "bench"], environment, url, items // PAGE_SIZE)
        with closing(sqlite3.connect(f"{folder}/data/fenghuo.sqlite3")) as database:
            ((stored,),) = database.execute("select count(*) from crawlers_post")
        assert stored == items, f"{stored} of {items} items are stored"
    return reading


def _watched(words: list[str], environment: dict[str, str], url: str, pages: int) -> Reading:
    """Run a command that crawls the site; look at it now and then until it ends."""
    httpx.get(f"{url}/-/reset")
    before, began = os.times(), time.monotonic()
    process = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    reading = Reading(pages=pages)
    marks: list[tuple[float, int, float]] = []
    with httpx.Client() as client:
        while process.poll() is None:
            time.sleep(_LOOK_EVERY_S)
            crawler = _crawler(process.pid)
            if crawler is None:
                continue
            try:
                done = client.get(f"{url}/-/served").json()["pages"]
                used = crawler.cpu_times()
                marks.append((time.monotonic(), done, used.user + used.system))
                _note_memory(reading, crawler, done / pages)
            except psutil.Error:
                continue
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    after = os.times()
    reading.wall_s = time.monotonic() - began
    reading.cpu_s = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    _note_steady(reading, marks)
    return reading


def _crawler(pid: int) -> psutil.Process | None:
    """Return the process that crawls: the command's child, or the command itself."""
    try:
        process = psutil.Process(pid)
        children = process.children()
        return children[0] if children else process
    except psutil.Error:
        return None


def _note_memory(reading: Reading, crawler: psutil.Process, share: float) -> None:
    for mark in _TENTHS:
        if mark not in reading.memory and share >= min(mark, 0.995):
            reading.memory[mark] = crawler.memory_full_info().pss


def _note_steady(reading: Reading, marks: list[tuple[float, int, float]]) -> None:
    stretch = [m for m in marks if 0.1 * reading.pages <= m[1] <= 0.9 * reading.pages]
    if len(stretch) < 2:
        raise SystemExit("the crawl was over too soon to be measured: more --items, please")
    (began, first, used_first), (ended, last, used_last) = stretch[0], stretch[-1]
    reading.steady_rate = (last - first) / (ended - began)
    reading.steady_cpu_s = (used_last - used_first) / (last - first)
