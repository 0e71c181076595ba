"""The rows that are trained on: files, weights, own sentences, and what they complain of."""

import json
from collections import Counter
from pathlib import Path

import pytest

from nlp.categories import Category
from nlp.scorer import LABELS
from nlp.training.aspects import Aspects, by_reviewer
from nlp.training.judged import Judgement, read_judged
from nlp.training.lessons import UNLABELLED, Lessons
from nlp.training.rows import (
    DataError,
    DataFile,
    Malformed,
    Row,
    find_files,
    own_rows,
    read_rows,
)
from nlp.training.sentences import sentences
from nlp.training.sets import weight
from tests.nlp.tiny import rows, write

# --- files ----------------------------------------------------------------------------------------


def test_train_dev_and_further_files_are_found_in_order(tmp_path):
    data = tmp_path / "data"
    write(data / "shop.train.jsonl.gz", [])
    write(data / "shop.dev.jsonl.gz", [])
    write(data / "more" / "extra.jsonl.gz", [])
    write(data / "more" / "unlabelled-x.jsonl.gz", [])
    write(data / "lone.train.jsonl.gz", [])
    assert [(file.dataset, file.use) for file in find_files(data)] == [
        ("lone", "split"),
        ("extra", "split"),
        ("unlabelled-x", "split"),
        ("shop", "dev"),
        ("shop", "train"),
    ]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        find_files(tmp_path / "nowhere")


def test_a_directory_without_training_files_is_named(tmp_path):
    with pytest.raises(DataError, match=r"train\.jsonl\.gz"):
        find_files(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "不是 JSON"),
        ("[" * 100_000, "不是 JSON"),
        ("", "不是 JSON"),
        ("[]", "缺少 text"),
        ('{"label": "neg"}', "缺少 text"),
        ('{"text": 3, "label": "neg"}', "缺少 text"),
        ('{"text": "x"}', "label"),
        ('{"text": "x", "label": "bad"}', "label"),
    ],
)
def test_a_malformed_line_is_counted_and_named_and_the_rest_is_read(tmp_path, line, reason):
    path = write(tmp_path / "a.train.jsonl.gz", [rows(1)[0], line, rows(1)[1]])
    malformed = Malformed()
    found = list(read_rows(DataFile(path, "a", "train"), malformed))
    assert len(found) == 2
    assert malformed.count == 1
    assert malformed.examples[0].startswith("第 2 行")
    assert reason in malformed.examples[0]


def test_rows_without_a_label_are_read_too(tmp_path):
    path = write(tmp_path / "a.train.jsonl.gz", [{"text": "x", "label": None}])
    malformed = Malformed()
    (found,) = read_rows(DataFile(path, "a", "train"), malformed)
    assert (found.label, found.aspects, malformed.count) == (None, None, 0)


@pytest.mark.parametrize("content", [b"plain text", b"\x1f\x8b\x08\x00broken"])
def test_a_file_that_is_no_gzip_is_named(tmp_path, content):
    path = tmp_path / "a.train.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.train\.jsonl\.gz"):
        list(read_rows(DataFile(path, "a", "train"), Malformed()))


def test_of_a_set_without_dev_file_a_twentieth_is_held_out_always_the_same(tmp_path):
    path = write(tmp_path / "a.train.jsonl.gz", [*rows(400)])
    file = DataFile(path, "a", "split")
    first = [row.held_out for row in read_rows(file, Malformed())]
    assert first == [row.held_out for row in read_rows(file, Malformed())]
    assert 30 <= sum(first) <= 90


# --- weights and own sentences --------------------------------------------------------------------


def row(dataset: str, label: str = "neg", quality: str = "") -> Row:
    return Row(dataset, "x", label, quality, held_out=False)  # type: ignore[arg-type]  # rows of a test


def test_reviews_count_more_than_films_and_emoticons():
    assert weight(row("os10")) > weight(row("weibo_senti")) > weight(row("douban_a"))


def test_a_set_that_is_not_known_counts_fully():
    assert weight(row("our-own-shop")) == 1


@pytest.mark.parametrize("quality", ["noisy", "distant-noisy"])
def test_noisy_rows_count_less(quality):
    assert weight(row("weibo_emotion", quality=quality)) < weight(row("weibo_emotion"))


def test_three_stars_count_less_as_neutral_than_other_stars():
    assert weight(row("unknown", "neu", "star")) == 0.75
    assert weight(row("unknown", "neg", "star")) == 1


def test_own_sentences_are_many_and_none_stands_on_both_sides():
    own = [row for row in own_rows() if row.dataset == "own"]
    held_out = {row.text for row in own if row.held_out}
    assert len(own) > 200
    assert len(held_out) > 50
    training = {row.text for row in own_rows() if not row.held_out}
    assert not held_out & training


def test_filled_frames_are_the_same_each_time_and_none_stands_twice():
    first = list(sentences())
    assert first == list(sentences())
    assert len({text for _, text in first}) == len(first)
    assert set(Counter(label for label, _ in first)) == {"neg", "neu", "pos"}
    assert not [text for _, text in first if "{" in text]


def test_own_sentences_are_well_formed():
    lines = (Path(own_rows.__code__.co_filename).parent / "own.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows)
    assert {row["split"] for row in rows} == {"train", "test"}


def test_every_text_of_the_corpus_is_judged_in_full():
    found = [row for row in own_rows() if row.dataset == "corpus"]
    assert all(row.aspects and len(row.aspects.known) == len(Category) for row in found)
    assert not any(row.aspects for row in own_rows() if row.dataset in ("own", "frames"))


# --- what rows complain of ------------------------------------------------------------------------


def judged(monkeypatch, **judgements: Judgement) -> None:
    monkeypatch.setattr("nlp.training.rows.read_judged", lambda: judgements)


@pytest.mark.parametrize(
    ("label", "quality", "expected"),
    [
        (None, "", "neg"),
        ("pos", "star", "neg"),
        ("pos", "distant-noisy", "neg"),
        ("pos", "", "pos"),
        ("pos", "human", "pos"),
    ],
)
def test_a_judged_row_is_of_its_own_set_with_our_label_unless_its_own_is_sure(
    tmp_path, monkeypatch, label, quality, expected
):
    judged(monkeypatch, known=Judgement("neg", ("quality", "price"), True, False))
    record = {"id": "known", "text": "x", "label": label, "label_quality": quality}
    path = write(tmp_path / "a.train.jsonl.gz", [record, {**record, "id": "unknown"}])
    ours, other = read_rows(DataFile(path, "a", "train"), Malformed())
    assert (ours.dataset, ours.label, other.dataset, other.label) == (
        "judged",
        expected,
        "a",
        label,
    )
    assert ours.aspects == Aspects.whole(("quality", "price"), severe=True)
    assert other.aspects is None


def test_a_judged_row_that_its_set_holds_out_stays_there(tmp_path, monkeypatch):
    judged(monkeypatch, known=Judgement("neg", ("quality",), True, False))
    path = write(tmp_path / "a.dev.jsonl.gz", [{"id": "known", "text": "x", "label": "pos"}])
    (found,) = read_rows(DataFile(path, "a", "dev"), Malformed())
    assert (found.dataset, found.label, found.held_out) == ("a", "pos", True)


def test_our_judgements_are_many_in_known_words_and_partly_held_out():
    found = read_judged()
    assert len(found) > 5_000
    assert {one.label for one in found.values()} <= set(LABELS)
    assert {name for one in found.values() for name in one.categories} <= set(Category)
    assert 0.1 < sum(one.held_out for one in found.values()) / len(found) < 0.15


def aspect(name: str, polarity: str) -> dict[str, str]:
    return {"aspect": name, "polarity": polarity}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ([], ()),
        ([aspect("包装", "neg")], ("packaging",)),
        ([aspect("口感", "neg"), aspect("品质", "neg"), aspect("物流", "pos")], ("quality",)),
        ([aspect("形状", "neg"), "odd", {}], ()),
    ],
)
def test_readers_of_jd_food_tell_what_a_review_complains_of(told, named):
    found = by_reviewer("jd_food", told)
    assert found is not None
    assert (found.named, found.severe) == (named, None)
    assert set(found.known) == {*named, "logistics", "packaging"}


@pytest.mark.parametrize(
    ("dataset", "told"), [("os10", []), ("jd_food", None), ("jd_food", "包装")]
)
def test_other_sets_and_other_shapes_tell_nothing(dataset, told):
    assert by_reviewer(dataset, told) is None


def test_lessons_know_what_was_judged_and_leave_the_rest_open():
    whole = Aspects.whole(("quality",), severe=True)
    part = Aspects(("price",), ("price", "packaging"), None)
    found = Lessons.of(
        [
            Row("feedback", "a", "neg", "", False, whole),
            Row("of_the_shop", "b", None, "", False, part),
            Row("os10", "c", "pos", "", False),
        ],
        ["a", "b", "c"],
    )
    assert found.labels.tolist() == [0, UNLABELLED, 2]
    assert found.judged.tolist() == [True, False, False]
    assert found.known.sum(axis=1).tolist() == [len(Category) + 1, 2, 0]
    assert found.aspects.sum(axis=1).tolist() == [2, 1, 0]
    assert found.weights.tolist() == [2, 1, 1]
    assert not found.taught.any()
