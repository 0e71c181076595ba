"""Kuaishou's shop platform (快手小店)."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import compact, keyed, md5, millis

URL = "https://openapi.kwaixiaodian.com"
SIGN_METHODS = ("MD5", "HMAC_SHA256")
FINE = 1


def sign(fields: Mapping[str, str], sign_secret: str, method: str) -> str:
    """Return the signature of a call's fields: lower-case hex for MD5, Base64 for HMAC_SHA256.

    The sign secret is not the app secret; it stands at the end of what is signed.
    """
    pairs = [f"{name}={value}" for name, value in sorted(fields.items()) if name != "sign"]
    text = "&".join([*pairs, f"signSecret={sign_secret}"])
    if method == "MD5":
        return md5(text)
    return base64.b64encode(keyed(sign_secret, text, "sha256")).decode()


def signed(
    method: str,
    business: Mapping[str, Any],
    *,
    app_key: str,
    sign_secret: str,
    access_token: str,
    now: datetime,
    sign_method: str = "HMAC_SHA256",
) -> str:
    """Return path and query of a call, signed: `/open/comment/list/get?…`."""
    query = {
        "appkey": app_key,
        "method": method,
        "version": "1",
        "timestamp": str(millis(now)),
        "access_token": access_token,
        "signMethod": sign_method,
        "param": compact(business),
    }
    query["sign"] = sign(query, sign_secret, sign_method)
    return f"/{method.replace('.', '/')}?{urlencode(query)}"


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered."""
    if number(answer.get("result")) == FINE:
        return None
    words = told(answer, "result", "code", "error_msg", "msg", "sub_code", "sub_msg")
    return Fault(by_words(words), f"快手开放平台：{words or '没有 result'}")
