"""Training reads what people corrected, whatever else is in the file."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from nlp.training.feedback import Correction, read_feedback
from nlp.training.rows import DataError, Malformed

GOOD = {
    "text": "壶底漏水",
    "label": "neg",
    "categories": ["quality"],
    "severe": True,
    "wrong_rules": [],
    "said": {"label": "pos"},
}


def line(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}, ensure_ascii=False).encode() + b"\n"


def read(tmp_path: Path, *lines: bytes) -> tuple[list[Correction], Malformed]:
    path, malformed = tmp_path / "feedback.jsonl", Malformed()
    path.write_bytes(b"".join(lines))
    return list(read_feedback(path, malformed)), malformed


def test_a_line_becomes_a_correction(tmp_path: Path) -> None:
    found, malformed = read(tmp_path, line(wrong_rules=["leak", "leak"]))
    assert found == [Correction("壶底漏水", "neg", ("quality",), True, ("leak",))]
    assert malformed.count == 0


def test_what_nobody_judged_is_none_and_no_category_is_not(tmp_path: Path) -> None:
    unsaid, nothing = read(tmp_path, b'{"text": "a"}\n', line(categories=[]))[0]
    assert unsaid == Correction("a", None, None, None, ())
    assert nothing.categories == ()


@pytest.mark.parametrize(
    "bad",
    [
        b"{not json\n",
        b"[1]\n",
        b'"text"\n',
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b'{"label": "neg"}\n',
        line(text=" "),
        line(text=7),
        line(label="angry"),
        line(label=["neg"]),
        line(categories=["noise"]),
        line(categories="quality"),
        line(categories=[1]),
        line(severe=1),
        line(severe="yes"),
        line(wrong_rules="leak"),
        line(wrong_rules=[None]),
    ],
)
def test_a_bad_line_is_counted_and_the_rest_goes_on(tmp_path: Path, bad: bytes) -> None:
    found, malformed = read(tmp_path, line(), bad, line())
    assert len(found) == 2
    assert malformed.count == 1
    assert malformed.examples[0].startswith("第 2 行：")


def test_empty_lines_a_mark_of_utf8_and_a_last_line_without_end_are_fine(tmp_path: Path) -> None:
    found, malformed = read(tmp_path, b"\xef\xbb\xbf" + line(), b"\n", b"  \r\n", line().strip())
    assert (len(found), malformed.count) == (2, 0)


def test_an_endless_line_is_one_bad_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nlp.training.feedback._LONGEST_LINE", 300)
    found, malformed = read(tmp_path, b"x" * 5000 + b"\n", line())
    assert (len(found), malformed.count) == (1, 1)


def test_bad_lines_need_no_counter(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_bytes(b"{\n" + line())
    assert len(list(read_feedback(path))) == 1


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line())))
    assert len(list(read_feedback("-"))) == 1


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.jsonl"):
        list(read_feedback(tmp_path / "none.jsonl"))
    with pytest.raises(DataError):
        list(read_feedback(tmp_path))
