"""The editable names of columns: every one is read, and every mistake is told with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.yaml_store import Mistakes
from crawlers.importing import mapping
from crawlers.importing.headers import find
from crawlers.importing.mapping import FIELDS, Table, bare

SHEET = {
    "native_id": "评价编号 评论编号 评论ID 评价ID 评价id",
    "text": "评价内容 评论内容 评价正文 初评内容 初次评价 买家评价 评价 评论 内容",
    "follow_up": "追评 追评内容 追加评论 追加评价",
    "follow_up_at": "追评时间 追加时间",
    "published_at": "评价时间 评论时间 评论日期 创建时间 日期 时间",
    "rating": "评分 星级 评价星级 评论星级 商品评分 描述评分 描述相符 评价类型 评价等级",
    "service": "服务评分 服务态度",
    "delivery": "物流评分 物流服务",
    "sku": "SKU SKU编码 规格 商品规格 购买规格 商品属性 型号 款式 颜色",
    "product_id": "商品ID 商品编号 商品编码 宝贝ID",
    "product": "商品名称 商品标题 宝贝标题 商品",
    "order": "订单编号 订单号",
    "order_line": "子订单编号",
    "author": "买家昵称 用户昵称 用户名 买家会员名 评价人",
    "reply": "商家回复 回复内容 解释",
    "likes": "点赞数 有用数",
    "pictures": "图片 晒图 晒图链接 有图片",
    "platform": "平台 渠道",
}
REFUNDS = {
    "native_id": "退款编号 售后编号",
    "state": "退款状态 售后状态",
    "reason": "退款原因",
    "applied_at": "申请时间",
    "amount": "退款金额 实付金额",
    "type": "售后类型",
}
ALIASES = [
    *((Table.POSTS, field, name) for field, names in SHEET.items() for name in names.split()),
    *((Table.REFUNDS, field, name) for field, names in REFUNDS.items() for name in names.split()),
]


def own(tmp_path, text, name="own.yaml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("table", "field", "name"), ALIASES)
def test_every_known_header_names_its_field(table, field, name):
    found = mapping.load().names(table, None).field(name)
    assert found is not None
    assert found[0] == field


@pytest.mark.parametrize(
    "dressed", ["* 评价 内容", "评价内容（必填）", "【评价内容】", "评价_内容：", "评价内容(字)"]
)
def test_a_header_is_known_in_its_dress(dressed):
    found = mapping.load().names(Table.POSTS, None).field(dressed)
    assert found is not None
    assert found[0] == "text"


@given(st.sampled_from([name for _, _, name in ALIASES]), st.text("*（）()[] 　:：", max_size=6))
def test_dress_never_changes_a_header(name, dress):
    assert bare(f"{dress}{name}{dress}") == bare(name)


@given(st.lists(st.none() | st.integers() | st.floats() | st.text(max_size=50), max_size=12))
def test_any_row_may_be_asked_whether_it_is_the_header(cells):
    find([cells], mapping.load())


def test_the_shipped_file_names_each_field_and_no_header_twice():
    profiles = mapping.read(mapping.shipped_file())
    general = {profile.table: profile for profile in profiles if not profile.headers}
    assert set(general) == set(Table)
    for table, profile in general.items():
        assert set(FIELDS[table]) - {"ignore"} <= set(profile.fields)
    names = [profile.name for profile in profiles]
    assert len(names) == len(set(names))


def test_each_shop_is_recognised_by_its_own_headers():
    known = mapping.load()
    for profile in mapping.read(mapping.shipped_file()):
        if profile.headers:
            assert known.recognise(profile.table, profile.headers).platform == profile.platform


def test_too_few_headers_or_a_tie_between_shops_recognise_nobody(tmp_path):
    known = mapping.load()
    assert known.recognise(Table.POSTS, ["评价内容", "评价时间", "评分"]) is None
    tie = own(
        tmp_path,
        "- {name: 甲, table: posts, platform: jd, headers: [子, 丑], least: 2}\n"
        "- {name: 乙, table: posts, platform: pdd, headers: [子, 丑], least: 2}\n",
    )
    assert mapping.load(tie).recognise(Table.POSTS, ["子", "丑"]) is None


def test_own_names_stand_before_the_shipped_ones(tmp_path):
    path = own(
        tmp_path, "- name: 自家\n  table: posts\n  fields: {likes: [评价内容], text: [原话]}\n"
    )
    names = mapping.load(path).names(Table.POSTS, None)
    assert names.field("评价内容")[0] == "likes"
    assert names.field("原话")[0] == "text"
    assert names.field("评论内容")[0] == "text"


def test_a_header_may_be_ignored(tmp_path):
    path = own(tmp_path, "- name: 自家\n  table: posts\n  fields: {ignore: [评价内容]}\n")
    assert mapping.load(path).names(Table.POSTS, None).field("评价内容") is None


def test_an_entry_of_the_same_name_replaces_the_shipped_one(tmp_path):
    path = own(
        tmp_path, "- {name: 千牛评价, table: posts, platform: tmall, headers: [宝贝ID], least: 1}\n"
    )
    assert mapping.load(path).recognise(Table.POSTS, ["宝贝ID"]).platform == "tmall"


def test_a_copy_in_the_data_directory_is_used(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    own(tmp_path, "- name: 自家\n  table: posts\n  fields: {text: [原话]}\n", "exports.yaml")
    assert mapping.load().names(Table.POSTS, None).field("原话")[0] == "text"
    given_too = own(tmp_path, "- name: 再\n  table: posts\n  fields: {likes: [原话]}\n")
    assert mapping.load(given_too).names(Table.POSTS, None).field("原话")[0] == "likes"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1", 1, "列表"),
        (
            "- name: x\n  table: posts\n  fields:\n    text: [a]\n    words: [b]\n",
            5,
            "没有这个字段",
        ),
        ("- name: x\n  table: refunds\n  fields: {text: [a]}\n", 1, "没有字段 text"),
        ("- name: x\n  table: posts\n  fields:\n    text: 原话\n", 4, "列表"),
        ("- name: x\n  table: posts\n  fields:\n    text:\n      - 原话\n      - 5\n", 6, "文字"),
        ("- name: x\n  table: postz\n", 2, "table"),
        ("- table: posts\n", 1, "name"),
        ("- name: x\n  table: posts\n  header: [a]\n", 3, "没有这个字段"),
        ("- name: x\n  table: posts\n  headers: [a]\n", 1, "凑不够"),
        ("- name: x\n  table: posts\n  link: https://a/{id}\n", 3, "native_id"),
        ("- name: x\n  table: posts\n  link: https://a/{native_id\n", 3, "花括号"),
        ("- name: x\n  table: posts\n  kind: reviews\n", 3, "kind"),
        ("- name: x\n  table: posts\n  fields: {text: [a], likes: [A]}\n", 1, "同时"),
        ("- {name: x, table: posts}\n- {name: x, table: posts}\n", 2, "第 1 行"),
        ("- name: x\n  table: [\n", 3, "YAML"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path, text, line, words):
    path = own(tmp_path, text)
    with pytest.raises(Mistakes) as caught:
        mapping.load(path)
    mistake = caught.value.errors[0]
    assert (mistake.file, mistake.line) == (str(path), line)
    assert words in mistake.message
    assert "[key]" not in mistake.message
