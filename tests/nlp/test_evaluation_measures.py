"""The figures of merit, held against scikit-learn's and against hand-made cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.evaluation import measures
from nlp.evaluation.answers import Answers, quality

metrics = pytest.importorskip("sklearn.metrics")

LABELS = st.integers(0, 2)
PAIRS = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=40)
# Few different chances, so that many are tied.
CHANCES = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5001, 0.9, 1.0])),
    min_size=1,
    max_size=40,
)


def answers(rows: list[tuple[str, str, float, float]]) -> Answers:
    truth, said, p_neg, p_pos = zip(*rows, strict=True)
    return Answers.of(truth, said, p_neg, p_pos)


@given(PAIRS)
def test_accuracy_and_macro_f1_are_those_of_scikit_learn(pairs):
    truth, said = map(np.array, zip(*pairs, strict=True))
    there = np.unique(truth)
    expected = metrics.f1_score(truth, said, labels=there, average="macro", zero_division=0)
    assert measures.macro_f1(truth, said) == pytest.approx(expected)
    assert measures.accuracy(truth, said) == pytest.approx(metrics.accuracy_score(truth, said))


@given(PAIRS)
def test_precision_and_recall_are_those_of_scikit_learn_where_they_exist(pairs):
    truth, said = map(np.array, zip(*pairs, strict=True))
    wanted, called = truth == 0, said == 0
    precision, recall = measures.precision(wanted, called), measures.recall(wanted, called)
    assert (precision is None) is not called.any()
    assert (recall is None) is not wanted.any()
    if called.any():
        assert precision == pytest.approx(metrics.precision_score(wanted, called))
    if wanted.any():
        assert recall == pytest.approx(metrics.recall_score(wanted, called))


@given(CHANCES)
def test_auc_is_that_of_scikit_learn_also_with_ties(rows):
    wanted = np.array([flag for flag, _ in rows])
    chances = np.array([chance for _, chance in rows])
    if wanted.all() or not wanted.any():
        assert measures.auc(wanted, chances) is None
    else:
        assert measures.auc(wanted, chances) == pytest.approx(
            metrics.roc_auc_score(wanted, chances)
        )


@given(CHANCES)
@settings(max_examples=50)
def test_the_calibration_error_is_the_gap_of_each_bin_by_its_rows(rows):
    wanted = np.array([flag for flag, _ in rows])
    chances = np.array([chance for _, chance in rows])
    bins = np.minimum(chances * 15 // 1, 14)
    expected = sum(
        (bins == number).mean()
        * abs(wanted[bins == number].mean() - chances[bins == number].mean())
        for number in set(bins)
    )
    assert measures.calibration_error(wanted, chances) == pytest.approx(expected)


def test_promises_kept_have_no_calibration_error_and_overconfidence_has_all_of_its_own():
    chances = np.full(10, 0.8)
    assert measures.calibration_error(np.arange(10) < 8, chances) == pytest.approx(0)
    assert measures.calibration_error(np.arange(10) < 3, chances) == pytest.approx(0.5)


def test_nothing_measured_is_none_and_not_zero():
    flags, chances, labels = np.zeros(0, bool), np.zeros(0), np.zeros(0, int)
    assert measures.share(flags) is None
    assert measures.accuracy(labels, labels) is None
    assert measures.macro_f1(labels, labels) is None
    assert measures.auc(flags, chances) is None
    assert measures.calibration_error(flags, chances) is None


def test_polarity_leaves_neutral_texts_out_and_counts_who_would_rather_say_neutral():
    found = quality(
        answers(
            [
                ("neg", "neu", 0.4, 0.1),  # right, if forced to choose
                ("pos", "neg", 0.8, 0.1),
                ("neu", "neg", 0.8, 0.1),
                ("neg", "neg", 0.9, 0.0),
            ]
        )
    )
    assert found.rows == 4
    assert found.accuracy == pytest.approx(1 / 4)
    assert found.polarity == pytest.approx(2 / 3)
    assert found.negative_precision == pytest.approx(1 / 3)
    assert found.negative_recall == pytest.approx(1 / 2)
    assert found.called_negative == pytest.approx(3 / 4)


def test_where_nothing_is_negative_only_the_share_called_so_is_told():
    found = quality(answers([("neu", "neg", 0.8, 0.1), ("neu", "neu", 0.2, 0.1)]))
    assert (found.negative_precision, found.negative_recall, found.auc) == (None, None, None)
    assert found.polarity is None
    assert found.called_negative == 0.5
