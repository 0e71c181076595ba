import json
import logging
import traceback

import httpx
import pytest

from alerts import channels
from alerts.channels.wecom_robot import ERRCODES, WecomRobot
from alerts.errors import DeliveryError, Failure, NotConfigured

SECRET = "4d1c7f5e-0000-4000-8000-secretsecret"


def robot(answer):
    """Return a robot whose requests `answer` replies to, and what it was asked."""
    asked = []

    def handle(request):
        asked.append(request)
        return answer(request) if callable(answer) else answer

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return WecomRobot("https://wecom.example", SECRET, http), asked


def failure(answer):
    sender, _ = robot(answer)
    with pytest.raises(DeliveryError) as raised:
        sender.send("漏水")
    return raised.value


def test_the_request_is_what_wecom_documents():
    sender, asked = robot(httpx.Response(200, json={"errcode": 0, "errmsg": "ok"}))
    sender.send("**漏水** <@linxiao>")
    (request,) = asked
    assert request.method == "POST"
    assert str(request.url) == f"https://wecom.example/cgi-bin/webhook/send?key={SECRET}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content) == {
        "msgtype": "markdown",
        "markdown": {"content": "**漏水** <@linxiao>"},
    }


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (-1, Failure.BUSY, True),
        (45009, Failure.RATE, True),
        (45033, Failure.RATE, True),
        (93000, Failure.GONE, False),
        (93004, Failure.GONE, False),
        (93008, Failure.GONE, False),
        (40001, Failure.CONTENT, False),
        (40035, Failure.CONTENT, False),
        (40033, Failure.CONTENT, False),
        (40008, Failure.CONTENT, False),
        (44001, Failure.CONTENT, False),
        (44004, Failure.CONTENT, False),
        (40004, Failure.CONTENT, False),
        (40006, Failure.CONTENT, False),
        (40007, Failure.CONTENT, False),
        (45034, Failure.CONTENT, False),
        (40039, Failure.CONTENT, False),
        (40058, Failure.TOO_LONG, False),
        (45002, Failure.TOO_LONG, False),
        (45008, Failure.TOO_LONG, False),
        (40003, Failure.MENTION, False),
        (46004, Failure.MENTION, False),
        (99999, Failure.CONTENT, False),
    ],
)
def test_every_errcode_means_what_it_does(code, kind, retryable):
    error = failure(httpx.Response(200, json={"errcode": code, "errmsg": f"hint: {SECRET}"}))
    assert (error.kind, error.retryable) == (kind, retryable)
    assert str(code) in str(error)
    assert SECRET not in str(error)


def test_no_known_errcode_is_left_untested():
    assert len(ERRCODES) == 22


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (301, Failure.REFUSED, False),
        (400, Failure.REFUSED, False),
        (403, Failure.REFUSED, False),
        (404, Failure.REFUSED, False),
        (429, Failure.RATE, True),
        (500, Failure.SERVER, True),
        (502, Failure.SERVER, True),
        (504, Failure.SERVER, True),
    ],
)
def test_http_statuses(status, kind, retryable):
    error = failure(httpx.Response(status, text="no"))
    assert (error.kind, error.retryable, str(error)) == (kind, retryable, f"HTTP {status}")


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>\xe7\xbb\xb4\xe6\x8a\xa4\xe4\xb8\xad</body></html>",
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"{}",
        b'{"errcode": "0"}',
        b'{"errcode": false}',
        b'{"errcode": null}',
        b'{"errcode": 0',
    ],
)
def test_an_answer_that_is_not_wecoms_is_tried_again(body):
    error = failure(httpx.Response(200, content=body))
    assert (error.kind, error.retryable) == (Failure.SERVER, True)


def test_an_endless_answer_is_not_read_to_its_end():
    read = []

    def endless():
        while True:
            read.append(1)
            yield b"x" * 10_000

    error = failure(lambda request: httpx.Response(200, content=endless()))
    assert error.kind is Failure.SERVER
    assert len(read) < 20


@pytest.mark.parametrize(
    "problem",
    [
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.ConnectError,
        httpx.ReadError,
        httpx.RemoteProtocolError,
    ],
)
def test_a_broken_connection_is_tried_again_and_keeps_the_secret(problem, caplog):
    caplog.set_level(logging.DEBUG)

    def broken(request):
        raise problem(f"cannot reach {request.url}", request=request)

    error = failure(broken)
    assert (error.kind, error.retryable) == (Failure.NETWORK, True)
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in shown
    assert error.__suppress_context__
    assert SECRET not in caplog.text


def test_a_redirect_is_not_followed():
    sender, asked = robot(httpx.Response(302, headers={"location": "https://evil.example/"}))
    with pytest.raises(DeliveryError):
        sender.send("漏水")
    assert len(asked) == 1


def test_the_secret_is_in_no_repr():
    sender, _ = robot(httpx.Response(200))
    assert SECRET not in repr(sender)


def test_the_settings_keep_httpx_from_logging_addresses(settings):
    assert settings.LOGGING["loggers"]["httpx"]["level"] == "WARNING"
    assert logging.getLogger("httpx").getEffectiveLevel() >= logging.WARNING


def test_channels_are_the_configured_robots_the_first_is_the_default():
    assert channels.names() == ["wecom:公关群", "wecom:客服群"]
    assert channels.default() == "wecom:公关群"
    assert channels.of_robot("客服群") == "wecom:客服群"
    assert channels.of_robot("没有的群") == ""


def test_without_robots_there_is_a_place_to_wait(settings):
    settings.WECOM_ROBOTS = {}
    assert channels.default() == channels.UNCONFIGURED


def test_every_kind_of_channel_is_registered_and_opens():
    for name in channels.names():
        assert name.partition(":")[0] in channels.KINDS
        with channels.connect() as http:
            assert hasattr(channels.open_channel(name, http), "send")


@pytest.mark.parametrize("name", ["wecom:没有的群", "wecom:", "pigeon:x", ""])
def test_an_unknown_channel_is_refused(name):
    with channels.connect() as http, pytest.raises(NotConfigured):
        channels.open_channel(name, http)


def test_a_loopback_address_asks_no_proxy(settings, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    settings.WECOM_BASE_URL = "http://127.0.0.1:8123"
    with channels.connect() as http:
        assert http.trust_env is False


def test_a_new_key_has_a_new_mark(settings):
    before = channels.secret_mark("wecom:公关群")
    settings.WECOM_ROBOTS = {"公关群": "another"}
    assert channels.secret_mark("wecom:公关群") not in {"", before}
    assert channels.secret_mark("wecom:没有的群") == ""
