"""Taobao and Tmall: the Taobao Open Platform (TOP)."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import joined, keyed, local, md5_around
from crawlers.models import BlockReason

URL = "https://gw.api.taobao.com/router/rest"
SIGN_METHODS = ("md5", "hmac", "hmac-sha256")
_BAN = re.compile(r"ban will last for (\d{1,6}) more second", re.IGNORECASE)
_REASONS = {
    7: BlockReason.RATE,
    11: BlockReason.FORBIDDEN,
    12: BlockReason.FORBIDDEN,
    13: BlockReason.FORBIDDEN,
    24: BlockReason.SIGNATURE,
    25: BlockReason.SIGNATURE,
    26: BlockReason.LOGIN,
    27: BlockReason.LOGIN,
    28: BlockReason.FORBIDDEN,
    29: BlockReason.FORBIDDEN,
    30: BlockReason.SIGNATURE,
    31: BlockReason.SIGNATURE,
    40: BlockReason.SHAPE,
    41: BlockReason.SHAPE,
}


def sign(fields: Mapping[str, str], secret: str, method: str) -> str:
    """Return the signature of a call's fields; `sign` itself and empty ones do not count."""
    text = joined({name: value for name, value in fields.items() if name != "sign"})
    if method == "md5":
        return md5_around(secret, text)
    return keyed(secret, text, "md5" if method == "hmac" else "sha256").hex().upper()


def signed(
    method: str,
    business: Mapping[str, str],
    *,
    app_key: str,
    app_secret: str,
    session: str,
    now: datetime,
    sign_method: str = "hmac-sha256",
) -> dict[str, str]:
    """Return the form of a call, signed."""
    form = {
        "method": method,
        "app_key": app_key,
        "session": session,
        "timestamp": local(now),
        "format": "json",
        "v": "2.0",
        "sign_method": sign_method,
        **business,
    }
    return form | {"sign": sign(form, app_secret, sign_method)}


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered."""
    if "error_response" not in answer:
        return None
    raw = answer["error_response"]
    error = raw if isinstance(raw, dict) else {}
    words = told(error, "code", "msg", "sub_code", "sub_msg")
    found = number(error.get("code"))
    reason = _REASONS.get(found) if found is not None else None
    if reason is None:
        reason = _of_service(error) or by_words(words)
    ban = _BAN.search(words)
    return Fault(reason, f"淘宝开放平台：{words}", int(ban[1]) if ban else None)


def refused_line(answer: Mapping[str, Any]) -> bool:
    """Tell whether the refusal is about what was asked for (`isv.…`), not about the caller."""
    error = answer.get("error_response")
    if not isinstance(error, dict) or number(error.get("code")) in _REASONS:
        return False
    return str(error.get("sub_code") or "").startswith("isv.")


def _of_service(error: Mapping[str, Any]) -> BlockReason | None:
    """Code 15: `isp.…` is the platform's own trouble, which passes."""
    ours = str(error.get("sub_code") or "").startswith("isp.")
    return BlockReason.UNREACHABLE if number(error.get("code")) == 15 and ours else None
