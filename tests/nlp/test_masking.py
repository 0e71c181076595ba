import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.masking import mask, mask_author

HIDDEN = [
    ("电话13812345678联系", "电话138****5678联系"),
    ("手机 138-1234-5678", "手机 138****5678"),
    ("138 1234 5678", "138****5678"),
    ("+86 13812345678", "138****5678"),
    ("１３８１２３４５６７８", "１３８****５６７８"),
    ("座机010-12345678", "座机[电话]"),
    ("（021）62345678", "[电话]"),
    ("身份证110101199003074512", "身份证[证件号]"),
    ("身份证11010119900307451X。", "身份证[证件号]。"),
    ("订单号：1234567890123456789", "订单号：12****89"),
    ("订单编号 2024110512345678", "订单编号 20****78"),
    ("SF1234567890123一直没动", "SF****23一直没动"),
    ("JDVA12345678901-1-1-", "JD****1-"),
    ("卡号6222 0212 3456 7890 123", "卡号62****23"),
    ("邮箱abc.d@qq.com", "邮箱[邮箱]"),
    ("微信号：abc_12345加我", "微信号：[账号]加我"),
    ("加vx abcd1234", "加vx [账号]"),
    ("QQ 123456", "QQ [账号]"),
    ("家住浙江省杭州市西湖区文三路123号5幢302室", "家住浙江省杭州市西湖区[地址]"),
    ("广东省深圳市南山区科技园南路18号", "广东省深圳市南山区[地址]"),
    ("我住阳光小区3栋2单元501", "我住[地址]"),
    ("5栋302室漏水", "[地址]漏水"),
    ("王小明先生打电话来", "王**先生打电话来"),
    ("客服李女士说", "客服李**女士说"),
    ("我叫张三丰，买了", "我叫张**，买了"),
    ("收件人：刘芳 电话", "收件人：刘** 电话"),
    ("聯繫張小姐", "聯繫張小姐"),
]
PLAIN = [
    "K3水壶1999元用了8小时",
    "2024-11-11买的，双十一 2024年",
    "型号MK-HJ1705，1.7L",
    "安装师傅很好，语文老师也买了",
    "大道理一号选手",
    "在3号楼拿的快递",
    "价格 1299.00 到手 999",
    "12315 12345 400-800-1234",
    "订单2天没发货，快递3天没到",
    "地铁2号线",
    "20241111",
    "水军小姐",
    "",
]


@pytest.mark.parametrize(("text", "masked"), [row for row in HIDDEN if row[0] != row[1]])
def test_personal_data_is_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("text", [row[1] for row in HIDDEN])
def test_masking_twice_changes_nothing(text: str) -> None:
    assert mask(text) == text


@given(
    st.text(max_size=80)
    | st.text("0123456789 -–:：号路栋室小区张王先生女士微信vxVX@.a订单SF省市区", max_size=60)
)
def test_masking_is_idempotent(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text("你好，在吗 。", max_size=8))
def test_no_phone_survives(phone: str, around: str) -> None:
    assert phone not in mask(f"{around}{phone}{around}")


@pytest.mark.parametrize("unit", ["1", "路", "1-", "张", "a@", "微信", "小区", "138 "])
def test_long_text_is_masked_in_linear_time(unit: str) -> None:
    begun = time.process_time()
    mask((unit * 100_000)[:100_000] + "1号先生@")
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("小飞鱼", "小**鱼"),
        ("张三", "张**"),
        ("张", "张**"),
        ("", ""),
        (" 小 飞鱼 ", "小**鱼"),
        ("小**鱼", "小**鱼"),
    ],
)
def test_author_keeps_first_and_last_character(name: str, masked: str) -> None:
    assert mask_author(name) == masked


@given(st.text(max_size=20))
def test_author_masking_is_idempotent(name: str) -> None:
    assert mask_author(mask_author(name)) == mask_author(name)
