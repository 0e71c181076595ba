"""`fenghuo evaluate`: how good the model and the rules are, beside SnowNLP on the same texts."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from config.environment import SettingsError, read
from config.pipes import reader_may_leave
from nlp.commands.score import DEFAULT_RULES
from nlp.commands.train import Shown

if TYPE_CHECKING:
    from nlp.analysis import Analyst
    from nlp.evaluation.run import Report
    from nlp.evaluation.snownlp import Yardstick
    from nlp.scorer import Scorer

_WIDEST = 200  # columns that a table may take


class _Readers(NamedTuple):
    """Those whose answers are measured."""

    scorer: "Scorer"
    analyst: "Analyst"
    yardstick: "Yardstick | None"


def main(arguments: list[str]) -> int:
    """Measure, print tables or JSON; return the exit code."""
    options = _options(arguments)
    from nlp.evaluation.run import evaluate
    from nlp.rules import RuleErrors
    from nlp.scorer import ModelError
    from nlp.training.rows import DataError

    try:
        readers = _readers(options)
        report = evaluate(
            readers.scorer,
            readers.analyst,
            Shown(),
            data=options.data,
            most=options.most,
            yardstick=readers.yardstick,
        )
    except SettingsError as exc:
        return _fail(str(exc), 2)
    except (DataError, ModelError) as exc:
        return _fail(str(exc), 1)
    except RuleErrors as exc:
        return _fail(f"规则有误\n{exc}", 1)
    except KeyboardInterrupt:
        return _fail("已中断", 1)
    with reader_may_leave():
        _print(report, as_json=options.json)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fenghuo evaluate",
        description="在训练没见过的文字上，测模型和规则的好坏",
        epilog="fenghuo evaluate --feedback：按人工改判，看每条规则的精确率",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="再测这个数据目录里留出的行（*.dev.jsonl.gz 等）；不给则只测自带的语料",
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON，不输出表格")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="情感模型，默认取 FENGHUO_SENTIMENT_MODEL，再默认用自带的",
    )
    parser.add_argument("--most", type=int, metavar="N", help="每个数据集最多测 N 条，默认全测")
    parser.add_argument("--no-snownlp", action="store_true", help="不与 SnowNLP 对照（它很慢）")
    options = parser.parse_args(arguments)
    if options.data is not None and not options.data.is_dir():
        parser.error(f"没有这个数据目录：{options.data}")
    if options.most is not None and options.most < 1:
        parser.error("--most 应是正整数")
    return options


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"fenghuo evaluate: {message}\n")
    return code


def _readers(options: argparse.Namespace) -> _Readers:
    from nlp.analysis import Analyst
    from nlp.evaluation.snownlp import load_snownlp
    from nlp.rules import RuleSet, load_rules
    from nlp.scorer import load_scorer

    name = options.model if options.model is not None else read().sentiment_model
    scorer = load_scorer(name)
    analyst = Analyst(scorer, RuleSet(load_rules(DEFAULT_RULES, examples=False)))
    yardstick = None if options.no_snownlp else load_snownlp()
    if yardstick is None and not options.no_snownlp:
        sys.stderr.write("没有安装 snownlp，略去对照；要对照请先：pip install 'fenghuo[model]'\n")
    return _Readers(scorer, analyst, yardstick)


def _print(report: "Report", *, as_json: bool) -> None:
    from rich.console import Console
    from rich.measure import Measurement

    from nlp.evaluation.report import as_dict, tables

    for path, malformed in report.malformed.items():
        sys.stderr.write(
            f"{path}：{malformed.count} 行读不了，已略过（{'；'.join(malformed.examples)}）\n"
        )
    if as_json:
        sys.stdout.write(json.dumps(as_dict(report), ensure_ascii=False, indent=2) + "\n")
        return
    console = Console()
    console.print(f"模型与规则的版本：{report.versions}", soft_wrap=True, highlight=False)
    for table in tables(report):
        # A figure that is cut off is worse than a line that wraps.
        wide = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
        Console(width=max(console.width, wide)).print(table)
