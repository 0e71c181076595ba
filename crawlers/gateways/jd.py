"""JD: the classic JOS gateway (`routerjson`), and the newer one that signs its headers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.gateways.faults import Fault, by_words, number, told
from crawlers.gateways.signing import compact, joined, local, md5_around, millis
from crawlers.models import BlockReason

URL = "https://api.jd.com/routerjson"
HEADER_URL = "https://api-cn.jd.com"
STYLES = ("classic", "header")
_EXPIRED = 19
_FINE = frozenset({"", "0", "00", "00000", "200", "10000"})


def signed(
    method: str,
    business: Mapping[str, Any],
    *,
    app_key: str,
    app_secret: str,
    access_token: str,
    now: datetime,
) -> dict[str, str]:
    """Return the form of a call to the classic gateway, signed."""
    form = {
        "method": method,
        "app_key": app_key,
        "access_token": access_token,
        "timestamp": local(now),
        "v": "2.0",
        "360buy_param_json": compact(business),
    }
    return form | {"sign": md5_around(app_secret, joined(form))}


def signed_headers(
    fields: Mapping[str, str], *, app_key: str, app_secret: str, access_token: str, now: datetime
) -> dict[str, str]:
    """Return the headers of a call to the newer gateway; their names enter the signature.

    `fields` is all else that is signed: what stands in the query, the path and the form.
    """
    headers = {
        "X-JOS-App-Key": app_key,
        "X-JOS-Access-Token": access_token,
        "X-JOS-Timestamp": str(millis(now)),
    }
    return headers | {"X-JOS-Sign": md5_around(app_secret, joined({**headers, **fields}))}


def fault(answer: Mapping[str, Any]) -> Fault | None:
    """Return why the platform refused; None when it answered.

    It says so in `error_response`, at the top (`errorCode`), or within the answer (`code` not 0).
    """
    if "error_response" in answer:
        raw = answer["error_response"]
        return _fault(raw if isinstance(raw, dict) else {}, "code")
    if number(answer.get("errorCode")) or answer.get("errorMessage"):
        return _fault(answer, "errorCode")
    within = content(answer)
    if isinstance(within, dict) and str(within.get("code", "")) not in _FINE:
        return _fault(within, "code")
    return None


def content(answer: Mapping[str, Any]) -> Any:
    """Return what lies within the wrapper that is named after the method; None without one."""
    for name, value in answer.items():
        if name.endswith(("_responce", "_response")):
            return value
    return None


def _fault(error: Mapping[str, Any], code: str) -> Fault:
    words = told(error, code, "zh_desc", "en_desc", "errorMessage", "msg", "message")
    expired = number(error.get(code)) == _EXPIRED
    return Fault(BlockReason.LOGIN if expired else by_words(words), f"京东开放平台：{words}")
