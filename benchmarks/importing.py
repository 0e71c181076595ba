"""A file of reviews through import, scoring and index, in the embedded profile."""

import csv
import gzip
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from benchmarks.stack import Stack, running
from demo.posts import load_story

SHOP_SETS = ("os10", "jd_food", "jd_appliance", "jd_clause")
SUBJECT = {"slug": "bench", "name": "试点品牌", "kind": "brand", "aliases": []}
LATE_S = 900.0


def run(data: Path | None, *, rows: int) -> None:
    """Import a file of `rows` reviews made from `data`, and wait until every post is scored."""
    with tempfile.TemporaryDirectory(prefix="fh-bench-") as folder:
        file = Path(folder) / "reviews.csv"
        kind = _write(file, data, rows)
        with running({"subjects.yaml": [SUBJECT]}) as stack:
            _measure(stack, file, rows, kind)


def _measure(stack: Stack, file: Path, rows: int, kind: str) -> None:
    token = stack.command("token", "bench", "--scope", "read").strip()
    peak = _Peak(stack)
    peak.start()
    start = time.monotonic()
    stack.command("import", str(file), "--platform", "jd", "--subject", "bench")
    imported = time.monotonic() - start
    mentions = _wait_for_all(stack, token, rows)
    done = time.monotonic() - start
    peak.stop()
    print(
        f"import of {rows} {kind} reviews: stored at {rows / imported:.0f}/s; "
        f"stored, scored and in the index at {rows / done:.0f} posts/s ({done:.1f} s, "
        f"{mentions} mentions); peak memory of all processes {peak.most / 2**20:.0f} MB"
    )


def _wait_for_all(stack: Stack, token: str, rows: int) -> int:
    """Poll the index until it counts every row, or no longer grows; return what it counts."""
    deadline = time.monotonic() + LATE_S
    seen, since = 0, time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < 20:
        answer = httpx.get(
            f"{stack.url}/api/v1/subjects/bench/index?window=28d",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        ).json()
        if answer["mentions"] != seen:
            seen, since = answer["mentions"], time.monotonic()
        if seen >= rows:
            break
        time.sleep(0.3)
    return seen


class _Peak(threading.Thread):
    """Watches a stack's memory from beside it."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._stack, self._ended, self.most = stack, threading.Event(), 0

    def run(self) -> None:
        while not self._ended.wait(0.5):
            self.most = max(self.most, self._stack.memory())

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _write(file: Path, data: Path | None, rows: int) -> str:
    """Write the CSV as a shop's back office would; return what kind of reviews it holds."""
    texts = _real(data) if data else _from_the_story()
    now = datetime.now(UTC)
    dice = random.Random(1)
    with file.open("w", encoding="gb18030", errors="replace", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["评价ID", "评价内容", "评价时间", "评分"])
        for number, (text, stars) in zip(range(rows), texts, strict=False):
            at = now - timedelta(minutes=dice.randrange(27 * 24 * 60))
            writer.writerow(
                [f"b{number}", text, f"{at + timedelta(hours=8):%Y-%m-%d %H:%M}", stars]
            )
    return "real" if data else "made-up (give --data for real ones)"


def _real(data: Path) -> Iterator[tuple[str, object]]:
    files = [data / f"{name}.train.jsonl.gz" for name in SHOP_SETS]
    missing = [str(file) for file in files if not file.is_file()]
    if missing:
        raise SystemExit(f"--data: not there: {', '.join(missing)}")
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield row["text"], row.get("stars") or {"neg": 1, "pos": 5}.get(row["label"], 3)


def _from_the_story() -> Iterator[tuple[str, object]]:
    dice = random.Random(2)
    lines = [post.text for post in load_story()]
    while True:
        yield "，".join(dice.sample(lines, 2)), dice.randint(1, 5)
