import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import SHANGHAI
from crawlers.importing.cells import escaped, identifier, moment, money, plain

anything = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.datetimes()
    | st.dates()
    | st.times()
)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("-", ""),
        ("--", ""),
        ("无", ""),
        ("/", ""),
        ("N/A", ""),
        ("#N/A", ""),
        ("#VALUE!", ""),
        (" 好 \t", "好"),
        ('="123"', "123"),
        (5.0, "5"),
        (4.5, "4.5"),
        (7, "7"),
        (True, "是"),
        ("\ufeff字", "字"),
        (dt.date(2024, 1, 15), "2024-01-15"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_cell_is_its_plain_text(cell, text):
    assert plain(cell) == text


@pytest.mark.parametrize(
    ("cell", "native_id"),
    [
        ("'1234567890123456789", "1234567890123456789"),
        ('="1234"', "1234"),
        ("1234\t", "1234"),
        (1234, "1234"),
        (1234.0, "1234"),
        ("1234.0", "1234"),
        (1234567890123456789, "1234567890123456789"),
        ("无", ""),
        (None, ""),
        ("abc-1", "abc-1"),
        ("5e12", "5e12"),
        ("4990000000000010", "4990000000000010"),
    ],
)
def test_an_id_is_freed_of_its_spreadsheet_dress(cell, native_id):
    assert identifier(cell) == native_id


@pytest.mark.parametrize(
    "cell",
    [
        *("3.50E+18", "3.5e18", "3E+18", 3.5e18, 3500000000000000000),
        *(3.123456789012345e18, "3512345678901230000"),
    ],
)
def test_an_id_whose_digits_are_lost_is_refused(cell):
    with pytest.raises(ValueError, match="丢失"):
        identifier(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (45306.52, dt.datetime(2024, 1, 15, 12, 28, 48, tzinfo=SHANGHAI)),
        ("45306", dt.datetime(2024, 1, 15, tzinfo=SHANGHAI)),
        ("20240115", dt.datetime(2024, 1, 15, tzinfo=SHANGHAI)),
        (20240115, dt.datetime(2024, 1, 15, tzinfo=SHANGHAI)),
        ("20240115123005", dt.datetime(2024, 1, 15, 12, 30, 5, tzinfo=SHANGHAI)),
        ("20230231", "20230231"),
        (dt.datetime(2024, 1, 15, 12, 30), dt.datetime(2024, 1, 15, 12, 30, tzinfo=SHANGHAI)),  # noqa: DTZ001 (as openpyxl gives it)
        (dt.date(2024, 1, 15), dt.datetime(2024, 1, 15, tzinfo=SHANGHAI)),
        ("2024年1月15日", "2024年1月15日"),
        (1705293005, "1705293005"),
        ("-", None),
        (None, None),
    ],
)
def test_a_time_is_read_or_left_for_reading(cell, expected):
    assert moment(cell) == expected


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("￥1,999.00", 1999.0),
        ("1999元", 1999.0),
        ("¥ 5", 5.0),
        (12.5, 12.5),
        ("-", None),
        ("面议", None),
    ],
)
def test_money_is_an_amount(cell, amount):
    assert money(cell) == amount


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_formula_becomes_text(cell):
    assert escaped(cell) == f"'{cell}"


@given(anything)
def test_no_cell_breaks_the_import(cell):
    assert isinstance(plain(cell), str)
    assert isinstance(escaped(cell), str)
    money(cell)
    moment(cell)
    try:
        assert isinstance(identifier(cell), str)
    except ValueError:
        return
