"""Pinduoduo's open platform."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import joined, md5_around, seconds
from crawlers.models import BlockReason

URL = "https://gw-api.pinduoduo.com/api/router"
_WINDOW_S = 60
_TOO_OFTEN = 70031
_NOT_GRANTED = 20031
"""The app has not the permission for this call; its words speak of 授权 as those of 10019 do."""
_REASONS = {
    10019: BlockReason.LOGIN,
    20004: BlockReason.SIGNATURE,
    _NOT_GRANTED: BlockReason.FORBIDDEN,
    _TOO_OFTEN: BlockReason.RATE,
}


def sign(fields: Mapping[str, str], secret: str) -> str:
    """Return the signature of a call's fields; `sign` itself does not count."""
    text = joined({name: value for name, value in fields.items() if name != "sign"})
    return md5_around(secret, text)


def signed(
    method: str,
    business: Mapping[str, str],
    *,
    app_key: str,
    app_secret: str,
    access_token: str,
    now: datetime,
) -> dict[str, str]:
    """Return the form of a call, signed. `app_key` and `app_secret` are the client's."""
    form = {
        "type": method,
        "client_id": app_key,
        "access_token": access_token,
        "timestamp": str(seconds(now)),
        "data_type": "JSON",
        **business,
    }
    return form | {"sign": sign(form, app_secret)}


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered."""
    if "error_response" not in answer:
        return None
    raw = answer["error_response"]
    error = raw if isinstance(raw, dict) else {}
    words = told(error, "error_code", "error_msg", "sub_code", "sub_msg")
    code = number(error.get("error_code"))
    reason = _REASONS.get(code) if code is not None else None
    wait = _WINDOW_S if code == _TOO_OFTEN else None
    return Fault(reason or by_words(words), f"拼多多开放平台：{words}", wait)
