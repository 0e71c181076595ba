"""What a rule's text says of itself: when it was published, since when it holds, and its status."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from urllib.parse import urlsplit

from config.clock import SHANGHAI
from crawlers import native_ids
from crawlers.times import parse_time

_DAY = r"([0-9]{4}\s?[-年/.]\s?[0-9]{1,2}\s?[-月/.]\s?[0-9]{1,2})\s?日?"
_CLOCK = r"(?:\s?[0-9]{1,2}(?::[0-9]{2}){1,2}|\s?[0-9]{1,2}[时点](?:整)?)?"
_STARTS = r"(?:正式|开始|全面|将)?(?:生效|施行|实施|执行|适用)"
_LABELLED = re.compile(rf"(?:生效|施行|实施|执行)(?:日期|时间|日)\s?[:：]?\s?{_DAY}")
_IN_FORCE = re.compile(rf"{_DAY}{_CLOCK}\s?(?:起|开始|)[,，]?\s?{_STARTS}")
_AT_ONCE = re.compile(rf"自(?:发布|公布|公示|印发)之?日起{_STARTS}")
_PUBLISHED = re.compile(rf"(?:发布|公布|公示|更新|修订|印发)(?:日期|时间|日|于)\s?[:：]?\s?{_DAY}")
_DRAFT = re.compile(r"征求意见|意见征集|征集意见|公开征集")
_NOTICE = re.compile(
    r"公示(?:期|稿|通知|公告|中)|(?:规则|变更|修订|新增|调整|更新)[^\n]{0,10}公示|公示$"
)
_HOLDS = re.compile(r"(?:规则)?状态\s?[:：]?\s?(?:已生效|生效中|生效|现行有效)|现行有效")
_HEAD = 200
_IDS = [
    re.compile(pattern)
    for pattern in (
        r"[?&#](?:ruleId|rule_id|articleId|article_id)=([\w-]{1,60})",
        r"/t?detail-(\w{1,60})\.htm",
        r"/(?:article|articles|rules-detail|rule|rules|notice|issue)/(?:detail/)?([\w-]{1,60})/?$",
    )
]


def identity(url: str) -> str:
    """Return what tells a rule's page from others: its host with its id, else a hash."""
    host = urlsplit(url).hostname or ""
    for pattern in _IDS:
        if (match := pattern.search(url)) and any(map(str.isdigit, match[1])):
            return f"{host[:60]}:{match[1]}"
    return native_ids.hashed(url)


def published_on(text: str) -> date | None:
    """Return the day that the text says it was published on."""
    return next(_days(_PUBLISHED, text), None)


def in_force_on(text: str, published: date | None) -> date | None:
    """Return the day that the rule holds from: a label's, else the last that the text names."""
    labelled = next(_days(_LABELLED, text), None)
    if labelled is not None:
        return labelled
    named = max(_days(_IN_FORCE, text), default=None)
    if named is None and _AT_ONCE.search(text):
        return published
    return named


def status(title: str, text: str, in_force: date | None, seen_at: datetime) -> str:
    """Return the rule's status, one of `PageVersion.Status`, as of `seen_at`.

    The body of a rule in force may well speak of drafts, so only its title and first lines count.
    """
    head = f"{title}\n{text[:_HEAD]}"
    if _DRAFT.search(head):
        return "draft"
    if _NOTICE.search(title) or _NOTICE.search(text[:_HEAD]):
        return "notice"
    if in_force is not None:
        holds = in_force <= seen_at.astimezone(SHANGHAI).date()
        return "in_force" if holds else "notice"
    return "in_force" if _HOLDS.search(head) else "unknown"


def day_in(text: str, now: datetime) -> date | None:
    """Return the day that a page's own date says, with or without words around it."""
    found = re.search(_DAY, text)
    try:
        moment = parse_time(_squeezed(found[1]) if found else text, now=now)
    except (ValueError, TypeError):
        return None
    return moment.astimezone(SHANGHAI).date()


def _days(pattern: re.Pattern[str], text: str) -> Iterator[date]:
    for match in pattern.finditer(text):
        try:
            year, month, day = map(int, re.split(r"[-年月/.]", _squeezed(match[1])))
            yield date(year, month, day)
        except ValueError:  # 2024年13月40日
            continue


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
