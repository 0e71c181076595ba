"""One cell of an export, cleaned of what spreadsheets and back-offices do to values."""

import datetime as dt
import math
import re
import unicodedata
from typing import Any

from config.clock import SHANGHAI

_EMPTY = frozenset(
    [
        *("-", "--", "---", "—", "——", "无", "/", "\\", "n/a", "null", "none", "nan", "nat"),
        # What a spreadsheet shows for a formula that came to nothing.
        *("#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#null!", "#num!"),
    ]
)
_AS_FORMULA = re.compile(r'=\s*"([^"]*)"')
_SPOILT = re.compile(r"[0-9](?:\.[0-9]+e\+?|e\+)[0-9]{2}", re.IGNORECASE)
_MONEY = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?:元|rmb|cny)?", re.IGNORECASE)
_SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]{1,12})?")
# Days since this day, as Excel counts (its 1900 was a leap year); 1954 to 2119.
_DAY_ZERO = dt.datetime(1899, 12, 30, tzinfo=SHANGHAI)
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000
_EXACT_DIGITS = 15  # of a number that has been through Excel
_EXACT_FLOAT = 2**53
# Excel saves an id that it took for a number with zeros for the digits that it lost. Of the ids
# that end in four zeros by themselves, one in ten thousand, the operator hears too.
_ZEROED = re.compile(r"[1-9][0-9]{14}0{4,9}")
_COMPACT = re.compile(
    r"(?P<year>(?:19|20)[0-9]{2})(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?:(?P<hour>[01][0-9]|2[0-3])(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9]))?"
)


def plain(value: Any) -> str:
    """Return the cell as text: whole numbers without ".0", empty for what stands for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    text = str(value).strip("\ufeff\u200b \t\r\n\u00a0\u3000")
    if formula := _AS_FORMULA.fullmatch(text):
        text = formula[1].strip()
    return "" if text.lower() in _EMPTY else text


def identifier(value: Any) -> str:
    """Return an id. Raises ValueError when a spreadsheet has taken digits from it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and math.isfinite(value) and abs(value) >= _EXACT_FLOAT:
            raise _digits_lost(f"{value:.2E}")
        digits = str(value) if isinstance(value, int) else format(value, ".0f")
        if not digits.lstrip("-").isdigit():  # nan, inf
            return ""
        if len(digits) > _EXACT_DIGITS and not digits[_EXACT_DIGITS:].strip("0"):
            raise _digits_lost(f"{value:.2E}")
        return digits
    text = plain(value).removeprefix("'").removesuffix("'").strip()
    if _SPOILT.fullmatch(text):
        raise ValueError(f"编号 {text} 被表格软件改成了科学计数，后几位已丢失")
    if _ZEROED.fullmatch(text):
        raise _digits_lost(text)
    return re.sub(r"\.0$", "", text) if re.fullmatch(r"[0-9]+\.0", text) else text


def _digits_lost(shown: str) -> ValueError:
    return ValueError(f"编号 {shown} 被表格软件改成了数字，后几位已丢失")


def moment(value: Any) -> dt.datetime | str | int | None:
    """Return the cell's time: a moment, or text (or an epoch) to be read; None when empty."""
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time(), SHANGHAI)
    text = plain(value).removeprefix("'").strip()
    if not text:
        return None
    number = unicodedata.normalize("NFKC", text)
    if _SERIAL.fullmatch(number) and _FIRST_SERIAL <= float(number) <= _LAST_SERIAL:
        return _DAY_ZERO + dt.timedelta(seconds=round(float(number) * 86_400))
    if compact := _COMPACT.fullmatch(number):
        year, month, day, hour, minute, second = (int(part or 0) for part in compact.groups())
        try:
            return dt.datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)
        except ValueError:  # 20230231
            return text
    return text


def money(value: Any) -> float | None:
    """Return an amount like `￥1,999.00`; None when it is empty or no amount."""
    text = unicodedata.normalize("NFKC", plain(value)).replace(",", "").replace(" ", "")
    match = _MONEY.fullmatch(text.lstrip("¥$"))
    return float(match[1]) if match else None


def escaped(value: Any) -> str:
    """Return the cell as text that no spreadsheet will run as a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
