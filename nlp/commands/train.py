"""`fenghuo train`: trains the sentiment model from a directory of labelled texts."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.training.run import Trained

_LEVEL = 9  # parts of the plain progress of one stage, on a stream that is no terminal


def main(arguments: list[str]) -> int:
    """Train, write the weights, print the report; return the exit code."""
    options = _options(arguments)
    missing = [name for name in ("sklearn", "scipy") if find_spec(name) is None]
    if missing:
        return _fail("训练需要 scikit-learn 和 scipy，请先安装：pip install 'fenghuo[model]'")
    from nlp.training.rows import DataError
    from nlp.training.run import train

    started = time.monotonic()
    try:
        trained = train(options.data, Shown())
        _write(trained, options.out)
    except DataError as exc:
        return _fail(str(exc))
    except OSError as exc:
        return _fail(f"写不了 {options.out}：{exc.strerror}")
    except KeyboardInterrupt:
        return _fail("已中断，没有写出模型")
    _print_report(trained, options.out, time.monotonic() - started)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fenghuo train", description="训练情感模型")
    parser.add_argument(
        "data", type=Path, metavar="DATA_DIR", help="数据目录：*.train.jsonl.gz 与 *.dev.jsonl.gz"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("linear.npz"), metavar="FILE", help="写到哪里（.npz）"
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        parser.error(f"没有这个数据目录：{options.data}")
    if options.out.suffix != ".npz":
        parser.error(f"--out 应以 .npz 结尾：{options.out}")
    if not options.out.parent.is_dir():
        parser.error(f"没有这个目录：{options.out.parent}")
    return options


def _fail(message: str) -> int:
    sys.stderr.write(f"fenghuo train: {message}\n")
    return 1


class Shown:
    """Shows stages on standard error: a bar on a terminal, plain lines elsewhere."""

    @contextmanager
    def stage(self, name: str, steps: int) -> Iterator[Callable[[int], None]]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(stderr=True)
        if not console.is_terminal:
            with _plain_stage(name, steps) as done:
                yield done
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(name, total=steps)
            yield lambda count: progress.advance(task, count)


@contextmanager
def _plain_stage(name: str, steps: int) -> Iterator[Callable[[int], None]]:
    sys.stderr.write(f"{name}……\n")
    done = told = 0

    def advance(count: int) -> None:
        nonlocal done, told
        done += count
        if steps > _LEVEL and done * (_LEVEL + 1) // steps > told:
            told = done * (_LEVEL + 1) // steps
            sys.stderr.write(f"{name} {done}/{steps}\n")

    yield advance


def _write(trained: "Trained", out: Path) -> None:
    part = out.with_name(f".{out.stem}.part.npz")
    try:
        trained.weights.write(part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _print_report(trained: "Trained", out: Path, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    for path, malformed in trained.malformed.items():
        sys.stderr.write(
            f"{path}：{malformed.count} 行读不了，已略过（{'；'.join(malformed.examples)}）\n"
        )
    table = Table(title="留出数据上的成绩")
    for heading in ("数据集", "条数", "三分类准确", "正负准确", "负面召回", "误判为负"):
        table.add_column(heading, justify="left" if heading == "数据集" else "right")
    for row in trained.quality:
        shares = (row.accuracy, row.polarity, row.negative_recall, row.false_negative_mood)
        cells = ["–" if share is None else f"{share:.1%}" for share in shares]
        table.add_row(row.dataset, str(row.rows), *cells)
    console = Console()
    console.print(table)
    size = out.stat().st_size / 1e6
    console.print(f"{trained.rows} 条训练，用时 {seconds:.0f} 秒；模型写到 {out}（{size:.1f} MB）")
    console.print(f"使用：FENGHUO_SENTIMENT_MODEL={out}", soft_wrap=True)
