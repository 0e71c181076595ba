"""Whole files, of every kind that back-offices write, into posts."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from catalog.models import Subject
from crawlers.importing import ImportProblem, import_file
from crawlers.models import CrawlRun, Post, RejectedRecord
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db

HEADER = ["评价编号", "评价内容", "评价时间", "评分", "买家昵称"]
NAIVE = datetime(2024, 1, 15, 12, 30)  # noqa: DTZ001 (as a workbook holds it)
ROWS = [
    ["'19000000001", "壶底漏水", "2024-01-15 12:30:05", "1星", "小小鱼"],
    ['="19000000002"', "很好用", "2024/1/14 9:03", "好评", "张***三"],
]


def delimited(rows, delimiter=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def written(folder: Path, content: str | bytes, name="reviews.csv", encoding="utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(folder: Path, *sheets, name="reviews.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def stored():
    return {post.native_id: post for post in Post.objects.all()}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_tables_are_read_in_every_encoding(tmp_path, encoding, delimiter):
    path = written(tmp_path, delimited([HEADER, *ROWS], delimiter), encoding=encoding)
    assert import_file(path, now=NOW, platform="京东").accepted == 2
    posts = stored()
    assert set(posts) == {"19000000001", "19000000002"}
    post = posts["19000000001"]
    assert (post.platform, post.kind, post.text, post.rating, post.author) == (
        "jd",
        "review",
        "壶底漏水",
        1,
        "小**鱼",
    )
    assert post.published_at == datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)
    assert not (tmp_path / "reviews.csv.rejected.csv").exists()


def test_importing_twice_adds_nothing(tmp_path):
    path = written(tmp_path, delimited([HEADER, *ROWS, ["3", "", "", "", ""]]))
    import_file(path, now=NOW)
    again = import_file(path, now=NOW)
    assert (again.accepted, again.duplicates, again.rejected) == (0, 2, 1)
    assert RejectedRecord.objects.count() == 1
    assert list(CrawlRun.objects.values_list("outcome", flat=True)) == ["ok", "ok"]


def test_workbook_with_title_rows_dates_and_numbers(tmp_path):
    rows = [
        ["某店评价导出", None, None, None, None],
        [],
        ["评价编号*", "评价内容（必填）", "评价时间", "评 分", "商品ID"],
        [123, "=1+1", NAIVE, 5, 100001],
        ["124", "好用", 45306.52, "★★", "100001"],
        [3.5e18, "编号坏了", "2024-01-15", 5, ""],
        [None, None, None, None, None],
    ]
    path = workbook(tmp_path, [["说明"], ["本表由系统导出"]], rows)
    done = import_file(path, now=NOW, platform="tmall")
    assert (done.accepted, done.rejected) == (2, 1)
    posts = stored()
    assert posts["123"].text == "=1+1"
    assert posts["123"].product_id == "100001"
    assert posts["124"].rating == 2
    assert posts["124"].published_at == datetime(2024, 1, 15, 4, 28, 48, tzinfo=UTC)
    assert done.rejected_path is not None
    rejected = list(csv.reader(done.rejected_path.read_text(encoding="utf-8-sig").splitlines()))
    assert rejected[0][:3] == ["行号", "原因", "评价编号*"]
    assert rejected[1][0] == "6"
    assert "丢失" in rejected[1][1]


def test_rejected_rows_are_listed_with_reasons_and_never_run(tmp_path):
    rows = [["4", "=cmd()", "不是时间", "5", "@x"], ["5", "好", "2024-01-15", "很棒的", ""]]
    done = import_file(written(tmp_path, delimited([HEADER, *ROWS, *rows])), now=NOW)
    assert (done.accepted, done.rejected) == (2, 2)
    lines = list(
        csv.reader(
            (tmp_path / "reviews.csv.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
        )
    )
    assert [line[0] for line in lines[1:]] == ["4", "5"]
    assert "published_at" in lines[1][1]
    assert lines[1][3] == "'=cmd()"
    assert lines[1][6] == "'@x"
    assert "评分" in lines[2][1]


def test_rejected_rows_go_where_they_are_wanted(tmp_path):
    path = written(tmp_path, delimited([HEADER, ["1", "", "", "", ""]]))
    done = import_file(path, now=NOW, rejected=tmp_path / "bad.csv")
    assert done.rejected_path == tmp_path / "bad.csv"
    assert done.rejected_path.exists()


def test_json_lines_use_the_names_of_the_api_or_of_the_table(tmp_path):
    lines = [
        json.dumps(
            {
                "platform": "weibo",
                "kind": "social",
                "native_id": "1",
                "text": "坏了",
                "published_at": 1705293005,
                "extra": {"a": 1},
            }
        ),
        json.dumps(
            {"评价编号": 2, "评价内容": "好", "评价时间": "2024-01-15", "未知": [1]},
            ensure_ascii=False,
        ),
        "",
        "{broken",
        "[1]",
        json.dumps({"native_id": "3"}),
    ]
    done = import_file(written(tmp_path, "\n".join(lines), "posts.jsonl"), now=NOW, platform="jd")
    assert (done.accepted, done.rejected) == (2, 3)
    posts = stored()
    assert (posts["1"].platform, posts["1"].kind, posts["1"].extra) == ("weibo", "social", {"a": 1})
    assert posts["2"].platform == "jd"
    listed = (tmp_path / "posts.jsonl.rejected.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in listed.splitlines()[1:]] == ["4", "5", "6"]


def test_a_row_without_id_is_the_same_post_in_every_file(tmp_path):
    header = ["订单编号", "商品规格", "评价内容", "评价时间"]
    rows = [["8001", "白", "好用", "2024-01-15 12:00"], ["8002", "白", "好用", "2024-01-15 12:00"]]
    first = written(tmp_path, delimited([header, *rows]), "a.csv")
    second = written(
        tmp_path,
        delimited([["序号", *header], ["9", *rows[1]], ["10", "8003", "黑", "差", "2024-01-16"]]),
        "b.csv",
        "gbk",
    )
    assert import_file(first, now=NOW, platform="pdd").accepted == 2
    done = import_file(second, now=NOW, platform="pdd")
    assert (done.accepted, done.duplicates) == (1, 1)


def test_a_follow_up_is_a_comment_of_its_own(tmp_path):
    header = [*HEADER, "追评内容", "追评时间"]
    rows = [[*ROWS[0], "还是坏了", "2024-01-18 09:00"], [*ROWS[1], "-", ""]]
    assert import_file(written(tmp_path, delimited([header, *rows])), now=NOW).accepted == 3
    comment = Post.objects.get(kind="comment")
    assert (comment.native_id, comment.text, comment.rating) == (
        "19000000001:append",
        "还是坏了",
        None,
    )
    assert comment.extra == {"follow_up_of": "19000000001"}
    assert comment.published_at == datetime(2024, 1, 18, 1, tzinfo=UTC)


def test_two_texts_in_one_cell_are_told_apart(tmp_path):
    cell = "初次评价：2024-01-15 20:13 挺好的\n追加评价：2024-01-19 08:00 用了几天漏水"
    path = written(tmp_path, delimited([["评价编号", "评价内容"], ["1", cell]]))
    assert import_file(path, now=NOW).accepted == 2
    review, comment = Post.objects.get(kind="review"), Post.objects.get(kind="comment")
    assert (review.text, comment.text) == ("挺好的", "用了几天漏水")
    assert review.published_at == datetime(2024, 1, 15, 12, 13, tzinfo=UTC)
    assert comment.published_at == datetime(2024, 1, 19, tzinfo=UTC)


def test_a_file_may_name_its_platforms_and_gets_its_subject(tmp_path):
    Subject.objects.create(slug="kettle", name="水壶")
    path = written(tmp_path, delimited([["平台", *HEADER], ["拼多多", *ROWS[0]], ["", *ROWS[1]]]))
    import_file(path, now=NOW, platform="jd", subject="kettle")
    assert set(Post.objects.values_list("platform", "subject_slug")) == {
        ("pdd", "kettle"),
        ("jd", "kettle"),
    }


def test_zip_with_one_file_is_opened(tmp_path):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("__MACOSX/._x", b"")
        archive.writestr("评价.csv", delimited([HEADER, *ROWS]).encode("gbk"))
    assert import_file(path, now=NOW).accepted == 2


def test_zip_with_a_workbook_is_opened(tmp_path):
    inner = workbook(tmp_path, [HEADER, *ROWS])
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "x.xlsx")
    assert import_file(path, now=NOW).accepted == 2


def test_xls_that_is_a_web_page_or_tab_text_is_read(tmp_path):
    cells = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in [HEADER, *ROWS]
    )
    page = written(
        tmp_path, f"<html><meta charset=gbk><table>{cells}</table></html>", "a.xls", "gbk"
    )
    assert import_file(page, now=NOW).accepted == 2
    text = written(tmp_path, delimited([HEADER, *ROWS], "\t"), "b.xls", "utf-16")
    assert import_file(text, now=NOW).duplicates == 2


def test_a_mapping_file_names_columns_of_ones_own(tmp_path):
    own = "- name: 自家\n  table: posts\n  fields: {text: [客户原话], rating: [打分]}\n"
    mapping = written(tmp_path, own, "map.yaml")
    path = written(
        tmp_path, delimited([["客户原话", "打分", "评价时间"], ["好", "5", "2024-01-15"]])
    )
    assert import_file(path, now=NOW, mapping=mapping).accepted == 1
    wrong = written(
        tmp_path, "- name: 自家\n  table: posts\n  fields: {words: [x]}\n", "wrong.yaml"
    )
    with pytest.raises(ImportProblem, match="words"):
        import_file(path, now=NOW, mapping=wrong)


def test_a_time_that_is_missing_is_estimated(tmp_path):
    import_file(written(tmp_path, delimited([["评价内容"], ["好用"]])), now=NOW)
    post = Post.objects.get()
    assert post.published_estimated
    assert post.published_at == NOW


def test_an_unclosed_quotation_mark_does_not_swallow_rows_in_silence(tmp_path):
    lines = [
        "评价编号,评价内容,评价时间",
        '1,"少了一个引号,2024-01-15',
        *(f"{n},好,2024-01-15" for n in range(2, 9)),
    ]
    done = import_file(written(tmp_path, "\n".join(lines)), now=NOW)
    assert (done.accepted, done.rejected) == (0, 1)
    assert "引号" in (tmp_path / "reviews.csv.rejected.csv").read_text(encoding="utf-8-sig")


def test_odd_rows_are_rejected_and_the_rest_goes_on(tmp_path):
    good = delimited([HEADER, *ROWS]).encode()
    content = (
        good
        + "6,多,2024-01-15,5,x,逗号\n".encode()
        + b"7,\xff\xfe,2024-01-15,5,x\n"
        + "8,好,2024-01-15,5,x\n".encode() * 40
    )
    done = import_file(written(tmp_path, content), now=NOW)
    assert done.rejected == 2
    assert done.accepted == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"\xef\xbb\xbf \n", "空的"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
        (b"PK\x03\x04broken", "损坏"),
        (b"\x00\x01\x02\x03" * 50, "不是文本"),
        (bytes(range(128, 256)) * 50, "编码"),
        ("甲,乙\n1,2\n".encode(), "表头"),
        (b'[{"text":"x"},', "断了"),
        (('评价内容\n"' + "x" * 200_000).encode(), "第 2 行"),
    ],
)
def test_a_wrong_file_is_named_with_its_trouble(tmp_path, content, words):
    with pytest.raises(ImportProblem) as caught:
        import_file(written(tmp_path, content, "文件.dat"), now=NOW)
    assert "文件.dat" in str(caught.value)
    assert words in str(caught.value)


def test_an_unknown_subject_is_refused(tmp_path):
    with pytest.raises(ImportProblem, match="nobody"):
        import_file(written(tmp_path, delimited([HEADER, *ROWS])), now=NOW, subject="nobody")


def test_the_command_says_in_a_line_what_became_of_each_file(tmp_path, capsys):
    good = written(tmp_path, delimited([HEADER, *ROWS]))
    picture = written(tmp_path, b"\x89PNG\r\n", "图.csv")
    with pytest.raises(SystemExit) as ended:
        call_command("import", str(picture), str(good), str(tmp_path / "没有.csv"))
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert "reviews.csv：2 行，新增 2，重复 0，拒收 0" in out
    assert "图.csv：这是PNG 图片" in err
    assert "没有.csv：没有这个文件" in err


def test_the_command_reports_progress_in_plain_lines(tmp_path, capsys):
    rows = [[str(number), "好用", "2024-01-15", "5", ""] for number in range(5200)]
    call_command("import", str(written(tmp_path, delimited([HEADER, *rows]))), "--platform", "jd")
    out = capsys.readouterr().out.splitlines()
    assert "5000 行，新增 5000" in out[0]
    assert out[-1] == "reviews.csv：5200 行，新增 5200，重复 0，拒收 0"


def test_wrong_usage_of_the_command_is_status_two():
    with pytest.raises(CommandError) as caught:
        call_command("import", "a", "b", "--rejected", "c")
    assert caught.value.returncode == 2
