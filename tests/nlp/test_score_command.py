import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.linear import Weights

ROOT = Path(__file__).parents[2]
RULES = """
- id: leak
  category: quality
  any: [漏水]
  examples: {match: [壶底漏水], no_match: [没有漏水]}
- id: fire
  category: safety
  any: [起火]
  examples: {match: [插电起火], no_match: [没有起火]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    Weights.of(np.random.default_rng(0).normal(size=(256, 3)), np.zeros(3)).write(path)
    return path


@pytest.fixture
def command(rules: Path, model: Path) -> list[str]:
    arguments = ["score", "--rules", str(rules), "--model", str(model)]
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def run(command: list[str], given: bytes | str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    raw = given.encode() if isinstance(given, str) else given
    return subprocess.run(command, input=raw, capture_output=True, timeout=120, check=False, **more)


def answers(command: list[str], *lines: bytes | str) -> list[dict[str, Any]]:
    raw = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines)
    done = run(command, raw)
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_answer_has_the_promised_keys(command):
    (answer,) = answers(command, '{"id": "a-1", "text": "昨天壶底漏水了", "subject": "k3"}')
    assert list(answer) == [
        "id", "label", "p_neg", "p_neu", "p_pos", "categories", "level", "hits",
    ]  # fmt: skip
    assert answer["id"] == "a-1"
    assert answer["label"] in {"neg", "neu", "pos"}
    assert answer["p_neg"] + answer["p_neu"] + answer["p_pos"] == pytest.approx(1, abs=1e-3)
    assert answer["categories"] == ["quality"]
    assert answer["level"] == "normal"
    assert answer["hits"] == [{"rule": "leak", "text": "漏水", "start": 4, "end": 6}]


def test_order_is_kept_and_bad_lines_stand_between(command):
    lines = [
        '{"id": 1, "text": "起火了"}',
        "not json",
        '{"id": 2, "text": "漏水了"}',
        '{"id": 3}',
        b'{"id": 4, "text": "\xff\xfe"}',
        "",
        "[1, 2]",
        '{"id": 5, "text": 7}',
        '{"id": NaN, "text": "x"}',
        "[" * 50_000,
        '{"id": 6, "text": ""}',
    ]
    found = answers(command, *lines)
    assert [answer["id"] for answer in found] == [1, None, 2, *[None] * 7, 6]
    wrong = [answer for answer in found if "error" in answer]
    assert [answer["line"] for answer in wrong] == [2, 4, 5, 6, 7, 8, 9, 10]
    words = ["不是 JSON", "缺少 text", "UTF-8", "空行", "对象", "字符串", "NaN", "JSON"]
    for answer, word in zip(wrong, words, strict=True):
        assert list(answer) == ["id", "line", "error"]
        assert word in answer["error"]


def test_odd_texts_get_an_answer(command):
    texts = ["漏\0水", "x" * 100_000, "漏水" * 50_000, "\ud800漏水", "\U0001f600", "\u202e"]
    found = answers(command, *(json.dumps({"id": text[:9], "text": text}) for text in texts))
    assert [answer.get("id") for answer in found] == [text[:9] for text in texts]
    assert not [answer for answer in found if "error" in answer]


def test_raw_control_characters_in_a_text_are_borne(command):
    found = answers(command, b'{"id": 1, "text": "a\tb"}', b'{"id": 2, "text": "a\x00b"}')
    assert [answer["id"] for answer in found] == [1, 2]


def test_any_id_comes_back_as_it_was(command):
    identities = [None, 3, "文", [1, {"a": None}], {"k": 1.5}, True]
    found = answers(command, *(json.dumps({"id": known, "text": "好"}) for known in identities))
    assert [answer["id"] for answer in found] == identities


def test_an_id_that_json_cannot_say_is_an_error(command):
    (answer,) = answers(command, '{"id": 1e999, "text": "好"}')
    assert (answer["id"], answer["line"]) == (None, 1)


def test_a_byte_order_mark_and_a_missing_last_line_end_are_borne(command):
    done = run(command, b'\xef\xbb\xbf{"id": 1, "text": "a"}\r\n{"id": 2, "text": "b"}')
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, 2]


def test_no_input_gives_no_output(command):
    done = run(command, b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_an_over_long_line_is_an_error_and_the_next_is_read(command):
    huge = b'{"id": 1, "text": "' + b"x" * (17 * 1024 * 1024) + b'"}'
    first, second = answers(command, huge, '{"id": 2, "text": "好"}')
    assert (first["id"], first["line"]) == (None, 1)
    assert "16 MB" in first["error"]
    assert second["id"] == 2


def test_many_lines_come_back_in_order(command):
    lines = [json.dumps({"id": number, "text": f"第{number}条漏水"}) for number in range(3000)]
    assert [answer["id"] for answer in answers(command, *lines)] == list(range(3000))


def test_a_platform_default_text_is_neutral(command):
    (answer,) = answers(command, '{"id": 1, "text": "此用户没有填写评价"}')
    assert (answer["label"], answer["p_neu"], answer["level"]) == ("neu", 1, None)


def test_stars_of_a_review_are_read(command):
    text = "收到了，就这样吧"
    lines = [
        json.dumps({"id": 1, "text": text}),
        json.dumps({"id": 2, "text": text, "kind": "review", "rating": 1}),
        json.dumps({"id": 3, "text": text, "kind": "review", "rating": "one"}),
    ]
    plain, low, odd = answers(command, *lines)
    assert low["p_neg"] > plain["p_neg"] == odd["p_neg"]


def test_a_line_is_answered_before_the_next_one_comes(command):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "text": "好"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_reader_that_leaves_early_is_no_error(command, tmp_path):
    given = tmp_path / "in.jsonl"
    given.write_text('{"id": 1, "text": "好"}\n' * 20_000, encoding="utf-8")
    with (
        given.open("rb") as source,
        subprocess.Popen(
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 0


def test_neither_django_nor_torch_is_loaded(command):
    script = (
        "import sys; from config.command import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: sys.stderr.write(str(sorted({'django', 'torch', 'sklearn', 'transformers'}"
        " & set(sys.modules))))"
    )
    done = run([sys.executable, "-c", script, *command[2:]], '{"id": 1, "text": "好"}\n', cwd=ROOT)
    assert done.stderr == b"[]"


def test_rules_with_a_mistake_are_named_with_file_and_line(command, rules):
    rules.write_text("- id: broken\n  category: nonsense\n", encoding="utf-8")
    done = run(command, b"")
    assert done.returncode == 1
    assert b"rules.yaml:" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_damaged_model_is_named(command, model):
    model.write_bytes(b"broken")
    done = run(command, b"")
    assert done.returncode == 1
    assert b"model.npz" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["--rules", "nowhere"], ["--frobnicate"]])
def test_wrong_usage_ends_with_2(arguments):
    done = run([sys.executable, str(ROOT / "manage.py"), "score", *arguments], b"")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_the_model_may_come_from_the_environment(command, model):
    given = command[: command.index("--model")]
    environment = {**os.environ, "FENGHUO_SENTIMENT_MODEL": str(model)}
    done = run(given, '{"id": 1, "text": "好"}\n', env=environment)
    assert done.returncode == 0
    environment["FENGHUO_SENTIMENT_MODEL"] = "nowhere.npz"
    done = run(given, b"", env=environment)
    assert done.returncode == 1
    assert b"nowhere.npz" in done.stderr


def test_an_unknown_setting_is_named(command):
    given = command[: command.index("--model")]
    done = run(given, b"", env={**os.environ, "FENGHUO_NONSENSE": "1"})
    assert done.returncode == 2
    assert b"FENGHUO_NONSENSE" in done.stderr
