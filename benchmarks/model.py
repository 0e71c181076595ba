"""The whole analysis against SnowNLP's sentiment alone, and what `fenghuo score` costs to start."""

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, median
from typing import IO, TypeVar

import psutil

from benchmarks.importing import SHOP_SETS
from benchmarks.stack import FENGHUO
from nlp.analysis import Analyst, Item
from nlp.commands.score import DEFAULT_RULES
from nlp.evaluation.snownlp import Yardstick, load_snownlp
from nlp.rules import RuleSet, load_rules
from nlp.scorer import load_scorer
from nlp.training.corpus import read_corpus
from nlp.training.rows import Malformed, find_files, read_rows

LENGTH = 45  # characters of a text, on average
CORES = 2
ROUNDS = 5
TEXTS = 800  # of a round
STREAM = 5_000  # lines piped through `fenghuo score` before its memory is read
STARTS = 5

Reader = TypeVar("Reader", Analyst, Yardstick)


def run(data: Path | None) -> None:
    """Print texts a second of both, their ratio, and start and memory of `fenghuo score`."""
    texts = _averaging(_texts(data), LENGTH)
    with _two_cores():
        _compare(texts, "real" if data else "our own corpus's")
        _score_command(texts)


@contextmanager
def _two_cores() -> Iterator[None]:
    """Keep this process and what it starts to two cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# --- speed ------------------------------------------------------------------------------------


def _compare(texts: list[str], kind: str) -> None:
    """Let both read the same texts by turns in this process, new ones in each round.

    By turns, so that whatever else the machine does slows both; new ones, so that nothing
    remembered helps. The first round of each only warms up.
    """
    size = min(TEXTS, len(texts) // (ROUNDS + 1))
    rounds = [texts[start * size : (start + 1) * size] for start in range(ROUNDS + 1)]
    analyst = Analyst(load_scorer(), RuleSet(load_rules(DEFAULT_RULES, examples=False)))
    snownlp = load_snownlp()
    ours, theirs = [], []
    for given in rounds:
        ours.append(_speed(_analyse, analyst, given))
        if snownlp:
            theirs.append(_speed(_ask, snownlp, given))
    length = mean(map(len, (text for given in rounds[1:] for text in given)))
    print(
        f"{ROUNDS} rounds of {size} of {kind} texts, {length:.1f} characters on average, "
        f"{CORES} cores, {analyst.versions}"
    )
    print(f"normalise, model, rules and aspects: {_told(ours[1:])}")
    if not snownlp:
        print("SnowNLP: not installed, so no ratio (pip install snownlp)")
        return
    print(f"SnowNLP's sentiment alone: {_told(theirs[1:])}")
    print(f"ratio of the medians: {median(ours[1:]) / median(theirs[1:]):.1f}")


def _analyse(analyst: Analyst, texts: Sequence[str]) -> None:
    analyst.analyse([Item(text) for text in texts])


def _ask(snownlp: Yardstick, texts: Sequence[str]) -> None:
    for text in texts:
        snownlp(text)


def _speed(work: Callable[[Reader, Sequence[str]], None], who: Reader, texts: list[str]) -> float:
    began = time.perf_counter()
    work(who, texts)
    return len(texts) / (time.perf_counter() - began)


def _told(speeds: Sequence[float]) -> str:
    return f"{median(speeds):.0f} texts/s (worst {min(speeds):.0f}, best {max(speeds):.0f})"


# --- texts ------------------------------------------------------------------------------------


def _texts(data: Path | None) -> list[str]:
    if data is None:
        return [example.text for example in read_corpus()]
    files = [file for file in find_files(data) if file.dataset in SHOP_SETS and file.use == "train"]
    if not files:
        raise SystemExit(f"--data: none of {', '.join(SHOP_SETS)} there")
    return [row.text for file in files for row in read_rows(file, Malformed())]


def _averaging(texts: Sequence[str], length: float) -> list[str]:
    """Return as many of `texts` as average about `length`, short and long ones mixed."""
    mixed = random.Random(1).sample(texts, len(texts))
    short = [text for text in mixed if len(text) <= length]
    long = [text for text in mixed if len(text) > length]
    chosen: list[str] = []
    total = 0
    while wanted := (short if total >= length * len(chosen) else long):
        chosen.append(wanted.pop())
        total += len(chosen[-1])
    return chosen


# --- the command ------------------------------------------------------------------------------


def _score_command(texts: Sequence[str]) -> None:
    lines = [_line(number, text) for number, text in enumerate(texts[:STREAM])]
    runs = [_first_answer(lines[:1]) for _ in range(STARTS)]
    times = [seconds for seconds, _ in runs]
    print(
        f"fenghuo score, start to first answer: best {min(times):.2f} s, "
        f"median {median(times):.2f} s of {STARTS}"
    )
    most = max(memory for _, memory in runs)
    _, streaming = _first_answer(lines)
    print(
        f"fenghuo score, peak memory: {most / 2**20:.0f} MB at the first answer, "
        f"{streaming / 2**20:.0f} MB after {len(lines)} texts"
    )


def _line(number: int, text: str) -> bytes:
    return json.dumps({"id": number, "text": text}, ensure_ascii=False).encode() + b"\n"


def _first_answer(lines: Sequence[bytes]) -> tuple[float, int]:
    """Return the seconds to the first answer, and the peak memory once all are answered."""
    began = time.perf_counter()
    with subprocess.Popen([*FENGHUO, "score"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as it:
        assert it.stdin
        assert it.stdout
        it.stdin.write(lines[0])
        it.stdin.flush()
        it.stdout.readline()
        seconds = time.perf_counter() - began
        # Written beside the reading, so that neither side waits for a full pipe.
        feeder = threading.Thread(target=_feed, args=(it.stdin, lines[1:]))
        feeder.start()
        for _ in lines[1:]:
            it.stdout.readline()
        feeder.join()
        memory = _peak(it.pid)
        it.stdin.close()
    return seconds, memory


def _feed(pipe: IO[bytes], lines: Sequence[bytes]) -> None:
    pipe.writelines(lines)
    pipe.flush()


def _peak(pid: int) -> int:
    """Return the most memory that a running process has held, where the system tells; else now's.

    What the parent is told at the end (ru_maxrss) may be the parent's own, from before the exec.
    """
    status = Path(f"/proc/{pid}/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return int(psutil.Process(pid).memory_info().rss)
