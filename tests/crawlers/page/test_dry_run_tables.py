"""What a dry run prints: all of it to be read, on a wide line and on a narrow one."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from crawlers.management.commands.crawl import _tables

LONG = "用了三天漏水客服不理人" * 8
POST = {"类型": "社媒", "编号": "9001", "时间": "01-15 12:30", "作者": "", "正文": LONG}


def drawn(found, width):
    pages = []
    for table in _tables(found):
        console = Console(width=width, file=StringIO())
        with console.capture() as page:
            console.print(table)
        pages.append(page.get())
    return pages


@pytest.mark.parametrize("width", [60, 80, 160])
def test_a_long_text_is_folded_not_cut_off(width):
    (page,) = drawn([POST], width)
    assert max(map(cell_len, page.splitlines())) <= width
    seen = "".join(page.split())
    assert LONG[-5:] in seen
    assert seen.count("用了三天") >= 7
    assert "01-15 12:30" in page


def test_a_very_long_text_ends_with_a_mark():
    assert "…" in drawn([POST | {"正文": LONG * 9}], 160)[0]


def test_a_column_without_a_value_is_left_out():
    (page,) = drawn([POST, POST], 160)
    assert "作者" not in page
    assert "作者" in drawn([POST, POST | {"作者": "小*"}], 160)[0]


def test_each_kind_of_thing_has_its_table():
    refused = {"类型": "拒收", "正文": "没有价格"}
    assert len(drawn([POST, refused, POST, refused], 160)) == 2


def test_scraped_markup_stays_words():
    assert "[red]x[/red]" in drawn([POST | {"正文": "[red]x[/red]\n[link=a]"}], 160)[0]
