import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.counts import LARGEST, parse_count
from crawlers.ratings import parse_rating


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("1.2万", 12_000),
        ("2万+", 20_000),
        ("500+", 500),
        ("1亿", 100_000_000),
        ("赞", 0),
        ("转发", 0),
        ("评论", 0),
        ("", 0),
        (None, 0),
        ("１２", 12),
        ("1,234", 1234),
        ("1.5w", 15_000),
        ("2k", 2000),
        (38, 38),
        ("99999亿", LARGEST),
    ],
)
def test_count_is_read_as_the_sites_write_it(text, count):
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["-1", -1, "很多", "1.2.3", "万", float("nan"), True])
def test_what_is_no_count_is_refused(text):
    with pytest.raises(ValueError, match=r"\S"):
        parse_count(text)


@given(st.text(max_size=30) | st.integers() | st.floats())
def test_any_input_is_a_storable_count_or_refused(value):
    try:
        assert 0 <= parse_count(value) <= LARGEST
    except ValueError:
        return


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("5", 5),
        ("5.0", 5),
        (4, 4),
        ("5星", 5),
        ("五星", 5),
        ("好评", 5),
        ("中评", 3),
        ("差评", 1),
        ("★★★★★", 5),
        ("★★☆☆☆", 2),
        ("⭐⭐⭐", 3),
        ("4.5", 5),
        ("3分", 3),
        ("非常不满意", 1),
        ("5/5", 5),
        ("", None),
        ("-", None),
        (None, None),
        ("0", None),
        ("☆☆☆☆☆", None),
    ],
)
def test_rating_is_read_as_exports_write_it(text, stars):
    assert parse_rating(text) == stars


@pytest.mark.parametrize("text", ["6", "很棒的", "10", "★★★★★★"])
def test_what_is_no_rating_is_refused(text):
    with pytest.raises(ValueError, match="评分"):
        parse_rating(text)


@given(st.text(max_size=20) | st.integers() | st.floats())
def test_any_input_is_a_rating_or_refused(value):
    try:
        assert parse_rating(value) in {None, 1, 2, 3, 4, 5}
    except ValueError:
        return
