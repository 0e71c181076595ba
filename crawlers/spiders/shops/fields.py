"""Reading an answer's fields: what is absent is empty, what is of a wrong type is refused.

Everything raises ValueError or TypeError, which `PostSpider.each` turns into a refused row.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_LARGEST_FEN = 10**15
_DEEPEST = 20
PRIVATE = frozenset(
    # Orders by their numbers, buyers by name and account, and what they wrote into free fields.
    [
        "tid",
        "oid",
        "orderId",
        "order_sn",
        "shop_order_id",
        "sku_order_id",
        "order_id",
        "related_id",
        "child_trade_id",
        "nick",
        "user_nick",
        "nickName",
        "openIdBuyer",
        "customerPin",
        "customerName",
        "userId",
        "desc",
        "refundDesc",
        "questionDesc",
        "remark",
        "approveNotes",
        "buyer_nick",
    ]
)


def text(value: Any) -> str:
    """Return a text, or a number as text; "" for null."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"应是文字，却是 {type(value).__name__}")


def whole(value: Any, default: int | None = None) -> int:
    """Return a whole number that came as number or text; the default for null and ""."""
    if (value is None or value == "") and default is not None:
        return default
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    found = text(value)
    if not _WHOLE.fullmatch(found):
        raise ValueError(f"“{found[:40]}”不是整数")
    return int(found)


def flag(value: Any) -> bool:
    """Return yes or no as platforms write it: true, "true", 1, "1"; null is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    found = text(value).lower()
    if found not in {"", "0", "1", "true", "false"}:
        raise ValueError(f"“{found[:40]}”不是是或否")
    return found in {"1", "true"}


def fen(value: Any) -> int:
    """Return an amount that came in fen; nothing is 0."""
    return _bounded(whole(value, 0))


def fen_of_yuan(value: Any) -> int:
    """Return an amount that came in yuan, as fen; nothing is 0."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"应是金额，却是 {type(value).__name__}")
    try:
        amount = Decimal(str(value).strip())
        return _bounded(int((amount * 100).to_integral_value()))
    except (InvalidOperation, OverflowError):
        raise ValueError(f"“{str(value)[:40]}”不是金额") from None


def first(row: Mapping[str, Any], paths: Iterable[str]) -> Any:
    """Return what lies at the first of these dotted paths that holds something, else None."""
    for path in paths:
        here: Any = row
        for step in path.split("."):
            if isinstance(here, list):
                here = here[0] if here else None
            here = here.get(step) if isinstance(here, Mapping) else None
        if here not in (None, ""):
            return here
    return None


def without_private(value: Any) -> Any:
    """Return an answer's row as it may be kept for people to look at: without PRIVATE fields."""
    return _kept(value, lambda name: name not in PRIVATE)


def only(value: Any, names: Collection[str]) -> Any:
    """Return an answer's row with these fields alone, at whatever depth they stand.

    For lists that let nobody choose fields: what tells of the buyer goes no further.
    """
    return _kept(value, lambda name: name in names)


def _kept(value: Any, keep: Callable[[str], bool], depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {name: _kept(item, keep, depth + 1) for name, item in value.items() if keep(name)}
    if isinstance(value, list):
        return [_kept(item, keep, depth + 1) for item in value]
    return value


def _bounded(amount: int) -> int:
    if abs(amount) > _LARGEST_FEN:
        raise ValueError("金额大得不可能")
    return amount
