"""SnowNLP's one number, read as three labels."""

import pytest

from nlp.evaluation import snownlp
from nlp.evaluation.answers import quality
from nlp.evaluation.snownlp import ask, load_snownlp
from nlp.scorer import LABELS


@pytest.mark.parametrize(
    ("chance", "label", "forced"),
    [
        (0.0, "neg", "neg"),
        (0.39, "neg", "neg"),
        (0.4, "neu", "neg"),
        (0.5, "neu", "pos"),
        (0.6, "neu", "pos"),
        (0.61, "pos", "pos"),
    ],
)
def test_the_middle_is_neutral_unless_neutral_is_forbidden(chance, label, forced):
    found = ask(lambda text: chance, ["文字"], ["neg"])
    assert LABELS[found.said[0]] == label
    assert LABELS[found.forced().said[0]] == forced
    assert found.p_neg[0] == pytest.approx(1 - chance)


def test_each_text_is_told_as_progress():
    told: list[int] = []
    ask(lambda text: 0.5, ["一", "二", "三"], ["neg"] * 3, told.append)
    assert told == [1, 1, 1]


def test_where_it_is_not_installed_there_is_none(monkeypatch):
    monkeypatch.setattr(snownlp, "find_spec", lambda name: None)
    assert load_snownlp() is None


@pytest.mark.slow
def test_the_real_one_tells_praise_from_anger_and_answers_an_empty_text():
    pytest.importorskip("snownlp")
    read = load_snownlp()
    assert read is not None
    assert read("质量很好，非常喜欢，推荐购买") > 0.8
    assert read("太差了，垃圾，再也不买了") < 0.3
    assert read("") == 0.5


def test_it_is_measured_like_the_model():
    chances = {"好": 0.9, "差": 0.1, "一般": 0.5}
    found = quality(ask(chances.__getitem__, list(chances), ["pos", "neg", "neu"]))
    assert (found.accuracy, found.auc) == (1.0, 1.0)
