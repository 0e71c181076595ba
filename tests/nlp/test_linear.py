"""The linear model: its features, its file, and what it makes of odd texts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.features import features
from nlp.linear import LinearScorer, Table, Weights, log_odds, softmax
from nlp.scorer import NOTHING_SAID, ModelError, load_scorer


def small_scorer() -> LinearScorer:
    chance = np.random.default_rng(1)
    return LinearScorer(Weights.of(chance.normal(size=(1 << 10, 3)), chance.normal(size=3)))


SMALL = small_scorer()


@pytest.mark.parametrize("texts", [[], [""], ["", "好", ""], ["  \n"]])
def test_empty_texts_are_valid_and_neutral(texts):
    scores = SMALL.score(texts)
    assert len(scores) == len(texts)
    assert [s for s, t in zip(scores, texts, strict=True) if not t.strip()] == [
        NOTHING_SAID for t in texts if not t.strip()
    ]


@given(st.lists(st.text(max_size=30), max_size=12))
def test_each_text_is_scored_as_if_it_were_alone(texts):
    together = SMALL.score(texts)
    alone = [SMALL.score([text])[0] for text in texts]
    assert len(together) == len(texts)
    for one, other in zip(together, alone, strict=True):
        assert (one.p_neg, one.p_neu, one.p_pos) == pytest.approx(
            (other.p_neg, other.p_neu, other.p_pos), abs=1e-5
        )


@given(st.text(max_size=50))
def test_probabilities_sum_to_one(text):
    score = SMALL.score([text])[0]
    assert score.p_neg + score.p_neu + score.p_pos == pytest.approx(1)
    assert min(score.p_neg, score.p_neu, score.p_pos) >= 0


@pytest.mark.parametrize("text", ["\0", "\ud83d", "漏" * 100_000, "\U0010ffff", "a" * 150_000])
def test_odd_and_long_texts_are_scored(text):
    assert len(SMALL.score([text, "好"])) == 2


def test_what_follows_the_first_hundred_thousand_characters_is_not_read():
    text = "好用不好用。" * 20_000
    assert SMALL.score([text]) == SMALL.score([text[:100_000]])


def test_many_long_texts_are_scored_in_order():
    texts = [f"{number}号商品" * 3000 for number in range(30)]
    assert SMALL.score(texts) == [SMALL.score([text])[0] for text in texts]


def test_features_are_the_same_on_every_machine():
    found = features(["漏水", ""], bits=20)
    assert found.rows.tolist() == [0] * 7
    assert found.columns.tolist() == [54412, 264400, 280898, 485771, 503607, 653671, 820250]


@pytest.mark.parametrize(
    ("negated", "plain", "more"),
    [("没有质量问题", "很有质量问题", 4), ("没有，质量问题", "很有，质量问题", 1)],
)
def test_words_after_a_negation_in_its_clause_have_features_of_their_own(negated, plain, more):
    count = [len(features([text], bits=20).columns) for text in (negated, plain)]
    assert count[0] - count[1] == more


def test_weights_survive_being_written(tmp_path):
    chance = np.random.default_rng(2)
    weights = Weights.of(chance.normal(size=(1 << 8, 3)), chance.normal(size=3))
    weights.write(tmp_path / "m.npz")
    read = LinearScorer.read(tmp_path / "m.npz")
    assert read.version == LinearScorer(weights).version
    assert read.score(["不好用"]) == LinearScorer(weights).score(["不好用"])


def test_rounding_keeps_weights_within_a_hundredth_of_the_scale():
    exact = np.random.default_rng(3).normal(size=(1 << 8, 3))
    rounded = Weights.of(exact, np.zeros(3)).values()
    assert np.abs(rounded - exact).max() < 0.01 * np.abs(exact).max()


def test_other_weights_have_another_version():
    assert small_scorer().version == SMALL.version
    other = Weights.of(np.ones((1 << 10, 3)), np.zeros(3))
    assert LinearScorer(other).version != SMALL.version


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    np.savez(path, **arrays)


GOOD = {
    "steps": np.zeros((8, 3), np.int8),
    "scale": np.ones(3, np.float32),
    "bias": np.zeros(3, np.float32),
}


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": np.zeros((7, 3), np.int8)},
        {"steps": np.zeros((8, 2), np.int8)},
        {"steps": np.zeros((8, 3), np.float32)},
        {"steps": np.zeros((), np.int8)},
        {"scale": np.ones(2, np.float32)},
        {"bias": np.zeros(3)},
        {"bias": np.array([None] * 3)},
    ],
)
def test_a_file_with_other_arrays_is_refused_by_name(tmp_path, changed):
    write_arrays(tmp_path / "odd.npz", **{**GOOD, **changed})
    with pytest.raises(ModelError, match=r"odd\.npz"):
        LinearScorer.read(tmp_path / "odd.npz")


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04broken"])
def test_a_damaged_file_is_refused_by_name(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.npz"):
        LinearScorer.read(tmp_path / "bad.npz")


def test_a_missing_file_is_named_with_the_way_to_get_one(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere\.npz.*fenghuo train"):
        load_scorer(str(tmp_path / "nowhere.npz"))


def test_a_file_that_lacks_an_array_is_refused(tmp_path):
    write_arrays(tmp_path / "part.npz", steps=GOOD["steps"])
    with pytest.raises(ModelError, match=r"part\.npz"):
        LinearScorer.read(tmp_path / "part.npz")


@pytest.mark.parametrize("texts", [[], [""], ["好", " ", "不好用"]])
def test_log_odds_are_what_scores_are_made_of_and_nothing_for_an_empty_text(texts):
    (odds,) = log_odds(texts, SMALL.table)
    assert odds.shape == (len(texts), 3)
    for text, row, score in zip(texts, odds, SMALL.score(texts), strict=True):
        if text.strip():
            assert softmax(row).tolist() == pytest.approx([score.p_neg, score.p_neu, score.p_pos])
        else:
            assert not row.any()


def test_a_table_of_fewer_bits_adds_up_what_falls_into_one_column():
    chance = np.random.default_rng(2)
    fine, coarse = chance.normal(size=(1 << 10, 3)), chance.normal(size=(1 << 6, 5))
    folded = Weights.of(np.tile(coarse, (1 << 4, 1)), np.zeros(5))
    texts = ["不好用，漏水了", "", "好"]
    _, few = log_odds(
        texts, Table(Weights.of(fine, np.zeros(3))), Table(Weights.of(coarse, np.zeros(5)))
    )
    (many,) = log_odds(texts, Table(folded))
    assert few == pytest.approx(many, abs=1e-5)
    assert few.shape == (3, 5)
