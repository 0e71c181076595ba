"""Reads rule files. Every mistake is found in one go, with file and line."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from nlp.categories import Category
from nlp.levels import Level
from nlp.rules.errors import RuleError, RuleErrors
from nlp.rules.matching import RuleSet
from nlp.rules.reasons import Reason
from nlp.rules.spec import Origin, RuleSpec


def load_rules(path: Path, *, examples: bool = True) -> list[RuleSpec]:
    """Return the rules of a file, or of all `*.yaml` files of a directory, in order.

    Raises RuleErrors with every mistake, an example that turns out otherwise included. Running the
    examples takes jieba's dictionary (0.6 s, 60 MB) when a rule has `word`; with `examples` False
    they are read but not run and the rules do not know their lines, which is faster and is for
    files that were checked before; where another mistake is found, they are run after all.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise RuleErrors([RuleError(str(path), 0, "目录里没有 .yaml 规则文件")])
    if not examples and (sound := _read_sound(files)) is not None:
        return sound
    specs: list[RuleSpec] = []
    errors: list[RuleError] = []
    for file in files:
        for item in _read(file):
            (specs if isinstance(item, RuleSpec) else errors).append(item)  # type: ignore[arg-type]
    errors += _repeated(specs)
    errors += RuleSet(specs).check()
    if errors:
        raise RuleErrors(errors)
    return specs


def _read_sound(files: Iterable[Path]) -> list[RuleSpec] | None:
    """Read files without keeping lines, in half the time; None when there is a mistake."""
    specs: list[RuleSpec] = []
    try:
        for file in files:
            rows = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8-sig"))
            if not isinstance(rows, list):
                return None
            specs += [RuleSpec.model_validate(row).placed(Origin(str(file))) for row in rows]
    except (OSError, ValueError, YAMLError):
        return None
    return None if any(_repeated(specs)) else specs


def _read(file: Path) -> Iterator[RuleSpec | RuleError]:
    name = str(file)
    try:
        rows = YAML(typ="rt").load(file.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        yield RuleError(name, 0, f"读不了：{exc.strerror or exc}")
        return
    except UnicodeDecodeError:
        yield RuleError(name, 0, "不是 UTF-8 编码")
        return
    except YAMLError as exc:
        yield RuleError(name, *_syntax(exc))
        return
    if not isinstance(rows, CommentedSeq):
        yield RuleError(name, 1, "规则文件应当是一个列表，每条规则以 “- id:” 开头")
        return
    for number, row in enumerate(rows):
        yield from _rule(name, rows.lc.item(number)[0] + 1, row)


def _syntax(exc: YAMLError) -> tuple[int, str]:
    if isinstance(exc, MarkedYAMLError) and exc.problem_mark is not None:
        problem = " ".join(str(exc.problem or "").split())
        return exc.problem_mark.line + 1, f"YAML 写法有误：{problem}"
    return 0, f"YAML 写法有误：{str(exc).splitlines()[0]}"


def _rule(file: str, line: int, row: Any) -> Iterator[RuleSpec | RuleError]:
    if not isinstance(row, dict):
        yield RuleError(file, line, "每条规则应当是键值，以 “- id:” 开头")
        return
    try:
        spec = RuleSpec.model_validate(_bare(row))
    except ValidationError as exc:
        for detail in exc.errors():
            where = tuple(detail["loc"])
            who = f"规则 {row['id']}：" if "id" in row else "规则："
            yield RuleError(file, _line(row, where, line), who + _message(where, detail))
        return
    yield spec.placed(Origin(file, line, dict(_example_lines(row))))


def _bare(value: Any) -> Any:
    """Plain lists and dictionaries, without what the reader attached to them."""
    if isinstance(value, dict):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _line(row: Any, where: Iterable[str | int], line: int) -> int:
    """Return the line of the innermost part of `where` that the file has."""
    for key in where:
        if isinstance(key, int) and not isinstance(row, CommentedSeq):
            continue  # a single entry that was written without a list
        try:
            at = row.lc.item(key) if isinstance(row, CommentedSeq) else row.lc.key(key)
            line, row = at[0] + 1, row[key]
        except (KeyError, IndexError, TypeError, AttributeError):
            break
    return line


def _example_lines(row: Any) -> Iterator[tuple[str, int]]:
    for side in ("match", "no_match"):
        sentences = row["examples"][side]
        for number, sentence in enumerate(sentences):
            yield str(sentence), sentences.lc.item(number)[0] + 1


def _message(where: tuple[str | int, ...], detail: Any) -> str:
    path = ".".join(map(str, where))
    kind, given = detail["type"], detail.get("input")
    choices = _CHOICES.get(str(where[0])) if where else None
    if kind == "extra_forbidden":
        return f"不认识的键 “{path}”"
    if kind == "missing":
        return f"缺少 “{path}”"
    if kind == "enum" and choices is not None:
        return f"{path} 不能是 “{given}”；可用：{'、'.join(choices)}"
    if kind == "too_short":
        return f"“{path}” 不能是空的"
    if kind == "string_pattern_mismatch":
        return f"{path} 只能用小写字母、数字和连字符：“{given}”"
    if kind == "value_error":
        return f"{path}：{detail['ctx']['error']}" if path else str(detail["ctx"]["error"])
    return f"{path} 的值不对：{_PLAIN.get(kind, detail['msg'])}"


_CHOICES = {
    "category": [item.value for item in Category],
    "level": [item.value for item in Level],
    "despite": [item.value for item in Reason],
}
_PLAIN = {
    "string_type": "应当是文字",
    "list_type": "应当是列表",
    "bool_parsing": "应当是 true 或 false",
    "bool_type": "应当是 true 或 false",
    "float_parsing": "应当是数字",
    "int_parsing": "应当是整数",
    "model_type": "应当是键值",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "string_too_long": "太长",
}


def _repeated(specs: Iterable[RuleSpec]) -> Iterator[RuleError]:
    first: dict[str, Origin] = {}
    for spec in specs:
        if spec.id in first:
            was = first[spec.id]
            message = f"规则 {spec.id}：代号重复，已在 {was.file}:{was.line} 用过"
            yield RuleError(spec.origin.file, spec.origin.line, message)
        first.setdefault(spec.id, spec.origin)
