"""A WeCom 企业微信 group robot.

The robot's key is in the address of every request, so no error of httpx leaves this module: they
are replaced, not chained. WeCom answers HTTP 200 whatever happens; the errcode is the answer.
"""

from typing import NoReturn

import httpx

from alerts.errors import DeliveryError, Failure

PATH = "/cgi-bin/webhook/send"
_ANSWER_LIMIT = 64 * 1024

ERRCODES: dict[int, tuple[Failure, bool, str]] = {
    # errcode: (what it means for us, whether to try again, words for the console)
    -1: (Failure.BUSY, True, "企业微信繁忙"),
    45009: (Failure.RATE, True, "发送过于频繁"),
    45033: (Failure.RATE, True, "同时发送过多"),
    93000: (Failure.GONE, False, "机器人地址无效，或已被移出群"),
    93004: (Failure.GONE, False, "机器人已停用"),
    93008: (Failure.GONE, False, "机器人不在群里"),
    40001: (Failure.CONTENT, False, "密钥不对"),
    40008: (Failure.CONTENT, False, "消息类型不对"),
    40033: (Failure.CONTENT, False, "含不允许的字符"),
    40035: (Failure.CONTENT, False, "参数不对"),
    40039: (Failure.CONTENT, False, "链接不对"),
    45034: (Failure.CONTENT, False, "链接缺少 http(s)"),
    44001: (Failure.CONTENT, False, "文件为空"),
    44004: (Failure.CONTENT, False, "内容为空"),
    40004: (Failure.CONTENT, False, "文件类型不对"),
    40006: (Failure.CONTENT, False, "文件大小不对"),
    40007: (Failure.CONTENT, False, "文件已过期"),
    40058: (Failure.TOO_LONG, False, "参数不对或内容过长"),
    45002: (Failure.TOO_LONG, False, "内容过长"),
    45008: (Failure.TOO_LONG, False, "图文过多"),
    40003: (Failure.MENTION, False, "提到的成员不存在"),
    46004: (Failure.MENTION, False, "提到的成员不存在"),
}


class WecomRobot:
    """One robot of one group chat."""

    def __init__(self, base_url: str, key: str, http: httpx.Client) -> None:
        self._url = f"{base_url}{PATH}"
        self._key = key
        self._http = http

    def __repr__(self) -> str:
        return "WecomRobot(…)"

    def send(self, text: str) -> None:
        """Send `text` as one markdown message.

        Raises DeliveryError. After a time-out the message may have arrived all the same.
        """
        body = {"msgtype": "markdown", "markdown": {"content": text}}
        try:
            status, answer = self._post(body)
        except httpx.TimeoutException:
            raise DeliveryError("超时未答", retryable=True, kind=Failure.NETWORK) from None
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            name = type(exc).__name__
            raise DeliveryError(f"连不上（{name}）", retryable=True, kind=Failure.NETWORK) from None
        if status != 200:
            _refuse_status(status)
        _check(answer)

    def _post(self, body: object) -> tuple[int, bytes]:
        """Return status and body; a body beyond all reason is not read to its end."""
        request = self._http.build_request("POST", self._url, params={"key": self._key}, json=body)
        response = self._http.send(request, stream=True, follow_redirects=False)
        try:
            answer = b""
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > _ANSWER_LIMIT:
                    break
            return response.status_code, answer
        finally:
            response.close()


def _refuse_status(status: int) -> NoReturn:
    if status == 429:
        raise DeliveryError(f"HTTP {status}", retryable=True, kind=Failure.RATE)
    if status >= 500:
        raise DeliveryError(f"HTTP {status}", retryable=True, kind=Failure.SERVER)
    raise DeliveryError(f"HTTP {status}", retryable=False, kind=Failure.REFUSED)


def _check(answer: bytes) -> None:
    """Judge by errcode alone: errmsg varies, and quotes what it was sent."""
    try:
        code = httpx.Response(200, content=answer).json()["errcode"]
    except (ValueError, KeyError, TypeError):
        code = None
    if isinstance(code, bool) or not isinstance(code, int):
        raise DeliveryError("答复不是企业微信的", retryable=True, kind=Failure.SERVER) from None
    if code == 0:
        return
    kind, retryable, words = ERRCODES.get(code, (Failure.CONTENT, False, "企业微信不收"))
    raise DeliveryError(f"{words}（{code}）", retryable=retryable, kind=kind)
