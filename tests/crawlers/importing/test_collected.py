"""Files of public crawlers and of the sites' own answers: who wrote them, their keys say."""

import copy
import csv
import json
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.bilibili_ids import bvid
from crawlers.drafts import Refused
from crawlers.importing import import_file
from crawlers.importing.collected import is_collected, records
from crawlers.models import Post
from tests.crawlers.samples import NOW, PAGES

FILES = PAGES / "files"
AT = datetime(2024, 1, 15, 4, 30, 5, tzinfo=UTC)
XHS, DY, KS = (
    "https://www.xiaohongshu.com/explore/",
    "https://www.douyin.com/video/",
    "https://www.kuaishou.com/short-video/",
)
ZH, WB = "https://www.zhihu.com/", "https://m.weibo.cn/detail/"
BILI, TB = "https://www.bilibili.com/video/", "https://tieba.baidu.com/p/"
JD = "https://item.jd.com/100001.html"
NOTE, NOTE3 = "65a4f0d2000000001e00aa01", "65a4f0d2000000001e00aa03"
EXPECTED = {
    "xiaohongshu_notes.json": [
        ("xiaohongshu", "social", NOTE, "K3 吸尘器翻车\n用了三天就断电[哭惹R]\n客服不理", (12000, 45, 6), XHS + NOTE),
        ("xiaohongshu", "social", "65a4f0d2000000001e00aa02", "开箱", (0, 0, 0), XHS + "65a4f0d2000000001e00aa02"),
    ],
    "xiaohongshu_comments.csv": [
        ("xiaohongshu", "comment", "65a4f1000000000001000b01", "同款也断电", (12, 1, 0), XHS + NOTE),
        ("xiaohongshu", "comment", "65a4f1000000000001000b02", "我的没事, 挺好", (0, 0, 0), XHS + NOTE),
    ],
    "xiaohongshu_answer.json": [
        ("xiaohongshu", "social", NOTE3, "K3 漏水\n底座漏水", (500, 2, 3), XHS + NOTE3),
        ("xiaohongshu", "comment", "65a4f1000000000001000b03", "避雷了", (2, 1, 0), XHS + NOTE3),
        ("xiaohongshu", "comment", "65a4f1000000000001000b04", "谢谢提醒", (0, 0, 0), XHS + NOTE3),
    ],
    "douyin.jsonl": [
        ("douyin", "social", "7324000000000000001", "K3 吸尘器冒烟 #避雷", (23000, 88, 7), DY + "7324000000000000001"),
        ("douyin", "comment", "7324000000000000101", "我家也冒烟了", (5, 3, 0), DY + "7324000000000000001"),
        ("douyin", "social", "7324000000000000002", "返厂三次还没修好", (120, 4, 2), DY + "7324000000000000002"),
        ("douyin", "comment", "7324000000000000102", "退了吧", (1, 0, 0), DY + "7324000000000000002"),
    ],
    "kuaishou.jsonl": [
        ("kuaishou", "social", "3xk2m9wq7dbj6ui", "K3 吸力差", (15000, 0, 0), KS + "3xk2m9wq7dbj6ui"),
        ("kuaishou", "comment", "600000000001", "根本吸不动", (0, 0, 0), KS + "3xk2m9wq7dbj6ui"),
        ("kuaishou", "social", "3xabcdefghij123", "售后推诿", (3, 2, 0), KS + "3xabcdefghij123"),
        ("kuaishou", "comment", "600000000002", "投诉它", (1, 0, 0), ""),
    ],
    "zhihu.json": [
        ("zhihu", "social", "3300000001", "K3 吸尘器值得买吗？\n\n不建议买，电池鼓包。", (31, 4, 0), ZH + "question/640000001/answer/3300000001"),
        ("zhihu", "social", "670000001", "K3 拆机\n拆机报告", (2, 0, 0), "https://zhuanlan.zhihu.com/p/670000001"),
        ("zhihu", "comment", "10600000001", "我的也鼓包", (3, 0, 0), ZH + "answer/3300000001"),
        ("zhihu", "social", "3300000002", "如何评价 K3 售后？\n\n客服踢皮球，三个月没解决。", (9, 1, 0), ZH + "question/640000002/answer/3300000002"),
        ("zhihu", "comment", "10600000002", "支持维权", (1, 0, 0), ""),
    ],
    "weibo.jsonl": [
        ("weibo", "social", "4990000000000010", "K3 又坏了", (10000, 12, 3), WB + "4990000000000010"),
        ("weibo", "comment", "4990000000000100", "同款", (5, 0, 0), WB + "4990000000000010"),
        ("weibo", "social", "4990000000000020", "充不进电", (3, 2, 1), WB + "4990000000000020"),
        ("weibo", "social", "4990000000000030", "K3 长测", (4, 0, 0), WB + "4990000000000030"),
        ("weibo", "comment", "4990000000000101", "同款 [泪]", (5, 2, 0), ""),
    ],
    "bilibili.jsonl": [
        ("bilibili", "social", "BV17x411w7KC", "K3 拆解\n里面全是胶", (50, 40, 4), BILI + "BV17x411w7KC"),
        ("bilibili", "comment", "900", "避雷[doge]", (2, 1, 0), BILI + "BV17x411w7KC"),
        ("bilibili", "social", "BV1xx411c7mD", "某牌翻车\n三天就坏", (50, 40, 0), BILI + "BV1xx411c7mD"),
        ("bilibili", "comment", "901", "路过", (2, 1, 0), BILI + "BV17x411w7KC"),
        ("bilibili", "comment", "902", "同路过", (0, 0, 0), BILI + "BV17x411w7KC"),
    ],
    "tieba.jsonl": [
        ("tieba", "social", "8800000001", "K3 漏电\n摸着麻手", (0, 7, 0), TB + "8800000001"),
        ("tieba", "comment", "149000000001", "快退货", (0, 0, 0), TB + "8800000001"),
    ],
    "shop_pages.jsonl": [
        ("jd", "review", "19000000001", "用了三天就断电…", (3, 1, 0), JD),
        ("jd", "comment", "19000000001:append", "还是坏了", (0, 0, 0), JD),
        ("jd", "review", "19000000002", "声音大", (0, 0, 0), JD),
        ("tmall", "review", "700000000001", "漏水", (0, 0, 0), ""),
        ("tmall", "comment", "700000000001:append", "换了还漏", (0, 0, 0), ""),
        ("taobao", "review", "700000000002", "一般", (0, 0, 0), ""),
        ("taobao", "review", "700000000003", "差评，电池鼓包", (0, 0, 0), ""),
    ],
}  # fmt: skip


def told(post):
    counts = (post.likes, post.comments, post.reposts)
    return (post.platform, post.kind, post.native_id, post.text, counts, post.url)


def objects_of(name):
    text = (FILES / name).read_text(encoding="utf-8")
    if name.endswith(".csv"):
        return list(csv.DictReader(text.splitlines()))
    return (
        json.loads(text) if name.endswith(".json") else [json.loads(x) for x in text.splitlines()]
    )


ALL = [found for name in EXPECTED for found in objects_of(name)]


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(EXPECTED))
def test_a_crawlers_file_becomes_posts_as_spiders_would_store_them(tmp_path, name):
    done = import_file(FILES / name, now=NOW, rejected=tmp_path / "rejected.csv")
    assert [told(post) for post in Post.objects.order_by("pk")] == sorted(EXPECTED[name])
    assert (done.accepted, done.rejected) == (len(EXPECTED[name]), 0)
    again = import_file(FILES / name, now=NOW, rejected=tmp_path / "rejected.csv")
    assert (again.accepted, again.duplicates) == (0, len(EXPECTED[name]))


@pytest.mark.django_db
def test_times_authors_ratings_and_what_belongs_where_are_kept(tmp_path):
    for name in EXPECTED:
        import_file(FILES / name, now=NOW, rejected=tmp_path / "rejected.csv")
    posts = {(post.platform, post.native_id): post for post in Post.objects.all()}
    for key in [("xiaohongshu", NOTE), ("douyin", "7324000000000000001"), ("weibo", "4990000000000010"),
                ("kuaishou", "3xk2m9wq7dbj6ui"), ("zhihu", "3300000001"), ("bilibili", "BV17x411w7KC")]:  # fmt: skip
        assert posts[key].published_at == AT
        assert posts[key].author_hash
        assert not posts[key].published_estimated
    assert posts["xiaohongshu", NOTE].author == "小**鱼"
    assert posts["weibo", "4990000000000030"].published_at == AT
    assert posts["xiaohongshu", "65a4f1000000000001000b04"].extra == {
        "post": NOTE3,
        "reply_to": "65a4f1000000000001000b03",
    }
    assert posts["bilibili", "902"].extra["reply_to"] == "901"
    assert posts["bilibili", "901"].extra["region"] == "广东"
    assert posts["douyin", "7324000000000000102"].extra == {
        "post": "7324000000000000002",
        "region": "河南",
    }
    assert [posts[key].rating for key in [("jd", "19000000001"), ("jd", "19000000002"), ("taobao", "700000000002"),
                                          ("taobao", "700000000003"), ("tmall", "700000000001")]] == [1, 2, 3, 1, None]  # fmt: skip
    assert posts["jd", "19000000001"].product_id == "100001"
    assert posts["jd", "19000000001:append"].published_at == datetime(2024, 1, 17, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["xiaohongshu_notes.json", "douyin.jsonl", "zhihu.json"])
def test_the_same_rows_as_array_lines_table_and_workbook_are_the_same_posts(tmp_path, name):
    rows = [
        row for row in objects_of(name) if all(not isinstance(v, dict | list) for v in row.values())
    ]
    keys = list(
        dict.fromkeys(
            key for row in rows for key in row if row.get("comment_id") == rows[0].get("comment_id")
        )
    )
    rows = [row for row in rows if set(row) <= set(keys)]
    (tmp_path / "a.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8-sig")
    with (tmp_path / "c.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        writer.writerows(rows)
    book = openpyxl.Workbook()
    for line in [keys, *([row.get(key) for key in keys] for row in rows)]:
        book.active.append(line)
    book.save(tmp_path / "d.xlsx")
    assert import_file(tmp_path / "a.json", now=NOW).accepted == len(rows)
    for other in ("b.jsonl", "c.csv", "d.xlsx"):
        done = import_file(tmp_path / other, now=NOW)
        assert (done.accepted, done.duplicates, done.rejected) == (0, len(rows), 0), other


@pytest.mark.parametrize(
    ("found", "platform", "expected"),
    [
        ({"comment_id": "1", "note_id": "12", "content": "x"}, "", "认不出"),
        ({"comment_id": "1", "note_id": "12", "content": "x"}, "weibo", "weibo"),
        ({"comment_id": "1", "note_id": None, "content": "x"}, "", "认不出"),
        ({"comment_id": None, "aweme_id": "7", "content": "x"}, "", "没有编号"),
        ({"comment_id": 7.3e18, "aweme_id": "7", "content": "x"}, "", "丢失"),
        ({"comment_id": "7.32E+18", "aweme_id": "7", "content": "x"}, "", "丢失"),
    ],
)
def test_what_keys_leave_open_is_decided_by_the_operator_or_refused(found, platform, expected):
    (record,) = records(found, platform=platform)
    if isinstance(record, Refused):
        assert expected in record.reason
    else:
        assert record["platform"] == expected


@pytest.mark.parametrize(
    "found",
    [
        {"native_id": "1", "text": "x", "aweme_id": "7", "desc": "x"},
        {"评价编号": "1", "评价内容": "x"},
        {"id": 1, "content": "x", "user": {"name": "y"}},
        [],
        "x",
        None,
        7,
    ],
)
def test_what_is_of_no_known_shape_is_left_to_the_names_of_columns(found):
    assert records(found) == []


def test_headers_of_shops_are_not_taken_for_a_crawlers_keys():
    assert not is_collected(["评价编号", "评价内容", "note_id"])
    assert not is_collected(["comment_id", "content", "create_time", "order_id"])
    assert is_collected(["comment_id", "content", "create_time", "aweme_id"])


@pytest.mark.parametrize(
    "value", [None, [], {}, "x", 3, -1, True, 1e300, [[[[]]]], {"a": {"b": {}}}, "\ud800", ""]
)
def test_no_broken_value_of_any_key_breaks_the_file(value):
    for found in ALL:
        for one in broken(copy.deepcopy(found), value):
            for record in records(one):
                assert isinstance(record, Refused | dict)


def broken(found, value):
    """Yield the object with each of its values, one after the other, replaced."""
    if isinstance(found, dict):
        for key in found:
            yield found | {key: value}
            for inner in broken(found[key], value):
                yield found | {key: inner}
    elif isinstance(found, list):
        for at, item in enumerate(found):
            for inner in broken(item, value):
                yield [*found[:at], inner, *found[at + 1 :]]


plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
keys = st.sampled_from(sorted({key for found in ALL for key in found}))


@given(
    st.recursive(
        plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=8)
    )
)
def test_no_object_at_all_breaks_the_reading(found):
    assert isinstance(records(found), list)


def test_a_video_has_one_name_under_both_numbers():
    assert bvid(170001) == "BV17x411w7KC"
    assert bvid(111298867365120) == "BV1L9Uoa9EUx"
    with pytest.raises(ValueError, match="av number"):
        bvid(1 << 51)


@given(st.integers(1, (1 << 51) - 1))
def test_every_video_has_a_name_of_twelve_characters(aid):
    assert len(bvid(aid)) == 12
