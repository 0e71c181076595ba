"""What a score is, and which scorer a name stands for."""

from pathlib import Path

import numpy as np
import pytest

from nlp.compact import CompactScorer
from nlp.linear import LinearScorer, Weights
from nlp.scorer import SHIPPED, AspectScorer, ModelError, Score, load_scorer


def write_linear(path: Path) -> Path:
    Weights.of(np.ones((8, 3)), np.zeros(3)).write(path)
    return path


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


@pytest.mark.model
@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_the_shipped_scorer_which_is_loaded_once(name):
    assert load_scorer(name) is load_scorer()
    assert isinstance(load_scorer(name), CompactScorer)


@pytest.mark.model
def test_a_folder_that_training_wrote_is_served_as_what_it_is():
    assert load_scorer(str(SHIPPED)).version == load_scorer().version


@pytest.mark.model
def test_the_linear_file_of_a_folder_is_served_alone():
    assert isinstance(load_scorer(str(SHIPPED / "linear.npz")), LinearScorer)


@pytest.mark.model
def test_only_a_scorer_that_reads_tells_what_a_text_complains_of(tmp_path):
    assert isinstance(load_scorer(), AspectScorer)
    linear = load_scorer(str(write_linear(tmp_path / "m.npz")))
    assert not isinstance(linear, AspectScorer)


def test_a_file_of_weights_is_loaded_once(tmp_path):
    name = str(write_linear(tmp_path / "m.npz"))
    assert load_scorer(name) is load_scorer(f" {name} ")


@pytest.mark.model
def test_a_folder_that_holds_no_model_is_refused_by_name(tmp_path):
    (tmp_path / "no-model").mkdir()
    with pytest.raises(ModelError, match="no-model"):
        load_scorer(str(tmp_path / "no-model"))
