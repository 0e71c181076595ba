"""The dress in which exports come: pages, merged cells, archives, JSON of all kinds."""

import json
import stat
import zipfile
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.importing import ImportProblem, archives, import_file, json_files, tables, workbooks
from crawlers.importing.json_files import objects
from crawlers.models import CrawlRun, Post
from tests.crawlers.importing.making import (
    HEADER,
    ROWS,
    delimited,
    rejected_lines,
    workbook,
    written,
)
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
OFFICE = """<?xml version="1.0"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="评价"><Table><Row><Cell><Data ss:Type="String">评价编号</Data></Cell><Cell><Data ss:Type="String">评分</Data></Cell>
<Cell><Data ss:Type="String">评价内容</Data></Cell></Row>
<Row ss:Index="5"><Cell><Data ss:Type="String">41</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">跳过一格</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def ids():
    return set(Post.objects.values_list("native_id", flat=True))


def archive(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_page_as_xls_with_titles_spans_and_line_breaks(tmp_path, encoding):
    page = """<!DOCTYPE html><html><head><style>td{}</style></head><body><table>
    <tr><td colspan=4>某店 评价导出</td></tr>
    <tr><th>订单编号</th><th>评价编号</th><th>评价内容</th><th>评分</th></tr>
    <tr><td rowspan="2">'8001</td><td>11</td><td>漏水<br>很失望&nbsp;</td><td>1星</td></tr>
    <tr><td>12</td><td>=1+1 好</td><td>五星</td></tr></table></body></html>"""
    done = import_file(written(tmp_path, page, "评价.xls", encoding), now=NOW)
    assert (done.accepted, done.rejected) == (2, 0)
    assert dict(Post.objects.values_list("native_id", "text")) == {
        "11": "漏水\n很失望",
        "12": "=1+1 好",
    }


def test_a_value_that_spans_rows_holds_for_each_of_them(tmp_path):
    page = (
        "<table><tr><td>评价编号</td><td>商品ID</td><td>评价内容</td></tr>"
        "<tr><td>1</td><td rowspan=2>77</td><td>甲</td></tr><tr><td>2</td><td>乙</td></tr>"
        "<tr><td>3</td><td>78</td><td>丙</td></tr></table>"
    )
    import_file(written(tmp_path, page, "a.xls"), now=NOW)
    assert dict(Post.objects.values_list("native_id", "product_id")) == {
        "1": "77",
        "2": "77",
        "3": "78",
    }


@pytest.mark.parametrize(
    "page",
    [
        "<html><table><tr><td>评价内容</td></tr><tr><td rowspan=999999999 colspan=99999999>x</td></tr>",
        "<table><tr><td>评价内容<tr><td>没有闭合",
        "<table>" * 5000 + "<tr><td>评价内容</td></tr><tr><td>深</td></tr>",
    ],
)
def test_a_broken_page_is_read_as_far_as_it_goes_or_refused(tmp_path, page):
    try:
        done = import_file(written(tmp_path, page, "a.xls"), now=NOW)
    except ImportProblem:
        return
    assert done.rows <= 1


def test_the_xml_of_old_excel_is_read(tmp_path):
    import_file(written(tmp_path, OFFICE, "a.xls"), now=NOW)
    assert dict(Post.objects.values_list("native_id", "text")) == {"41": "跳过一格"}


def test_old_binary_excel_is_refused_with_advice(tmp_path):
    path = written(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧.xls")
    with pytest.raises(ImportProblem, match=r"另存为 \.xlsx"):
        import_file(path, now=NOW)


def test_merged_cells_of_a_workbook_hold_for_all_their_rows(tmp_path):
    rows = [
        ["某店评价", None, None, None],
        ["评价编号", "商品ID", "评价", None],
        [None, None, "评价内容", "评分"],
        ["1", "77", "甲", 5],
        ["2", None, "乙", 4],
        ["3", "78", "丙", 3],
    ]
    merged = ["A1:D1", "A2:A3", "B2:B3", "C2:D2", "B4:B5"]
    done = import_file(workbook(tmp_path, rows, merged=merged), now=NOW)
    assert (done.rows, done.accepted) == (3, 3)
    found = Post.objects.values_list("native_id", "product_id", "text", "rating")
    assert set(found) == {("1", "77", "甲", 5), ("2", "77", "乙", 4), ("3", "78", "丙", 3)}


def test_every_sheet_with_a_header_is_read_and_a_rejected_row_says_where(tmp_path):
    bad = ["3", "", "", "", ""]
    path = workbook(tmp_path, [["说明"]], [HEADER, ROWS[0]], [HEADER, ROWS[1], bad])
    done = import_file(path, now=NOW)
    assert (done.accepted, done.rejected) == (2, 1)
    assert rejected_lines(done.rejected_path)[1][0] == "表3!3"


def test_a_header_that_comes_again_is_no_row(tmp_path):
    done = import_file(written(tmp_path, delimited([HEADER, ROWS[0], HEADER, ROWS[1]])), now=NOW)
    assert (done.rows, done.accepted, done.rejected) == (2, 2, 0)


def test_array_formulas_and_errors_are_cells_like_any_other(tmp_path):
    from openpyxl.worksheet.formula import ArrayFormula

    rows = [
        HEADER,
        ["1", ArrayFormula("B2", "=SUM(A1:A2)"), "2024-01-15", 5, "#N/A"],
        ["2", "#VALUE!", "", "", ""],
    ]
    done = import_file(workbook(tmp_path, rows), now=NOW)
    assert (done.accepted, done.rejected) == (1, 1)
    assert Post.objects.get().text.startswith("=SUM")


def test_a_workbook_that_claims_endless_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 100)
    path = workbook(tmp_path, [HEADER, ROWS[0]])
    with zipfile.ZipFile(path) as packed:
        entries = {entry: packed.read(entry) for entry in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    entries[sheet] = (
        entries[sheet]
        .replace(b'<row r="2"', b'<row r="99999999"')
        .replace(b'r="A2"', b'r="A99999999"')
    )
    with pytest.raises(ImportProblem, match="超过 100 行"):
        import_file(archive(tmp_path / "b.xlsx", **entries), now=NOW)


def test_each_file_of_an_archive_is_imported_and_a_bad_one_is_named(tmp_path):
    book = workbook(tmp_path, [HEADER, ROWS[1]])
    path = archive(
        tmp_path / "导出.zip",
        **{
            "a/评价.csv": delimited([HEADER, ROWS[0], ["9", "", "", "", ""]]).encode("gbk"),
            "评价2.xlsx": book.read_bytes(),
            "../../坏.csv": "甲,乙\n1,2\n",
            "内.zip": b"PK\x03\x04 nothing",
            "图/1.jpg": b"\xff\xd8\xff",
            "__MACOSX/._a": b"x",
            ".DS_Store": b"x",
        },
    )
    done = import_file(path, now=NOW)
    assert ids() == {"19000000001", "19000000002"}
    assert len(done.troubles) == 2
    assert any("坏.csv" in trouble and "表头" in trouble for trouble in done.troubles)
    assert any("内.zip" in trouble for trouble in done.troubles)
    assert rejected_lines(done.rejected_path)[1][0] == "评价.csv 3"
    run = CrawlRun.objects.get()
    assert (run.outcome, "坏.csv" in run.detail) == ("failed", True)
    assert sorted(tmp_path.parent.glob("*坏*")) == []


def test_an_archive_within_an_archive_is_refused(tmp_path):
    inner = archive(tmp_path / "in.zip", **{"a.csv": delimited([HEADER, *ROWS])})
    with pytest.raises(ImportProblem, match="又是压缩包"):
        import_file(archive(tmp_path / "out.zip", **{"in.zip": inner.read_bytes()}), now=NOW)


def test_names_that_windows_packed_are_shown_as_meant(tmp_path):
    name = "评价.csv".encode("gbk").decode("cp437")
    path = archive(tmp_path / "a.zip", **{name: "甲,乙\n"})
    raw = path.read_bytes()
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.index(sign) + at
        raw = raw[: place + 1] + b"\x00" + raw[place + 2 :]
    path.write_bytes(
        raw.replace(name.encode(), "评价.csv".encode("gbk").ljust(len(name.encode()), b" "))
    )
    with pytest.raises(ImportProblem, match="评价"):
        import_file(path, now=NOW)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({}, "没有可以导入"),
        ({"1.jpg": b"x"}, "没有可以导入"),
        ({f"{n}.csv": b"x" for n in range(5)}, "最多 4 个"),
    ],
)
def test_an_archive_with_nothing_or_too_much_is_refused(tmp_path, monkeypatch, entries, words):
    monkeypatch.setattr(archives, "MOST_FILES", 4)
    with pytest.raises(ImportProblem, match=words):
        import_file(archive(tmp_path / "a.zip", **entries), now=NOW)


def test_a_bomb_is_refused_whatever_it_says_of_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "UNPACKED_BYTES", 1 << 20)
    with pytest.raises(ImportProblem, match="超过 1 MB"):
        import_file(archive(tmp_path / "a.zip", **{"a.csv": bytes(2 << 20)}), now=NOW)
    both = {"a.csv": delimited([HEADER, *ROWS]), "b.csv": b" " * (1 << 20)}
    with pytest.raises(ImportProblem, match="超过 1 MB"):
        import_file(archive(tmp_path / "b.zip", **both), now=NOW)


def test_a_link_in_an_archive_is_not_followed(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        entry = zipfile.ZipInfo("评价.csv")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(entry, "/etc/passwd")
    with pytest.raises(ImportProblem, match="没有可以导入"):
        import_file(path, now=NOW)


RECORD = {"platform": "jd", "kind": "review", "text": "坏了", "published_at": 1705293005}
THREE = [RECORD | {"native_id": str(n)} for n in range(3)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(THREE),
        json.dumps(THREE, indent=2, ensure_ascii=False),
        "\ufeff" + json.dumps(THREE),
        "\n".join(map(json.dumps, THREE)),
        "\r\n\r\n".join(map(json.dumps, THREE)),
        "\n".join(json.dumps(one, indent=1) for one in THREE),
        "[\n" + ",\n".join(map(json.dumps, THREE)) + "\n]\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_is_read_as_array_as_lines_and_one_after_the_other(tmp_path, text, encoding):
    import_file(
        written(
            tmp_path, text.lstrip("\ufeff") if encoding == "utf-16" else text, "a.json", encoding
        ),
        now=NOW,
    )
    assert ids() == {"0", "1", "2"}


@pytest.mark.parametrize("size", [1, 7, 64])
def test_an_array_is_the_same_in_whatever_pieces_it_is_read(monkeypatch, tmp_path, size):
    monkeypatch.setattr(json_files, "_CHUNK", size)
    odd = [
        {"a": '\\"]}{[,', "b": [1, 2.5e3, True, None, {"c": "好\n"}]},
        {"n": 4990000000000000123},
        {},
    ]
    path = written(tmp_path, json.dumps(odd, ensure_ascii=False, indent=1), "a.json")
    with path.open(encoding="utf-8") as text:
        found = [value for _, value in objects("a.json", text, "[").rows]
    assert found == [odd[0], {"n": "4990000000000000123"}, {}]


def test_a_file_that_broke_off_gives_what_it_has(tmp_path):
    text = json.dumps(THREE)
    path = written(tmp_path, text[: text.rindex("{") + 9], "a.json")
    with pytest.raises(ImportProblem, match="第 3 条"):
        import_file(path, now=NOW)
    assert ids() == {"0", "1"}
    assert CrawlRun.objects.get().outcome == "failed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[{"a": nope}, {"b": 1}' + " " * 50 + "]", "不是正确的 JSON"),
        ('[{"a": 1}', "断了"),
        ("[" + "[" * 100_000, "嵌套太深"),
        ("[{}" + "]" * 3, None),
    ],
)
def test_a_broken_array_is_named_with_its_place(tmp_path, text, words):
    path = written(tmp_path, text, "a.json")
    if words is None:
        assert import_file(path, now=NOW).rejected == 1
        return
    with pytest.raises(ImportProblem, match=words):
        import_file(path, now=NOW)


def test_items_and_lines_too_long_to_be_one_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(json_files, "LONGEST_ITEM", 1000)
    monkeypatch.setattr(json_files, "_CHUNK", 256)
    with pytest.raises(ImportProblem, match="第 1 条超过"):
        import_file(written(tmp_path, '[{"text": "' + "x" * 5000, "a.json"), now=NOW)
    monkeypatch.setattr(tables, "LONGEST_LINE", 1000)
    with pytest.raises(ImportProblem, match="第 2 行超过"):
        import_file(written(tmp_path, "评价内容\n" + "x" * 5000, "a.csv"), now=NOW)


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [b"", b"PK\x03\x04", b"<table><tr>", b"[{", b'{"a":1}\n', "评价内容,评分\n".encode()]
    ),
)
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
def test_no_bytes_at_all_do_more_than_be_refused(tmp_path, content, start):
    path = written(tmp_path, start + content, "x.csv")
    with suppress(ImportProblem):
        import_file(path, now=NOW)
