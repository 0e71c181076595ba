"""`fenghuo score`: JSON lines in, JSON lines out, in the same order.

A line in is {"id": …, "text": …}; `platform`, `kind` and `rating` may stand in it too, and other
keys are not read. A line that cannot be read becomes {"id": null, "line": n, "error": …}.
"""

import argparse
import json
import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from config.environment import SettingsError, read
from config.pipes import reader_may_leave

if TYPE_CHECKING:
    from nlp.analysis import Analysis, Analyst, Item

DEFAULT_RULES = Path(__file__).parents[2] / "config" / "defaults" / "rules"

_BATCH = 512
_BATCH_BYTES = 1024 * 1024  # of lines, after which a batch is not filled further
_LONGEST_LINE = 16 * 1024 * 1024  # bytes
_READ = 256 * 1024  # bytes
_PATIENCE = 0.05  # seconds without input after which what has come is answered


class Line(NamedTuple):
    """One line of input: its record, or why it has none."""

    number: int
    record: dict[str, Any]
    error: str = ""


def main(arguments: list[str]) -> int:
    """Score standard input to standard output; return the exit code."""
    options = _options(arguments)
    try:
        analyst = _analyst(options)
    except SettingsError as exc:
        return _fail(str(exc), 2)
    except _Unusable as exc:
        return _fail(str(exc), 1)
    try:
        with reader_may_leave():
            for batch in _batches(sys.stdin.fileno()):
                sys.stdout.buffer.writelines(_answers(analyst, batch))
                sys.stdout.buffer.flush()
    except KeyboardInterrupt:
        return 1
    except OSError as exc:
        return _fail(f"读写出错：{exc.strerror or exc}", 1)
    return 0


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"fenghuo score: {message}\n")
    return code


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fenghuo score",
        description="给标准输入的每行 JSON（id、text）评分，按原顺序写到标准输出",
    )
    parser.add_argument(
        "--rules",
        type=Path,
        default=DEFAULT_RULES,
        metavar="PATH",
        help="规则文件或目录，默认用自带的",
    )
    parser.add_argument(
        "--model", default=None, help="情感模型，默认取 FENGHUO_SENTIMENT_MODEL，再默认用自带的"
    )
    options = parser.parse_args(arguments)
    if not options.rules.exists():
        parser.error(f"没有这个规则文件或目录：{options.rules}")
    return options


class _Unusable(Exception):
    """The rules or the model cannot be used."""


def _analyst(options: argparse.Namespace) -> "Analyst":
    from nlp.analysis import Analyst
    from nlp.rules import RuleErrors, RuleSet, load_rules
    from nlp.scorer import ModelError, load_scorer

    name = options.model if options.model is not None else read().sentiment_model
    try:
        # `fenghuo check` runs the examples: here they would take longer than the first answer.
        specs = load_rules(options.rules, examples=False)
        return Analyst(load_scorer(name), RuleSet(specs))
    except ModelError as exc:
        raise _Unusable(str(exc)) from None
    except RuleErrors as exc:
        raise _Unusable(f"规则有误\n{exc}") from None


# --- reading ----------------------------------------------------------------------------------


def _batches(source: int) -> Iterator[list[Line]]:
    """Yield the lines of a file descriptor in batches; one ends early when input is slow."""
    batch: list[Line] = []
    size = number = 0
    for raws in _raw_lines(source):
        for raw in raws:
            number += 1
            batch.append(_line(number, raw))
            size += len(raw)
            if len(batch) >= _BATCH or size >= _BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch and not _more_at_hand(source):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _raw_lines(source: int) -> Iterator[list[bytes]]:
    """Yield whole lines as they arrive; an over-long one is cut to a byte more than is read."""
    rest = b""
    while chunk := os.read(source, _READ):
        lines = chunk.split(b"\n")
        lines[0] = rest + lines[0] if len(rest) <= _LONGEST_LINE else rest
        rest = lines.pop()[: _LONGEST_LINE + 1]
        yield lines
    if rest:
        yield [rest]


def _more_at_hand(source: int) -> bool:
    try:
        return bool(select.select([source], [], [], _PATIENCE)[0])
    except (OSError, ValueError):
        return True  # no way to ask here


def _line(number: int, raw: bytes) -> Line:
    try:
        return Line(number, _record(raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw))
    except ValueError as exc:
        return Line(number, {}, str(exc))


def _record(raw: bytes) -> dict[str, Any]:
    """Raises ValueError, in words for the user."""
    if len(raw) > _LONGEST_LINE:
        raise ValueError(f"这一行超过 {_LONGEST_LINE // 1024 // 1024} MB")
    if not raw.strip():
        raise ValueError("空行")
    try:
        record = json.loads(raw.decode(), strict=False, parse_constant=_refuse)
    except UnicodeDecodeError as exc:
        raise ValueError(f"不是 UTF-8（第 {exc.start + 1} 字节）") from None
    except RecursionError:
        raise ValueError("不是 JSON：嵌套太深") from None
    except ValueError as exc:
        raise ValueError(f"不是 JSON：{exc}") from None
    if not isinstance(record, dict):
        raise ValueError('应是一个对象，如 {"id": 1, "text": "…"}')
    if not isinstance(record.get("text"), str):
        raise ValueError("text 应是字符串" if "text" in record else "缺少 text")
    return record


def _refuse(name: str) -> None:
    raise ValueError(f"{name} 不是 JSON 的数")


# --- answering --------------------------------------------------------------------------------


def _answers(analyst: "Analyst", batch: list[Line]) -> Iterator[bytes]:
    readable = [line for line in batch if not line.error]
    found = iter(_analysed(analyst, readable))
    for line in batch:
        answer: dict[str, Any]
        error = line.error
        if not error:
            analysis = next(found)
            if isinstance(analysis, str):
                error = analysis
            else:
                answer = _answer(line.record, analysis)
        if error:
            answer = {"id": None, "line": line.number, "error": error}
        yield _written(answer, line.number)


def _analysed(analyst: "Analyst", lines: list[Line]) -> list["Analysis | str"]:
    """Analyse in one go; when that fails, one by one, so that only the cause has an error."""
    try:
        return list(analyst.analyse([_item(line.record) for line in lines]))
    except Exception as exc:  # a text that breaks the analysis must not stop the rest
        if len(lines) == 1:
            return [f"评分出错：{type(exc).__name__}"]
        return [_analysed(analyst, [line])[0] for line in lines]


def _item(record: dict[str, Any]) -> "Item":
    from nlp.analysis import Item

    rating = record.get("rating")
    return Item(
        text=record["text"],
        platform=str(record.get("platform") or ""),
        kind=str(record.get("kind") or ""),
        rating=rating if type(rating) is int and 1 <= rating <= 5 else None,
    )


def _answer(record: dict[str, Any], analysis: "Analysis") -> dict[str, Any]:
    return {
        "id": record.get("id"),
        "label": "neu" if analysis.label == "none" else analysis.label,
        "p_neg": round(analysis.p_neg, 4),
        "p_neu": round(analysis.p_neu, 4),
        "p_pos": round(analysis.p_pos, 4),
        "categories": analysis.categories,
        "level": analysis.level,
        "hits": [
            {"rule": hit.rule, "text": hit.text, "start": hit.start, "end": hit.end}
            for hit in analysis.hits
        ],
    }


def _written(answer: dict[str, Any], number: int) -> bytes:
    try:
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False)
    except ValueError:
        refused = {"id": None, "line": number, "error": "id 里有写不成 JSON 的数"}
        return json.dumps(refused, ensure_ascii=False).encode() + b"\n"
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair; \u escapes can say it
        return json.dumps(answer).encode() + b"\n"
