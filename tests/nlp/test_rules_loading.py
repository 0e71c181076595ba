"""Bad rule files, one per mistake: each is refused with its file and line."""

from pathlib import Path

import pytest

from nlp.rules import RuleErrors, load_rules

GOOD = """\
- id: water-outage
  category: service
  any: [停水, 断水]
  none: [停水演练]
  examples: {match: [小区又停水两天了], no_match: [下周停水演练通知]}
"""
EXAMPLES = "  examples: {match: [停水], no_match: [有水]}\n"


def refused(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleErrors) as caught:
        load_rules(file)
    assert all(error.file == str(file) for error in caught.value.errors)
    assert str(file) in str(caught.value)
    return [(error.line, error.message) for error in caught.value.errors]


def test_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (spec,) = load_rules(tmp_path)
    assert (spec.id, spec.any, spec.origin.line) == ("water-outage", ["停水", "断水"], 1)


MISTAKES = [
    (
        "- id: a\n  category: service\n  any: [停水]\n  colour: red\n" + EXAMPLES,
        4,
        "不认识的键 “colour”",
    ),
    ("- id: a\n  category: service\n  any: [停水]\n", 1, "缺少 “examples”"),
    (
        "- id: a\n  category: service\n  any: [停水]\n  examples:\n    match: [停水]\n",
        4,
        "缺少 “examples.no_match”",
    ),
    (
        "- id: a\n  category: service\n  any: [停水]\n  examples:\n    match: []\n    no_match: [有水]\n",
        5,
        "不能是空的",
    ),
    ("- id: a\n  any: [停水]\n" + EXAMPLES, 1, "缺少 “category”"),
    ("- id: a\n  category: trouble\n  any: [停水]\n" + EXAMPLES, 2, "可用：safety"),
    ("- id: a\n  category: service\n  level: high\n  any: [停水]\n" + EXAMPLES, 3, "可用：severe"),
    (
        "- id: a\n  category: service\n  despite: [rain]\n  any: [停水]\n" + EXAMPLES,
        3,
        "可用：negated",
    ),
    ("- id: A b\n  category: service\n  any: [停水]\n" + EXAMPLES, 1, "只能用小写字母"),
    ("- id: a\n  category: service\n" + EXAMPLES, 1, "至少要写一个"),
    ("- id: a\n  category: service\n  any: []\n" + EXAMPLES, 1, "至少要写一个"),
    (
        "- id: a\n  category: service\n  any:\n    - 停水\n    - ' '\n" + EXAMPLES,
        5,
        "归一化后是空的",
    ),
    ("- id: a\n  category: service\n  pattern: '停(水'\n" + EXAMPLES, 3, "正则表达式有误"),
    ("- id: a\n  category: service\n  pattern: '.*'\n" + EXAMPLES, 3, "不能匹配空文本"),
    ("- id: a\n  category: service\n  near:\n    words: [停水]\n" + EXAMPLES, 4, "不能是空的"),
    ("- id: a\n  category: service\n  any: [停水]\n  min_p_neg: 2\n" + EXAMPLES, 4, "太大"),
    ("- id: a\n  category: service\n  any: [停水]\n  word: maybe\n" + EXAMPLES, 4, "true 或 false"),
    (GOOD + "\n" + GOOD, 7, "代号重复"),
    ("- id: a\n  category: service\n  any: [停水]\n  any: [断水]\n" + EXAMPLES, 4, "YAML 写法有误"),
    ("- id: [\n", 2, "YAML 写法有误"),
    ("id: a\n", 1, "应当是一个列表"),
    ("", 1, "应当是一个列表"),
    ("- 停水\n", 1, "应当是键值"),
    (GOOD.replace("小区又停水两天了", "小区很好"), 5, "应当命中却没有命中"),
    (GOOD.replace("下周停水演练通知", "又停水了"), 5, "不该命中却命中了"),
]


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES)
def test_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    found = refused(tmp_path, text)
    assert any(at == line and message in said for at, said in found), found


def test_every_mistake_is_found_in_one_go(tmp_path: Path) -> None:
    text = (
        "- id: a\n  category: x\n  any: [停水]\n  b: 1\n"
        + EXAMPLES
        + "- id: c\n  any: [停水]\n"
        + EXAMPLES
    )
    assert [line for line, _ in refused(tmp_path, text)] == [2, 4, 6]


def test_examples_need_not_be_run(tmp_path: Path) -> None:
    file = tmp_path / "checked.yaml"
    file.write_text(GOOD.replace("小区又停水两天了", "小区很好"), encoding="utf-8")
    assert len(load_rules(file, examples=False)) == 1


def test_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("- id: 客服态度差".encode("gbk"))
    with pytest.raises(RuleErrors, match="不是 UTF-8"):
        load_rules(tmp_path)


def test_missing_file_and_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match="读不了"):
        load_rules(tmp_path / "none.yaml")
    with pytest.raises(RuleErrors, match="没有"):
        load_rules(tmp_path)


def test_number_is_taken_as_a_word(tmp_path: Path) -> None:
    file = tmp_path / "numbers.yaml"
    file.write_text(
        "- id: a\n  category: legal\n  any: [12315]\n  examples: {match: [打了12315], no_match: [打了]}\n",
        encoding="utf-8",
    )
    assert load_rules(file)[0].any == ["12315"]


def test_without_examples_the_same_rules_are_read(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (quick,), (checked,) = load_rules(tmp_path, examples=False), load_rules(tmp_path)
    assert quick.model_dump() == checked.model_dump()


def test_without_examples_a_wrong_one_is_not_found_out(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(
        GOOD.replace("下周停水演练通知", "停水了"), encoding="utf-8"
    )
    assert load_rules(tmp_path, examples=False)[0].id == "water-outage"


@pytest.mark.parametrize(
    ("text", "line"),
    [(GOOD.replace("none", "colour"), 4), (GOOD + GOOD, 6), (GOOD + "- id: [", 6)],
    ids=["unknown key", "twice", "syntax"],
)
def test_without_examples_a_mistake_has_its_line_too(tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleErrors) as caught:
        load_rules(file, examples=False)
    assert line in [error.line for error in caught.value.errors]
