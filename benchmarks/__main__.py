"""`python -m benchmarks [start|model|latency|import|crawl|all] [--data DIR] [--seconds N]`."""

import argparse
import os
import platform
from pathlib import Path

import psutil

from benchmarks import crawling, importing, latency, model, starting


def main() -> None:
    """Run the benchmarks named on the command line and print a line for each figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "which",
        nargs="?",
        default="all",
        choices=["all", "start", "model", "latency", "import", "crawl"],
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="directory of *.jsonl.gz reviews; without it the demo's and the corpus's texts",
    )
    parser.add_argument("--seconds", type=int, default=120, help="how long to feed posts (latency)")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the file (import)")
    parser.add_argument("--items", type=int, default=20_000, help="items of the lists (crawl)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind, in turns (crawl)")
    options = parser.parse_args()
    memory = psutil.virtual_memory().total / 2**30
    print(
        f"machine: {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
    if options.which in ("all", "start"):
        starting.run()
    if options.which in ("all", "model"):
        model.run(options.data)
    if options.which in ("all", "latency"):
        latency.run(seconds=options.seconds)
    if options.which in ("all", "import"):
        importing.run(options.data, rows=options.rows)
    if options.which in ("all", "crawl"):
        crawling.run(items=options.items, runs=options.runs)


if __name__ == "__main__":
    main()
