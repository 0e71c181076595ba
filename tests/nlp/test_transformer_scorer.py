"""Any other model of transformers, served as a scorer."""

import pytest

from nlp.scorer import NOTHING_SAID, ModelError, load_scorer
from tests.nlp.tiny import make_bert


def test_without_transformers_the_message_says_what_to_install(monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("nlp.transformer.import_module", missing)
    with pytest.raises(ModelError, match=r"transformers.*fenghuo\[model\]"):
        load_scorer("some/model")


@pytest.mark.model
def test_another_model_scores_in_order_and_at_any_length(tmp_path):
    scorer = load_scorer(str(make_bert(tmp_path / "tiny", ["negative", "neutral", "positive"])))
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
    scorer = load_scorer(str(make_bert(tmp_path / "two", ["消极", "积极"])))
    score = scorer.score(["漏水了"])[0]
    assert score.p_neu == 0
    assert score.p_neg + score.p_pos == pytest.approx(1)


@pytest.mark.model
def test_outputs_may_be_named_and_joined(tmp_path):
    folder = make_bert(tmp_path / "stars", [f"LABEL_{number}" for number in range(5)])
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
    folder = make_bert(tmp_path / "two", ["a", "b"])
    with pytest.raises(ModelError, match="标签对应"):
        load_scorer(f"{folder}|{mapping}")
