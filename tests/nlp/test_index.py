import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.index import (
    FADING,
    PRIOR,
    Cell,
    Part,
    decay,
    explain,
    nei,
    reach,
    smoothed_prior,
)

ALPHA, USUAL = 20.0, 0.1

shares = st.floats(0, 1)
weights = st.floats(0, 1e6)
keys = st.tuples(st.sampled_from(["jd", "weibo", "news"]), st.sampled_from(["", "quality"]))
cell_lists = st.lists(
    st.builds(
        lambda key, weight, p, count: Cell(key, weight, weight * p, count),
        keys,
        weights,
        shares,
        st.integers(0, 1000),
    ),
    max_size=8,
)
alphas = st.floats(0, 1000)


def cell(key: str, weight: float, p: float, mentions: int = 1) -> Cell:
    return Cell((key,), weight, weight * p, mentions)


def test_without_mentions_the_index_is_the_usual_rate():
    index = nei([], alpha=ALPHA, prior=0.12)
    assert (index.value, index.evidence, index.mentions) == (pytest.approx(12), 0, 0)


def test_without_mentions_and_prior_weight_the_index_is_still_the_usual_rate():
    assert nei([], alpha=0, prior=0.12).value == pytest.approx(12)


def test_the_formula_of_the_design():
    cells = [cell("jd", 30, 0.9, 12), cell("weibo", 10, 0.5, 3)]
    index = nei(cells, alpha=20, prior=0.1)
    assert index.value == pytest.approx(100 * (27 + 5 + 2) / 60)
    assert (index.evidence, index.mentions) == (40, 15)


def test_one_angry_post_on_a_quiet_subject_stays_far_from_100():
    assert nei([cell("weibo", 1, 1)], alpha=ALPHA, prior=USUAL).value < 15


def test_many_angry_posts_come_near_100():
    assert nei([cell("weibo", 2000, 1)], alpha=ALPHA, prior=USUAL).value > 99


@given(cell_lists, alphas, shares)
def test_the_index_lies_between_0_and_100(cells, alpha, prior):
    assert 0 <= nei(cells, alpha=alpha, prior=prior).value <= 100


@given(cell_lists, alphas, shares, st.randoms())
def test_the_order_of_cells_does_not_matter(cells, alpha, prior, chance):
    shuffled = list(cells)
    chance.shuffle(shuffled)
    assert nei(cells, alpha=alpha, prior=prior) == nei(shuffled, alpha=alpha, prior=prior)


@given(cell_lists, st.floats(0.1, 1000), shares, st.floats(0.1, 1000))
def test_a_surely_negative_mention_never_lowers_the_index(cells, alpha, prior, weight):
    before = nei(cells, alpha=alpha, prior=prior).value
    after = nei([*cells, cell("jd", weight, 1)], alpha=alpha, prior=prior).value
    assert after >= before - 1e-9


@given(cell_lists, st.floats(0.1, 1000), shares, st.floats(0.1, 1000))
def test_a_surely_harmless_mention_never_raises_the_index(cells, alpha, prior, weight):
    before = nei(cells, alpha=alpha, prior=prior).value
    after = nei([*cells, cell("jd", weight, 0)], alpha=alpha, prior=prior).value
    assert after <= before + 1e-9


@given(cell_lists, cell_lists, alphas, shares, shares, shares)
def test_the_parts_add_up_to_the_change(before, after, alpha, prior, old_prior, fade):
    change = (
        nei(after, alpha=alpha, prior=prior).value - nei(before, alpha=alpha, prior=old_prior).value
    )
    parts = explain(before, after, alpha=alpha, prior=prior, prior_before=old_prior, fade=fade)
    assert math.fsum(part.points for part in parts) == pytest.approx(change, abs=1e-9)


@given(cell_lists, cell_lists, shares, st.randoms())
def test_the_parts_do_not_depend_on_the_order_of_cells(before, after, prior, chance):
    one = explain(before, after, alpha=ALPHA, prior=prior)
    shuffled = list(after)
    chance.shuffle(shuffled)
    assert explain(before, shuffled, alpha=ALPHA, prior=prior) == one


def test_a_key_where_nothing_changed_has_no_part():
    same = cell("jd", 50, 0.3)
    parts = explain([same], [same, cell("weibo", 10, 0.9)], alpha=ALPHA, prior=USUAL)
    assert [part.key for part in parts] == [("weibo",)]
    assert parts[0].points > 0


def test_new_praise_takes_points_and_new_anger_adds_them():
    parts = explain(
        [cell("jd", 10, 0.5), cell("weibo", 10, 0.5)],
        [cell("jd", 30, 0.2), cell("weibo", 30, 0.8)],
        alpha=ALPHA,
        prior=USUAL,
    )
    points = {part.key: part.points for part in parts}
    assert points["weibo",] > 0 > points["jd",]


def test_growing_older_is_a_part_of_its_own_when_asked_for():
    old = cell("weibo", 80, 0.9)
    faded = Cell(old.key, 40, 36, 1)
    parts = explain([old], [faded], alpha=ALPHA, prior=USUAL, fade=0.5)
    assert [part.key for part in parts] == [FADING]
    assert parts[0].points < 0


def test_another_usual_rate_is_a_part_of_its_own():
    parts = explain([], [], alpha=ALPHA, prior=0.3, prior_before=0.1)
    assert parts == [Part(PRIOR, pytest.approx(20))]


def test_nothing_changed_has_no_parts():
    cells = [cell("jd", 5, 0.4)]
    assert explain(cells, cells, alpha=ALPHA, prior=USUAL) == []


def test_parts_come_biggest_first():
    after = [cell("jd", 5, 0.9), cell("weibo", 50, 0.9), cell("news", 20, 0.0)]
    sizes = [abs(part.points) for part in explain([], after, alpha=ALPHA, prior=USUAL)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((0, 0, 0), 1), ((1, 0, 0), 2), ((0, 0, 5), 5), ((2, 1, 1), 4), ((-4, -1, -9), 1)],
)
def test_reach_grows_with_the_logarithm_of_answers(counts, expected):
    assert reach(*counts) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("hours", "left"), [(0, 1), (6, 0.5), (12, 0.25), (24, 1 / 16), (-3, 1), (10**6, 0)]
)
def test_weight_halves_with_each_half_life(hours, left):
    assert decay(timedelta(hours=hours), timedelta(hours=6)) == pytest.approx(left)


def test_a_half_life_must_be_positive():
    with pytest.raises(ValueError, match="half-life"):
        decay(timedelta(hours=1), timedelta())


def test_the_usual_rate_of_a_new_subject_is_one_in_ten():
    assert smoothed_prior(0, 0) == pytest.approx(0.1)


def test_a_long_history_overrules_the_assumption():
    assert smoothed_prior(300, 1000) == pytest.approx(0.29, abs=0.01)
    assert smoothed_prior(1, 1) < 0.12
