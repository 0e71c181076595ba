"""Xiaohongshu's shop platform (小红书店铺, ark)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import compact, md5, seconds

URL = "https://ark.xiaohongshu.com/ark/open_api/v3/common_controller"
VERSION = "2.0"


def sign(method: str, app_key: str, timestamp: str, secret: str) -> str:
    """Return the signature of a call: neither the token nor the business part counts."""
    return md5(f"{method}?appId={app_key}&timestamp={timestamp}&version={VERSION}{secret}")


def signed(
    method: str,
    business: Mapping[str, Any],
    *,
    app_key: str,
    app_secret: str,
    access_token: str,
    now: datetime,
) -> str:
    """Return the JSON body of a call, signed."""
    timestamp = str(seconds(now))
    system = {
        "appId": app_key,
        "timestamp": timestamp,
        "version": VERSION,
        "method": method,
        "sign": sign(method, app_key, timestamp, app_secret),
        "accessToken": access_token,
    }
    return compact({**business, **system})


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered."""
    raw = answer.get("error_response")
    error = raw if isinstance(raw, dict) else answer
    code = number(error.get("error_code", error.get("code", 0)))
    if error is answer and answer.get("success") is not False and not code and raw is None:
        return None
    words = told(error, "error_code", "code", "error_msg", "msg")
    return Fault(by_words(words), f"小红书开放平台：{words}")
