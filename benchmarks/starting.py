"""How soon the command answers: the help, and the first score of a text."""

import json
import subprocess
import time
from statistics import median

from benchmarks.stack import FENGHUO

RUNS = 7


def run() -> None:
    """Print the median of a few runs of each."""
    line = json.dumps({"id": 1, "text": "烧到一半壶底漏水"}, ensure_ascii=False)
    print(f"fenghuo --help: {_median('--help'):.2f} s")
    print(f"fenghuo score, start to the end of one text: {_median('score', given=line):.2f} s")


def _median(*arguments: str, given: str = "") -> float:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run(
            [*FENGHUO, *arguments], input=given, text=True, stdout=subprocess.DEVNULL, check=True
        )
        times.append(time.perf_counter() - began)
    return median(times)
