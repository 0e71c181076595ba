"""Which texts measure: held out, always the same ones, and no more than asked for."""

import gzip
import json
from pathlib import Path

import pytest

from nlp.categories import Category
from nlp.evaluation.texts import own_sets, read_sets, sampled
from nlp.normalise import normalise
from nlp.scorer import LABELS
from nlp.training.corpus import read_corpus
from nlp.training.rows import DataError, Malformed

TEXTS = [f"第{number}条评价" for number in range(200)]


def write(path: Path, lines: list[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for line in lines:
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")


def rows(count: int) -> list[object]:
    return [{"id": f"r{n}", "text": f"第{n}条", "label": "neg"} for n in range(count)]


def test_a_sample_is_the_same_each_time_and_a_larger_one_holds_it():
    assert sampled(TEXTS, 20) == sampled(TEXTS, 20)
    assert set(sampled(TEXTS, 20)) < set(sampled(TEXTS, 50))
    assert len(sampled(TEXTS, 50)) == 50
    assert sampled(TEXTS, 50) == sorted(sampled(TEXTS, 50))


def test_rows_added_at_the_end_hardly_change_a_sample():
    kept = set(sampled(TEXTS[:150], 50)) & set(sampled(TEXTS, 50))
    assert len(kept) > 25


@pytest.mark.parametrize("most", [None, 200, 1000])
def test_without_need_nothing_is_left_out(most):
    assert sampled(TEXTS, most) == list(range(200))


def test_our_own_sets_hold_only_what_training_never_sees():
    corpus, strangers, own = own_sets(None)
    seen = {example.text for example in read_corpus() if not example.held_out}
    assert [one.name for one in (corpus, strangers, own)] == ["corpus", "strangers", "own"]
    assert len(corpus.texts) > 1000
    assert seen.isdisjoint(corpus.texts)
    assert [example.text for example in corpus.examples] == corpus.texts
    assert [example.label for example in corpus.examples] == corpus.labels


def test_the_strangers_texts_are_well_formed_and_none_stands_in_the_corpus():
    strangers = own_sets(None)[1]
    assert len(strangers.texts) >= 400
    categories = {category.value for category in Category}
    for example in strangers.examples:
        assert set(example.categories) <= categories, example.id
        assert example.label in LABELS, example.id
        assert example.categories or not example.severe, example.id
    known = {normalise(example.text).text for example in read_corpus()}
    assert known.isdisjoint(one.text for one in strangers.plain)


def test_at_most_so_many_of_each_set():
    assert [len(one.texts) for one in own_sets(12)] == [12, 12, 12]


def test_of_a_data_directory_dev_rows_measure_and_a_twentieth_of_sets_without_them(tmp_path):
    write(tmp_path / "shop.train.jsonl.gz", rows(50))
    write(tmp_path / "shop.dev.jsonl.gz", rows(3))
    write(tmp_path / "more" / "bulk.jsonl.gz", rows(2000))
    shop, bulk = read_sets(tmp_path, None, {})
    assert (shop.name, len(shop.texts)) == ("shop", 3)
    assert bulk.name == "bulk"
    assert 60 < len(bulk.texts) < 140
    assert [plain.text for plain in shop.plain] == ["第0条", "第1条", "第2条"]


def test_lines_that_cannot_be_read_are_counted(tmp_path):
    write(tmp_path / "shop.train.jsonl.gz", rows(1))
    write(tmp_path / "shop.dev.jsonl.gz", [*rows(2), "not json"])
    malformed: dict[Path, Malformed] = {}
    assert len(read_sets(tmp_path, None, malformed)[0].texts) == 2
    assert [found.count for found in malformed.values()] == [1]


def test_an_empty_directory_is_named(tmp_path):
    with pytest.raises(DataError, match=str(tmp_path)):
        read_sets(tmp_path, None, {})
