"""Rows of reviews: who they are of, who they are, and what a spreadsheet did to them."""

import pytest

from crawlers.after_sales import order_hash
from crawlers.importing import ImportProblem, import_file, mapping
from crawlers.models import Post
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


def test_a_file_of_qianniu_is_of_taobao_and_its_rows_are_the_interfaces_own(tmp_path):
    header = [
        "子订单编号",
        "宝贝ID",
        "宝贝标题",
        "买家会员名",
        "评价内容",
        "评价时间",
        "评价结果",
        "解释",
    ]
    row = [
        "'3500002",
        "620001",
        "某牌 吸尘器",
        "t**0",
        "初次评价：2024-01-15 20:13 挺好\n追加评价：2024-01-19 08:00 漏水",
        "",
        "好评",
        "-",
    ]
    done = import_file(written(tmp_path, delimited([header, row]), encoding="gbk"), now=NOW)
    assert (done.accepted, done.tables) == (2, "千牛评价（淘宝）")
    review, comment = Post.objects.get(kind="review"), Post.objects.get(kind="comment")
    assert (review.platform, review.native_id) == (
        "taobao",
        f"{order_hash('taobao', '3500002')}:buyer",
    )
    assert (review.rating, review.product_id, review.text) == (5, "620001", "挺好")
    assert comment.native_id == f"{review.native_id}:append"
    assert "3500002" not in review.native_id


def test_the_operator_decides_on_the_platform_and_a_column_before_him(tmp_path):
    rows = [
        ["平台", *HEADER, "宝贝ID", "宝贝标题"],
        ["", *ROWS[0], "1", "x"],
        ["京东", *ROWS[1], "1", "x"],
    ]
    import_file(written(tmp_path, delimited(rows)), now=NOW, platform="天猫")
    assert set(Post.objects.values_list("platform", flat=True)) == {"tmall", "jd"}


def test_links_are_made_of_ids_where_the_file_has_none(tmp_path):
    jd = [["SKU", "评价ID", "用户昵称", "评价内容", "评价时间", "购买次数", "晒图链接", "评分"],
          ["100001", "19000000001", "张***三", "断电", "2024-01-15 12:30:05", "1", "", "1"],
          ["", "19000000002", "李**", "断电", "2024-01-15 12:30:05", "1", "", "1"]]  # fmt: skip
    weibo = [["id", "bid", "user_id", "用户昵称", "微博正文", "头条文章url", "转发数", "评论数", "点赞数", "发布时间", "发布工具"],
             ["4990000000000010", "NvAbCd123", "1", "小明", "又坏了", "", "1", "2", "3", "2024-01-15 12:30", "iPhone"]]  # fmt: skip
    assert import_file(written(tmp_path, delimited(jd)), now=NOW).tables == "京东评论采集（京东）"
    assert import_file(written(tmp_path, delimited(weibo)), now=NOW).tables == "微博采集（微博）"
    assert dict(Post.objects.values_list("native_id", "url")) == {
        "19000000001": "https://item.jd.com/100001.html",
        "19000000002": "",
        "4990000000000010": "https://m.weibo.cn/detail/4990000000000010",
    }
    post = Post.objects.get(platform="weibo")
    assert (post.kind, post.likes, post.comments, post.reposts) == ("social", 3, 2, 1)


def test_a_row_without_id_is_one_post_however_the_file_writes_it(tmp_path):
    header = ["订单编号", "商品规格", "评价内容", "评价时间", "评分"]
    plain = written(tmp_path, delimited([header, ["'8001", "白", "好用", "2024/1/15 12:30:05", "5星"], ["8002", "白", "", "2024年1月15日", "★★★★★"]]), "a.csv")  # fmt: skip
    book = workbook(
        tmp_path, [header, [8001, "白", "好用 ", 45306.521, 5], ["8002", "白", None, 45306, "好评"]]
    )
    page = written(tmp_path, "<table><tr>" + "".join(f"<td>{cell}</td>" for cell in header) + "</tr><tr><td>8001</td><td>白</td><td>好用</td><td>2024-01-15 12:30:05</td><td>5.0</td></tr></table>", "c.xls")  # fmt: skip
    book_time = workbook(
        tmp_path, [header, [8001, "白", "好用", "20240115123005", 5]], name="d.xlsx"
    )
    assert import_file(plain, now=NOW, platform="pdd").accepted == 2
    assert import_file(page, now=NOW, platform="pdd").duplicates == 1
    assert import_file(book_time, now=NOW, platform="pdd").duplicates == 1
    assert import_file(book, now=NOW, platform="pdd").duplicates == 1  # 45306.521 is 12:30:14


def test_relative_times_do_not_make_two_rows_one(tmp_path):
    rows = [["评价内容", "评价时间"], ["好", "3天前"], ["好", "2天前"]]
    path = written(tmp_path, delimited(rows))
    assert import_file(path, now=NOW).accepted == 2
    assert import_file(path, now=NOW).duplicates == 2


@pytest.mark.parametrize(
    "rating", ["5", "5.0", "5星", "五星", "好评", "★★★★★", "5分", " 5 ", "５", "非常满意"]
)
def test_every_form_of_a_rating_is_five_stars(tmp_path, rating):
    import_file(
        written(tmp_path, delimited([HEADER, ["1", "x", "2024-01-15", rating, ""]])), now=NOW
    )
    assert Post.objects.get().rating == 5


@pytest.mark.parametrize(
    "spoilt", ["3.50E+18", "3.5e+18", "4E+18", 3.5e18, 3.123456789012345e18, "3512345678901230000"]
)
def test_an_id_that_a_spreadsheet_spoilt_is_rejected_with_the_reason(tmp_path, spoilt):
    done = import_file(workbook(tmp_path, [HEADER, [spoilt, "x", "2024-01-15", 5, ""]]), now=NOW)
    assert (done.accepted, done.rejected) == (0, 1)
    assert "丢失" in rejected_lines(done.rejected_path)[1][1]


def test_tab_text_as_xls_and_utf16_with_titles_above_the_header(tmp_path):
    rows = [
        ["某店 评价导出"],
        ["导出时间：2024-01-20"],
        [],
        HEADER,
        *[[f"{cell}\t" if at == 0 else cell for at, cell in enumerate(row)] for row in ROWS],
    ]
    for name, encoding in (("a.xls", "gb18030"), ("b.xls", "utf-16-le"), ("c.txt", "utf-16")):
        text = "\n".join("\t".join(row) for row in rows).replace("\t\t", "\t")
        done = import_file(written(tmp_path, text, name, encoding), now=NOW)
        assert done.accepted + done.duplicates == 2


def test_a_file_of_the_operator_names_headers_of_his_own(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    own = "- name: 自建表\n  table: posts\n  platform: dewu\n  kind: social\n  headers: [客户原话, 打分]\n  least: 2\n  link: https://shop.example/{native_id}\n  fields: {text: [客户原话], native_id: [流水号]}\n"
    written(tmp_path, own, mapping.FILE_NAME)
    path = written(tmp_path, delimited([["流水号", "客户原话", "打分"], ["a1", "好", "5"]]))
    assert import_file(path, now=NOW).tables == "自建表（得物）"
    post = Post.objects.get()
    assert (post.platform, post.kind, post.url) == ("dewu", "social", "https://shop.example/a1")
    written(tmp_path, own.replace("text:", "texts:"), mapping.FILE_NAME)
    with pytest.raises(ImportProblem, match=r"exports\.yaml:8: .*texts"):
        import_file(path, now=NOW)


def test_check_tells_the_mistakes_of_a_mapping(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    assert mapping.mistakes(tmp_path) == []
    for folder in (tmp_path, settings.DATA_DIR):
        written(folder, "- name: x\n  table: y\n", mapping.FILE_NAME)
    assert [mistake.line for mistake in mapping.mistakes(tmp_path)] == [2, 2]
    assert len(mapping.mistakes(tmp_path / mapping.FILE_NAME)) == 2
