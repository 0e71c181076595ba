"""Signatures against the platforms' own examples, and errors to reasons."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from crawlers.gateways import doudian, jd, kuaishou, pinduoduo, taobao, xiaohongshu
from crawlers.gateways.faults import number
from crawlers.models import BlockReason


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


NEW_YEAR = datetime(2016, 1, 1, 4, 0, tzinfo=UTC)  # noon in Shanghai
KEYS = {"app_key": "k", "app_secret": "secret", "access_token": "t", "now": NEW_YEAR}
GUIDE = {
    "method": "taobao.item.seller.get",
    "app_key": "12345678",
    "session": "test",
    "timestamp": "2016-01-01 12:00:00",
    "format": "json",
    "v": "2.0",
    "sign_method": "md5",
    "fields": "num_iid,title,nick,price,num",
    "num_iid": "11223344",
}
GUIDE_SIGN = "66987CB115214E59E6EC978214934FB8"


def test_taobao_signs_as_its_guide_does():
    assert taobao.sign(GUIDE, "helloworld", "md5") == GUIDE_SIGN
    form = taobao.signed(
        "taobao.item.seller.get",
        {"fields": "num_iid,title,nick,price,num", "num_iid": "11223344"},
        app_key="12345678",
        app_secret="helloworld",
        session="test",
        now=NEW_YEAR,
        sign_method="md5",
    )
    assert form == GUIDE | {"sign": GUIDE_SIGN}


def test_taobao_leaves_out_what_is_empty_and_the_signature_itself():
    assert taobao.sign(GUIDE | {"nick": "", "sign": "x"}, "helloworld", "md5") == GUIDE_SIGN


@pytest.mark.parametrize(("method", "digest"), [("hmac", "md5"), ("hmac-sha256", "sha256")])
def test_taobao_hmac_is_keyed_with_the_secret(method, digest):
    text = "".join(name + value for name, value in sorted(GUIDE.items()))
    expected = hmac.new(b"helloworld", text.encode(), digest).hexdigest().upper()
    assert taobao.sign(GUIDE, "helloworld", method) == expected


def test_pinduoduo_signs_as_its_guide_does():
    fields = {
        "access_token": "asd78172s8ds9a921j9qqwda12312w1w21211",
        "client_id": "1",
        "data_type": "XML",
        "order_status": "1",
        "page": "1",
        "page_size": "10",
        "timestamp": "1480411125",
        "type": "pdd.order.number.list.get",
    }
    assert pinduoduo.sign(fields, "testSecret") == "E4DE3ED21002510DED352819E7AE6775"
    form = pinduoduo.signed("pdd.order.number.list.get", {"page": "1"}, **KEYS)
    assert form["timestamp"] == "1451620800"
    assert form["sign"] == pinduoduo.sign(form, "secret")


def test_jd_signs_the_business_part_as_one_text():
    form = jd.signed("jingdong.x", {"page": 1, "名": "值"}, **KEYS)
    assert form["timestamp"] == "2016-01-01 12:00:00"
    assert form["360buy_param_json"] == '{"page":1,"名":"值"}'
    text = (
        'secret360buy_param_json{"page":1,"名":"值"}access_tokentapp_keyk'
        "methodjingdong.xtimestamp2016-01-01 12:00:00v2.0secret"
    )
    assert form["sign"] == md5(text).upper()


def test_jd_newer_gateway_signs_the_names_of_its_headers():
    headers = jd.signed_headers({"page": "1"}, **KEYS)
    text = "secretX-JOS-Access-TokentX-JOS-App-KeykX-JOS-Timestamp1451620800000page1secret"
    assert headers["X-JOS-Sign"] == md5(text).upper()


def test_doudian_signs_five_parts_and_sorts_the_body():
    query, body = doudian.signed("afterSale/List", {"size": 1, "page": 0, "a": "水"}, **KEYS)
    assert body == '{"a":"水","page":0,"size":1}'
    asked = {name: value for name, (value,) in parse_qs(query).items()}
    assert asked["method"] == "afterSale.List"
    text = f"secretapp_keykmethodafterSale.Listparam_json{body}timestamp1451620800v2secret"
    expected = hmac.new(b"secret", text.encode(), "sha256").hexdigest()
    assert asked["sign"] == expected


@pytest.mark.parametrize("method", kuaishou.SIGN_METHODS)
def test_kuaishou_signs_pairs_with_the_sign_secret_behind(method):
    path = kuaishou.signed(
        "open.comment.list.get",
        {"offset": 0, "a": "短袖"},
        app_key="ks123",
        sign_secret="hidden",
        access_token="token",
        now=NEW_YEAR,
        sign_method=method,
    )
    parts = urlsplit(path)
    assert parts.path == "/open/comment/list/get"
    asked = dict(parse_qsl(parts.query))
    text = (
        "access_token=token&appkey=ks123&method=open.comment.list.get"
        f'&param={{"a":"短袖","offset":0}}&signMethod={method}'
        "&timestamp=1451620800000&version=1&signSecret=hidden"
    )
    if method == "MD5":
        expected = md5(text)
    else:
        expected = base64.b64encode(hmac.digest(b"hidden", text.encode(), "sha256")).decode()
    assert asked["sign"] == expected
    assert "hidden" not in path


def test_xiaohongshu_signs_only_the_system_part():
    body = json.loads(xiaohongshu.signed("afterSale.x", {"returnsId": "R1"}, **KEYS))
    text = "afterSale.x?appId=k&timestamp=1451620800&version=2.0secret"
    assert body["sign"] == md5(text)
    assert body["returnsId"] == "R1"


FAULTS = [
    (taobao, {"error_response": {"code": 27, "msg": "Invalid session", "sub_code": "session-expired"}}, "login"),
    (taobao, {"error_response": {"code": 26, "msg": "Missing session"}}, "login"),
    (taobao, {"error_response": {"code": "25", "msg": "Invalid signature"}}, "signature"),
    (taobao, {"error_response": {"code": 11, "msg": "Insufficient isv permissions"}}, "forbidden"),
    (taobao, {"error_response": {"code": 41, "msg": "Invalid arguments:start_date"}}, "shape"),
    (taobao, {"error_response": {"code": 15, "sub_code": "isp.service-unavailable"}}, "unreachable"),
    (taobao, {"error_response": {"code": 15, "sub_code": "isv.permission-api-package-limit"}}, "rate"),
    (taobao, {"error_response": None}, "shape"),
    (jd, {"error_response": {"code": "19", "zh_desc": "无效access_token", "en_desc": "Invalid access_token"}}, "login"),
    (jd, {"error_response": {"code": "12", "zh_desc": "无效签名"}}, "signature"),
    (jd, {"error_response": {"code": "22", "zh_desc": "API调用频率超限"}}, "rate"),
    (jd, {"errorCode": "60", "errorMessage": "无权限调用"}, "forbidden"),
    (jd, {"jingdong_x_responce": {"code": "1", "message": "服务不可用"}}, "unreachable"),
    (pinduoduo, {"error_response": {"error_code": 10019, "error_msg": "access_token已过期"}}, "login"),
    (pinduoduo, {"error_response": {"error_code": 20004, "error_msg": "签名sign校验失败"}}, "signature"),
    (pinduoduo, {"error_response": {"error_code": 30001, "error_msg": "接口权限不足"}}, "forbidden"),
    (pinduoduo, {"error_response": {"error_code": 20031, "error_msg": "用户没有授权访问此接口"}}, "forbidden"),
    (doudian, {"code": 40003, "msg": "非法的参数", "sub_code": "isv.access-token-expired", "sub_msg": "access_token已过期"}, "login"),
    (doudian, {"code": 40003, "sub_code": "isv.signature-invalid", "sub_msg": "签名校验失败"}, "signature"),
    (doudian, {"code": 30001, "msg": "权限不足"}, "forbidden"),
    (doudian, {"code": 20000, "msg": "系统开小差"}, "unreachable"),
    (doudian, {"code": 50002, "msg": "接口调用过于频繁"}, "rate"),
    (doudian, {}, "shape"),
    (kuaishou, {"result": 28, "error_msg": "access_token invalid"}, "login"),
    (kuaishou, {"result": 24, "error_msg": "签名错误"}, "signature"),
    (kuaishou, {"result": "802000", "error_msg": "触发限流"}, "rate"),
    (kuaishou, {"data": {}}, "shape"),
    (xiaohongshu, {"success": False, "error_code": 401, "error_msg": "accessToken已过期"}, "login"),
    (xiaohongshu, {"success": False, "error_code": "1", "error_msg": "sign 校验失败"}, "signature"),
    (xiaohongshu, {"error_response": {"code": 2, "msg": "没有权限"}}, "forbidden"),
]  # fmt: skip


@pytest.mark.parametrize(("gateway", "answer", "reason"), FAULTS)
def test_an_error_has_its_reason(gateway, answer, reason):
    assert gateway.fault(answer).reason == BlockReason(reason)


@pytest.mark.parametrize(
    ("gateway", "answer"),
    [
        (taobao, {"traderates_get_response": {}}),
        (jd, {"jingdong_x_responce": {"code": "0"}}),
        (jd, {"jingdong_x_responce": {}}),
        (pinduoduo, {"refund_increment_get_response": {}}),
        (doudian, {"code": 10000}),
        (doudian, {"code": "10000"}),
        (kuaishou, {"result": 1}),
        (xiaohongshu, {"success": True, "error_code": 0}),
        (xiaohongshu, {"data": {}}),
    ],
)
def test_an_answer_is_no_fault(gateway, answer):
    assert gateway.fault(answer) is None


def test_limits_say_how_long_to_wait():
    ban = {"code": 7, "msg": "App Call Limited", "sub_msg": "This ban will last for 71 more seconds",
           "sub_code": "accesscontrol.limited-by-api-access-count"}  # fmt: skip
    fault = taobao.fault({"error_response": ban})
    assert (fault.reason, fault.retry_after) == (BlockReason.RATE, 71)
    fault = pinduoduo.fault({"error_response": {"error_code": 70031, "error_msg": "调用过于频繁"}})
    assert (fault.reason, fault.retry_after) == (BlockReason.RATE, 60)


def test_a_taobao_refusal_about_one_line_is_told_from_one_about_the_caller():
    assert taobao.refused_line({"error_response": {"code": 15, "sub_code": "isv.invalid-trade"}})
    assert not taobao.refused_line({"error_response": {"code": 27, "sub_code": "isv.x"}})
    assert not taobao.refused_line({"error_response": []})


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (7, 7),
        ("7", 7),
        (" -1 ", -1),
        ("7x", None),
        (True, None),
        (None, None),
        (7.5, None),
        ([], None),
    ],
)
def test_codes_come_as_numbers_and_as_text(value, found):
    assert number(value) == found
