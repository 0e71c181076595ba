import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.features import features
from nlp.linear import LinearScorer, Weights
from nlp.normalise import normalise
from nlp.scorer import NOTHING_SAID, SHIPPED, ModelError, Score, load_scorer
from nlp.training.rows import own_rows


def small_scorer() -> LinearScorer:
    chance = np.random.default_rng(1)
    return LinearScorer(Weights.of(chance.normal(size=(1 << 10, 3)), chance.normal(size=3)))


SMALL = small_scorer()


@pytest.mark.parametrize(
    ("chances", "label"),
    [
        ((0.6, 0.3, 0.1), "neg"),
        ((0.1, 0.3, 0.6), "pos"),
        ((0.2, 0.6, 0.2), "neu"),
        ((0.4, 0.4, 0.2), "neu"),
        ((0.45, 0.1, 0.45), "pos"),
    ],
)
def test_the_label_is_the_most_probable_and_of_two_alike_the_milder(chances, label):
    assert Score(*chances).label == label


@pytest.mark.parametrize("texts", [[], [""], ["", "好", ""], ["  \n"]])
def test_empty_texts_are_valid_and_neutral(texts):
    scores = SMALL.score(texts)
    assert len(scores) == len(texts)
    assert [s for s, t in zip(scores, texts, strict=True) if not t.strip()] == [
        NOTHING_SAID for t in texts if not t.strip()
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=12))
def test_each_text_is_scored_as_if_it_were_alone(texts):
    together = SMALL.score(texts)
    alone = [SMALL.score([text])[0] for text in texts]
    assert len(together) == len(texts)
    for one, other in zip(together, alone, strict=True):
        assert (one.p_neg, one.p_neu, one.p_pos) == pytest.approx(
            (other.p_neg, other.p_neu, other.p_pos), abs=1e-5
        )


@settings(deadline=None)
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


# --- the shipped weights ------------------------------------------------------------------------

EVERYDAY_QUESTIONS = [
    "请问这款水壶多少钱",
    "这个怎么清洗？",
    "什么时候发货呀",
    "请问有质量问题怎么退",
    "可以开发票吗",
    "有黑色的吗",
    "尺寸多大，放得进橱柜吗？",
    "支持七天无理由吗",
    "怎么联系售后",
    "电池能用多久？",
    "哪个型号适合两个人用",
    "保修几年",
]


@pytest.mark.model
def test_the_shipped_scorer_is_loaded_once():
    assert load_scorer() is load_scorer("")
    assert load_scorer().version.startswith("linear-")


@pytest.mark.model
def test_the_shipped_weights_are_small():
    assert SHIPPED.stat().st_size < 4_000_000


@pytest.mark.model
@pytest.mark.parametrize("text", EVERYDAY_QUESTIONS)
def test_everyday_questions_are_not_negative(text):
    assert load_scorer().score([normalise(text).text])[0].label != "neg"


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("烧到一半壶底漏水，差点烫到孩子", "neg"),
        ("質量太差了，用了兩天就壞了", "neg"),
        ("客服态度恶劣，退款一直不给退！！！", "neg"),
        ("不會再買了", "neg"),
        ("没有任何质量问题，推荐", "pos"),
        ("用了半年，从来没坏过，很满意", "pos"),
        ("发货很快，包装也好，家里人都喜欢", "pos"),
        ("昨天收到，还没用", "neu"),
    ],
)
def test_plain_cases(text, label):
    assert load_scorer().score([normalise(text).text])[0].label == label


@pytest.mark.model
@pytest.mark.parametrize(("dataset", "floor"), [("own", 0.8), ("corpus", 0.66)])
def test_the_shipped_scorer_gets_most_of_the_held_out_sentences_right(dataset, floor):
    rows = [row for row in own_rows() if row.held_out and row.dataset == dataset]
    scores = load_scorer().score([normalise(row.text).text for row in rows])
    right = sum(score.label == row.label for row, score in zip(rows, scores, strict=True))
    assert right / len(rows) > floor


# --- any other model ------------------------------------------------------------------------------


def test_without_transformers_the_message_says_what_to_install(monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("nlp.transformer.import_module", missing)
    with pytest.raises(ModelError, match=r"transformers.*fenghuo\[model\]"):
        load_scorer("some/model")


def make_model(folder: Path, labels: list[str]) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"不好用坏了漏水推荐"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder


@pytest.mark.model
def test_another_model_scores_in_order_and_at_any_length(tmp_path):
    scorer = load_scorer(str(make_model(tmp_path / "tiny", ["negative", "neutral", "positive"])))
    texts = ["漏水了", "", "好用推荐" * 500, "不好用"]
    scores = scorer.score(texts)
    assert scores[1] == NOTHING_SAID
    for text, score in zip(texts, scores, strict=True):
        alone = scorer.score([text])[0]
        assert score.p_neg == pytest.approx(alone.p_neg, abs=1e-4)
        assert score.p_neg + score.p_neu + score.p_pos == pytest.approx(1)
    assert scorer.version.startswith("tiny-")


@pytest.mark.model
def test_a_model_of_two_classes_has_no_neutral(tmp_path):
    scorer = load_scorer(str(make_model(tmp_path / "two", ["消极", "积极"])))
    score = scorer.score(["漏水了"])[0]
    assert score.p_neu == 0
    assert score.p_neg + score.p_pos == pytest.approx(1)


@pytest.mark.model
def test_outputs_may_be_named_and_joined(tmp_path):
    folder = make_model(tmp_path / "stars", [f"LABEL_{number}" for number in range(5)])
    with pytest.raises(ModelError, match=r"neg=0,neu=1,pos=2"):
        load_scorer(str(folder))
    one = load_scorer(f"{folder}|neg=0+1,neu=2,pos=3+4")
    other = load_scorer(f"{folder}|neg=3+4,neu=2,pos=0+1")
    first, second = one.score(["漏水"])[0], other.score(["漏水"])[0]
    assert first.p_neg == pytest.approx(second.p_pos)
    assert one.version != other.version


@pytest.mark.model
def test_a_model_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ModelError, match="nothing-here"):
        load_scorer(str(tmp_path / "nothing-here"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Negative", "Neutral", "Positive"], {"neg": [0], "neu": [1], "pos": [2]}),
        (["正面", "负面"], {"neg": [1], "neu": [], "pos": [0]}),
        (
            ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"],
            {"neg": [0, 1], "neu": [2], "pos": [3, 4]},
        ),
        (["LABEL_0", "LABEL_1"], None),
        (["negative", "neutral"], None),
        (["angry", "happy"], None),
    ],
)
def test_outputs_are_guessed_from_their_names(names, expected):
    from nlp.transformer import guess

    assert guess(dict(enumerate(names))) == expected


@pytest.mark.parametrize("mapping", ["", "neg", "neg=x", "bad=1", "neg=0,neg=1", "neg=0 pos=1"])
def test_a_mapping_that_cannot_be_read_is_refused(mapping):
    from nlp.transformer import ModelName

    with pytest.raises(ModelError, match="neg=0,neu=1,pos=2"):
        ModelName.parse(f"some/model|{mapping}")


@pytest.mark.model
@pytest.mark.parametrize("mapping", ["neg=0,pos=7", "neg=0,pos=0", "neg=0,neu=1"])
def test_a_mapping_that_does_not_fit_the_model_is_refused(tmp_path, mapping):
    folder = make_model(tmp_path / "two", ["a", "b"])
    with pytest.raises(ModelError, match="标签对应"):
        load_scorer(f"{folder}|{mapping}")


def test_own_sentences_are_well_formed():
    lines = (Path(own_rows.__code__.co_filename).parent / "own.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in lines.splitlines()]
    assert len({row["id"] for row in rows}) == len({row["text"] for row in rows}) == len(rows)
    assert {row["split"] for row in rows} == {"train", "test"}
