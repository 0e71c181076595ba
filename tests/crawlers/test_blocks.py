import pytest

from crawlers import blocks
from crawlers.models import BlockReason
from tests.crawlers.samples import NOW, response


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response("x", status=429), BlockReason.RATE),
        (response("x", status=432), BlockReason.RATE),
        (response("x", status=418), BlockReason.RATE),
        (response("x", status=412), BlockReason.RATE),
        (response("x", status=401), BlockReason.LOGIN),
        (response("x", status=403), BlockReason.FORBIDDEN),
        (response("x", status=451), BlockReason.FORBIDDEN),
        (response("x", status=404), BlockReason.GONE),
        (response("x", status=503), BlockReason.UNREACHABLE),
        (response(" \n"), BlockReason.EMPTY_BODY),
        (response("x", "https://passport.jd.com/new/login.aspx"), BlockReason.LOGIN),
        (response("x", "https://www.example/account/unhuman"), BlockReason.LOGIN),
        (response("<title>Sina Visitor System</title>"), BlockReason.LOGIN),
        (response("<html><title>百度安全验证</title>"), BlockReason.CAPTCHA),
        (response("<title>系统繁忙，请稍后再试</title>"), BlockReason.RATE),
    ],
)
def test_a_refusal_is_told_from_an_answer(answer, reason):
    found = blocks.in_response(answer)
    assert found is not None
    assert found[0] is reason
    assert found[1]


@pytest.mark.parametrize(
    "answer",
    [
        response("", status=304),
        response(
            '{"comments":[{"content":"收不到验证码，登录不了"}]}', Content_Type="application/json"
        ),
        response("<title>投诉</title><p>一直要我输入验证码、重新登录</p>"),
        response("x", "https://www.example/p/loginov"),
    ],
)
def test_an_answer_is_no_refusal(answer):
    assert blocks.in_response(answer) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("Sat, 20 Jan 2024 04:40:00 GMT", 600),
        ("Sat, 20 Jan 2024 04:00:00 GMT", 0),
        ("99999999999", 86_400),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header, seconds):
    assert blocks.retry_after(response("x", Retry_After=header), now=NOW) == seconds
