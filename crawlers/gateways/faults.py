"""An open platform's error, as the reason for which a run ends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawlers.models import BlockReason

# In this order: "token call limited" is about the calls, "token 无权限" about the permission.
_WORDS = [
    (
        BlockReason.RATE,
        r"limit|flow.?control|too many|too fast|qps|频|限流|流控|繁忙|超过.{0,6}次数",
    ),
    (BlockReason.SIGNATURE, r"\bsign(?:ature)?\b|signature|签名|timestamp|时间戳"),
    (BlockReason.FORBIDDEN, r"permission|denied|forbidden|insufficient|whitelist|权限|白名单"),
    (BlockReason.LOGIN, r"token|session|expired|授权|登录|过期"),
    (BlockReason.UNREACHABLE, r"timeout|unavailable|remote service|超时|不可用|系统异常|系统错误"),
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a platform refused a call; `retry_after` are seconds, where it told them."""

    reason: BlockReason
    detail: str
    retry_after: int | None = None


def by_words(words: str) -> BlockReason:
    """Return the reason that an error's own words speak of; SHAPE when they speak of none."""
    for reason, pattern in _WORDS:
        if re.search(pattern, words, re.IGNORECASE):
            return reason
    return BlockReason.SHAPE


def told(error: Mapping[str, Any], *names: str) -> str:
    """Return what these fields of an error say, in one line."""
    values = [error.get(name) for name in names]
    return " ".join(str(value) for value in values if isinstance(value, str | int) and value != "")[
        :200
    ]


def number(value: Any) -> int | None:
    """Return a code that came as number or text; None when it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.strip() if isinstance(value, str) else ""
    return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else None
