"""Star ratings as shops and exports write them."""

import re
import unicodedata

_WORDS = {
    "五": 5, "四": 4, "三": 3, "二": 2, "两": 2, "一": 1,
    "好评": 5, "好": 5, "中评": 3, "中": 3, "差评": 1, "差": 1,
    "非常满意": 5, "很满意": 5, "满意": 4, "一般": 3, "不满意": 2, "非常不满意": 1, "很不满意": 1,
    "good": 5, "neutral": 3, "bad": 1,
}  # fmt: skip
_NUMBER = re.compile(r"(?P<n>[0-9](?:\.[0-9]{1,3})?)(?:[星分颗]|stars?)*(?:/5(?:\.0)?分?)?")


def parse_rating(value: str | int | float | None) -> int | None:
    """Return 1 to 5 stars; None when nothing was rated (empty, or 0).

    好评, 中评, 差评 are 5, 3, 1; half stars round up. Raises ValueError when it is no rating.
    """
    if value is None or isinstance(value, bool):
        return None
    text = unicodedata.normalize("NFKC", str(value)).strip().lower().replace(" ", "")
    if not text or text in {"-", "--", "无", "/"}:
        return None
    if not text.strip("★☆⭐\ufe0f"):
        return _in_range(text.count("★") + text.count("⭐"), text)
    word = _WORDS.get(text) or _WORDS.get(text.rstrip("星级"))
    if word is not None:
        return word
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(f"“{text[:20]}”不是评分")
    return _in_range(int(float(match["n"]) + 0.5), text)


def _in_range(stars: int, text: str) -> int | None:
    if not 0 <= stars <= 5:
        raise ValueError(f"评分“{text[:20]}”不在 1 到 5 之间")
    return stars or None
