"""抖店: the shop platform of Douyin."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import compact, keyed, seconds
from crawlers.models import BlockReason

URL = "https://openapi-fxg.jinritemai.com"
FINE = 10000
_BUSY = 20000


def sign(app_key: str, secret: str, method: str, body: str, timestamp: int) -> str:
    """Return the signature of a call: only these five parts count, in this order."""
    text = f"app_key{app_key}method{method}param_json{body}timestamp{timestamp}v2"
    return keyed(secret, f"{secret}{text}{secret}", "sha256").hex()


def signed(
    path: str,
    business: Mapping[str, Any],
    *,
    app_key: str,
    app_secret: str,
    access_token: str,
    now: datetime,
) -> tuple[str, str]:
    """Return the query and the body of a call to a path such as `afterSale/List`, signed."""
    method = path.strip("/").replace("/", ".")
    body = compact(business)
    timestamp = seconds(now)
    query = {
        "app_key": app_key,
        "method": method,
        "access_token": access_token,
        "timestamp": timestamp,
        "v": "2",
        "sign": sign(app_key, app_secret, method, body, timestamp),
        "sign_method": "hmac-sha256",
    }
    return urlencode(query), body


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered."""
    code = number(answer.get("code"))
    if code == FINE:
        return None
    words = told(answer, "code", "msg", "message", "sub_code", "sub_msg")
    reason = by_words(words)
    if code == _BUSY and reason is BlockReason.SHAPE:
        reason = BlockReason.UNREACHABLE
    return Fault(reason, f"抖店开放平台：{words or '没有 code'}")
