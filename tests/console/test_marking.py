"""Marks in a masked text."""

from typing import Any

from console.marking import SHOWN_AT_MOST, Piece, marked


def hit(text: str, word: str, level: str = "severe") -> dict[str, Any]:
    start = text.index(word)
    return {"text": word, "start": start, "end": start + len(word), "level": level}


def off(text: str, word: str, label: str) -> dict[str, Any]:
    return {**hit(text, word), "label": label}


def test_the_words_that_counted_are_marked() -> None:
    text = "炸到一半突然冒烟，插头烧黑"
    assert marked(text, [hit(text, "冒烟"), hit(text, "烧黑", "normal")], []) == [
        Piece("炸到一半突然"),
        Piece("冒烟", "severe"),
        Piece("，插头"),
        Piece("烧黑", "normal"),
    ]


def test_a_word_ruled_out_says_why() -> None:
    text = "没有质量问题，挺好"
    assert marked(text, [], [off(text, "质量问题", "否定")])[1] == Piece("质量问题", off="否定")


def test_marks_find_their_words_behind_what_is_masked() -> None:
    text = "电话 13812342046，订单号 382011112222333317，说是质量问题"
    pieces = marked(text, [hit(text, "质量问题")], [])
    assert "13812342046" not in "".join(piece.text for piece in pieces)
    assert pieces[-1] == Piece("质量问题", "severe")


def test_a_word_within_what_is_masked_stays_hidden() -> None:
    text = "打 13812342046 找我"
    shown = "".join(p.text for p in marked(text, [hit(text, "1234")], []))
    assert "1234" not in shown


def test_where_words_overlap_the_worse_one_is_marked() -> None:
    text = "就是质量问题"
    found = marked(text, [hit(text, "问题", "watch"), hit(text, "质量问题")], [])
    assert found == [Piece("就是"), Piece("质量问题", "severe")]


def test_a_long_text_is_cut_and_says_so() -> None:
    shown = "".join(piece.text for piece in marked("好" * (SHOWN_AT_MOST + 1), [], []))
    assert shown == "好" * SHOWN_AT_MOST + "……"


def test_offsets_outside_the_text_are_ignored() -> None:
    nonsense = {"text": "x", "start": 50, "end": 60, "level": "severe"}
    assert marked("短", [nonsense], []) == [Piece("短")]


def test_an_empty_text_has_no_pieces() -> None:
    assert marked("", [], []) == []
