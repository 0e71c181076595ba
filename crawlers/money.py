"""Money as pages write it, into fen (hundredths), exactly."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MOST_FEN = 10**13
_MONEY = re.compile(
    r"(?:CNY|RMB|人民币|价格|售价|[¥$€£:\s])*(?P<n>[0-9]{1,12}(?:,[0-9]{3})*(?:\.[0-9]{1,6})?)"
    r"\s*(?P<unit>万?)\s*(?:元|CNY|RMB|块)?(?:起|/.{1,10})?",
    re.IGNORECASE,
)


def parse_fen(value: Any) -> int | None:
    """Return the amount in fen; None when there is none: empty, zero, below zero, or no amount.

    A page that hides a price shows 0 or -1 for it.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = unicodedata.normalize("NFKC", str(value)[:60]).strip()
    match = _MONEY.fullmatch(text)
    if match is None:
        return None
    amount = Decimal(match["n"].replace(",", "")) * (10_000 if match["unit"] else 1)
    fen = int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return fen if 0 < fen < MOST_FEN else None


def yuan(fen: int | None) -> str:
    """Return an amount as people read it, "" when there is none."""
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"
