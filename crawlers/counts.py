"""Counts as sites write them: `1.2万`, `2万+`, `500+`, or only the button's own word."""

import re
import unicodedata

_UNITS = {
    "": 1,
    "k": 1_000,
    "千": 1_000,
    "w": 10_000,
    "万": 10_000,
    "m": 1_000_000,
    "亿": 100_000_000,
}
_COUNT = re.compile(r"(?P<n>[0-9]{1,15}(?:\.[0-9]{1,6})?)(?P<unit>[kwm千万亿]?)\+?")
# A button nobody has pressed yet shows its name in place of a number.
_NAMES = frozenset(
    [
        "赞",
        "点赞",
        "喜欢",
        "转发",
        "分享",
        "评论",
        "回复",
        "收藏",
        "抢首评",
        "-",
        "--",
        "null",
        "none",
    ]
)
LARGEST = 2_147_483_647


def parse_count(value: str | int | float | None) -> int:
    """Return the count that a text means; an empty one, or the button's own name, is 0.

    Never more than a database integer holds. Raises ValueError when it is no count.
    """
    if value is None:
        return 0
    if isinstance(value, bool):
        raise ValueError("not a count")
    if isinstance(value, int | float):
        if not 0 <= value < float("inf"):
            raise ValueError(f"“{value}”不是数量")
        return min(int(value), LARGEST)
    text = unicodedata.normalize("NFKC", value).replace(",", "").replace(" ", "").lower()
    if not text or text in _NAMES:
        return 0
    match = _COUNT.fullmatch(text)
    if match is None:
        raise ValueError(f"“{value[:40]}”不是数量")
    return min(round(float(match["n"]) * _UNITS[match["unit"]]), LARGEST)
