"""`fenghuo train`: trains the model from a directory of labelled texts."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.training.run import Plan, Trained

_NEEDED = ("sklearn", "scipy", "torch", "transformers", "onnx")
_LEVEL = 9  # parts of the plain progress of one stage, on a stream that is no terminal


def main(arguments: list[str]) -> int:
    """Train, write the model, print the report; return the exit code."""
    options = _options(arguments)
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        return _fail(f"训练还需要 {'、'.join(missing)}，请先安装：pip install 'fenghuo[model]'")
    from nlp.scorer import ModelError
    from nlp.training.rows import DataError
    from nlp.training.run import train

    started = time.monotonic()
    try:
        options.work.mkdir(exist_ok=True)
        trained = train(_plan(options), Shown())
    except (DataError, ModelError) as exc:
        return _fail(str(exc))
    except OSError as exc:
        return _fail(f"写不了 {exc.filename or options.out}：{exc.strerror}")
    except KeyboardInterrupt:
        return _fail(f"已中断；做完的步骤留在 {options.work}，再运行同一命令会接着做")
    _print_report(trained, options, time.monotonic() - started)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fenghuo train", description="训练情感与类别模型")
    parser.add_argument(
        "data", type=Path, metavar="DATA_DIR", help="数据目录：*.train.jsonl.gz 与 *.dev.jsonl.gz"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("model"), metavar="DIR", help="写到哪个目录，默认 model"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="放中间结果的目录，默认 OUT.work；有了就不重做"
    )
    parser.add_argument(
        "--teacher",
        dest="teachers",
        action="append",
        default=[],
        metavar="MODEL",
        help="教师模型，可写几次：本命令写的目录，或 transformers 目录或名字，可带 |neg=0,…",
    )
    parser.add_argument("--seed", type=int, default=0, help="随机数的种子，默认 0")
    parser.add_argument(
        "--feedback",
        default="",
        metavar="FILE",
        help="feedback export 写的改判，- 为标准输入",
    )
    parser.add_argument("--epochs", type=float, default=1.0, help="预训练几遍，默认 1，可为 0")
    parser.add_argument(
        "--further", type=float, default=0.0, help="带 --teacher 接着训练前再预训练几遍，默认 0"
    )
    parser.add_argument("--rounds", type=int, default=4, help="训练几轮，默认 4")
    parser.add_argument("--width", type=int, default=256, help="编码器宽度，64 的倍数，默认 256")
    parser.add_argument("--layers", type=int, default=3, help="编码器层数，默认 3")
    options = parser.parse_args(arguments)
    options.work = options.work or options.out.absolute().with_name(f"{options.out.name}.work")
    _check(parser, options)
    return options


def _check(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if not options.data.is_dir():
        parser.error(f"没有这个数据目录：{options.data}")
    for folder in (options.out, options.work):
        if not folder.parent.is_dir():
            parser.error(f"没有这个目录：{folder.parent}")
        if folder.exists() and not folder.is_dir():
            parser.error(f"{folder} 是文件，应是目录")
    if options.rounds < 1 or options.layers < 1 or min(options.epochs, options.further) < 0:
        parser.error("--rounds 和 --layers 至少 1，--epochs 和 --further 至少 0")
    if options.further and not options.teachers:
        parser.error("--further 要和 --teacher 一起用")
    if options.width < 64 or options.width % 64:
        parser.error("--width 应是 64 的倍数")


def _plan(options: argparse.Namespace) -> "Plan":
    from nlp.training.run import Plan

    names = (
        "data",
        "out",
        "work",
        "seed",
        "feedback",
        "epochs",
        "further",
        "rounds",
        "width",
        "layers",
    )
    return Plan(
        teachers=tuple(options.teachers), **{name: getattr(options, name) for name in names}
    )


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


def _print_report(trained: "Trained", options: argparse.Namespace, seconds: float) -> None:
    from rich.console import Console

    for path, malformed in trained.malformed.items():
        sys.stderr.write(
            f"{path}：{malformed.count} 行读不了，已略过（{'；'.join(malformed.examples)}）\n"
        )
    console, out = Console(), options.out
    size = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    console.print(
        f"{trained.texts} 条文字、其中 {trained.rows} 条有标注，用时 {seconds:.0f} 秒；"
        f"量化后 {trained.agreement:.2%} 的情感不变；模型写到 {out}（{size:.1f} MB）",
        soft_wrap=True,
    )
    console.print(f"成绩：fenghuo evaluate --data {options.data} --model {out}", soft_wrap=True)
    console.print(f"使用：FENGHUO_SENTIMENT_MODEL={out}", soft_wrap=True)
