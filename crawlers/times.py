"""Times as sites write them, relative to the moment of the fetch, into aware UTC.

Naive times are Asia/Shanghai. Nothing here asks the clock: the fetch time is passed in.
"""

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from config.clock import SHANGHAI

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_UNITS = {
    "秒": timedelta(seconds=1),
    "分钟": timedelta(minutes=1),
    "分": timedelta(minutes=1),
    "小时": timedelta(hours=1),
    "天": timedelta(days=1),
    "周": timedelta(weeks=1),
    "个月": timedelta(days=30),
    "年": timedelta(days=365),
}
_DAYS_AGO = {"今天": 0, "昨天": 1, "前天": 2}

_LEAD = re.compile(r"^(?:(?:首次)?(?:编辑于|发布于|发表于|更新于|回复于|评论于|创建于|时间:)\s*)+")
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)?"
# What may follow a time: a region, a client, words like 发布. Never a digit: that would be a time.
_TAIL = r"(?:\s*来自.{0,40}|(?:\s*(?:发布于|发布|编辑|IP属地:?)\s*|\s+)[^0-9]{0,40})?"
_AGO = re.compile(rf"(?P<n>[0-9]{{1,6}}|半)\s*(?P<unit>{'|'.join(_UNITS)})[钟]?之?前{_TAIL}")
_NOW = re.compile(rf"(?:刚刚|刚才|片刻前){_TAIL}")
_DAY = re.compile(rf"(?P<day>{'|'.join(_DAYS_AGO)})\s*(?:{_CLOCK})?{_TAIL}")
_ONLY_CLOCK = re.compile(rf"{_CLOCK}{_TAIL}")
_MONTH_DAY = re.compile(
    rf"(?P<month>[0-9]{{1,2}})[-/.月](?P<mday>[0-9]{{1,2}})日?(?:\s*{_CLOCK})?{_TAIL}"
)
_DATE = re.compile(
    rf"(?P<year>[0-9]{{4}})[-/.年](?P<month>[0-9]{{1,2}})[-/.月](?P<mday>[0-9]{{1,2}})日?"
    rf"(?:\s*{_CLOCK})?{_TAIL}"
)
_WEIBO = re.compile(
    r"[A-Za-z]{3} (?P<name>[A-Za-z]{3}) +(?P<mday>[0-9]{1,2}) "
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) "
    r"(?P<sign>[+-])(?P<zh>[0-9]{2})(?P<zm>[0-9]{2}) (?P<year>[0-9]{4})"
)
_EPOCH = re.compile(r"[0-9]{10}(?:[0-9]{3})?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ].*(?:Z|[+-][0-9]{2}:?[0-9]{2})|[0-9-]{10}T.*")
_RFC822 = re.compile(r"(?:[A-Za-z]{3},\s*)?[0-9]{1,2}\s+[A-Za-z]{3}\s+[0-9]{2,4}\s.*")


def parse_time(value: str | int | float | datetime, *, now: datetime) -> datetime:
    """Return the moment that a site's time means, aware, in UTC.

    Epochs are 10 digits (seconds) or 13 (milliseconds), as number or text.
    Raises ValueError when the text is no time.
    """
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, bool):
        raise ValueError("not a time")
    if isinstance(value, float):
        value = format(value, ".0f")
    if isinstance(value, int):
        value = str(value) if abs(value) < 10**15 else ""
    text = unicodedata.normalize("NFKC", value).replace("\u200b", "").strip()
    text = _LEAD.sub("", text)
    try:
        return _utc(_read(text, now.astimezone(SHANGHAI)))
    except (OverflowError, ValueError):
        raise ValueError(f"看不懂的时间“{value[:40]}”") from None


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return moment.astimezone(UTC)


def _read(text: str, now: datetime) -> datetime:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)
    if match := _DATE.fullmatch(text):
        return _dated(int(match["year"]), match)
    if _ISO.fullmatch(text):
        return datetime.fromisoformat(text)
    if match := _WEIBO.fullmatch(text):
        return _weibo(match)
    if _RFC822.fullmatch(text):
        return parsedate_to_datetime(text)
    return _relative(text, now)


def _relative(text: str, now: datetime) -> datetime:
    if _NOW.fullmatch(text):
        return now
    if match := _AGO.fullmatch(text):
        count = 0.5 if match["n"] == "半" else int(match["n"])
        return now - count * _UNITS[match["unit"]]
    if match := _DAY.fullmatch(text):
        day = now.date() - timedelta(days=_DAYS_AGO[match["day"]])
        return datetime.combine(day, _clock(match), SHANGHAI)
    if match := _ONLY_CLOCK.fullmatch(text):
        moment = datetime.combine(now.date(), _clock(match), SHANGHAI)
        return moment if moment <= now else moment - timedelta(days=1)
    if match := _MONTH_DAY.fullmatch(text):
        return _latest(match, now)
    raise ValueError(text)


def _latest(match: re.Match[str], now: datetime) -> datetime:
    """Return the last such day that is not in the future; 02-29 may be years back."""
    for year in range(now.year, now.year - 9, -1):
        try:
            moment = _dated(year, match)
        except ValueError:
            continue
        if moment <= now:
            return moment
    raise ValueError(match.string)


def _dated(year: int, match: re.Match[str]) -> datetime:
    day = datetime(year, int(match["month"]), int(match["mday"]), tzinfo=SHANGHAI)
    return datetime.combine(day.date(), _clock(match), SHANGHAI)


def _clock(match: re.Match[str]) -> time:
    if match["hour"] is None:
        return time()
    return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))


def _weibo(match: re.Match[str]) -> datetime:
    """Read `Tue Jan 02 12:00:00 +0800 2024`; strptime would obey the machine's locale."""
    month = _MONTHS.index(match["name"].lower()) + 1
    offset = timedelta(hours=int(match["zh"]), minutes=int(match["zm"]))
    local = datetime(
        int(match["year"]),
        month,
        int(match["mday"]),
        int(match["hour"]),
        int(match["minute"]),
        int(match["second"]),
        tzinfo=UTC,
    )
    return local + offset if match["sign"] == "-" else local - offset
