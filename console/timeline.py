"""An incident's course in lines: what the system found, what people did, what was sent."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from alerts.events import EventKind
from alerts.models import Incident, IncidentEvent, Notification
from alerts.wording import span
from config.clock import SHANGHAI
from console.corrections import correction
from console.posts import short
from nlp.levels import Level
from nlp.masking import mask
from opinion.feedback import fold
from opinion.models import Feedback

LINES_SHOWN = 300
CORRECTIONS_SHOWN = 50
CHANNEL_KINDS = {"wecom": "企业微信"}


@dataclass(frozen=True)
class Line:
    """One line. `kind` is signal, act, system or fail; `who` did it; `quote` is in their words."""

    at: datetime
    kind: str
    text: str
    who: str = ""
    quote: str = ""
    day: str = ""


@dataclass(frozen=True)
class Sent:
    """One notification as the page lists it; `state` is ok, slow or down."""

    channel: str
    what: str
    state: str
    said: str
    at: datetime


def read_timeline(
    incident: Incident, notifications: Iterable[Notification], *, now: datetime
) -> list[Line]:
    """Return the lines, the oldest first; of a very long course the latest `LINES_SHOWN`."""
    events = incident.events.select_related("actor").order_by("-at", "-id")[:LINES_SHOWN]
    lines = [_line(event) for event in events]
    lines += [line for row in notifications if (line := _sent_line(row))]
    lines += _corrections(incident)
    lines.sort(key=lambda line: line.at)
    return _with_days(lines[-LINES_SHOWN:], now.astimezone(SHANGHAI).date())


def sent(notification: Notification) -> Sent:
    """Return how a notification fared."""
    states = Notification.State
    state, said = {
        states.DELIVERED: ("ok", "已送达"),
        states.MERGED: ("ok", "并入一条汇总"),
        states.PENDING: ("slow", notification.error or "等待发送"),
        states.UNDELIVERABLE: ("down", notification.error or "无法送达"),
        states.SKIPPED: ("ok", notification.error or "不必再发"),
    }[states(notification.state)]
    at = notification.delivered_at or notification.created_at
    return Sent(channel_name(notification.channel), _what(notification), state, said, at)


def channel_name(channel: str) -> str:
    """Write a channel: wecom:公关值班 is 企业微信 公关值班."""
    kind, _, name = channel.partition(":")
    return f"{CHANNEL_KINDS.get(kind, kind)} {name}".strip()


_WHAT = {
    "opened": "新事件",
    "level_up": "级别上升",
    "reopened": "重新打开",
    "reminder": "提醒",
    "overdue": "超时升级",
    "new_posts": "新帖汇总",
    "assigned": "转交",
    "resolved": "已解决",
}


def _what(notification: Notification) -> str:
    return _WHAT.get(notification.kind, notification.kind)


def _corrections(incident: Incident) -> list[Line]:
    """What people said about the incident's posts; what was said in one go is one line."""
    rows = (
        Feedback.objects.filter(mention__incidentpost__incident=incident)
        .select_related("actor", "mention__post")
        .order_by("-at", "-pk")[:CORRECTIONS_SHOWN]
    )
    lines = []
    for _, together in groupby(list(rows)[::-1], key=attrgetter("at", "mention_id", "actor_id")):
        said = fold(list(together))
        told = correction(said)
        words = f"{'看过' if told.right else '改判'}帖文，{'；'.join(told.words)}"
        lines.append(Line(said.at, "act", words, told.who, short(said.mention)))
    return lines


def _sent_line(notification: Notification) -> Line | None:
    name, what = channel_name(notification.channel), _what(notification)
    if notification.state == Notification.State.DELIVERED and notification.delivered_at:
        return Line(notification.delivered_at, "system", f"{name} 已送达：{what}")
    if notification.state == Notification.State.UNDELIVERABLE:
        at = notification.delivered_at or notification.next_attempt_at
        return Line(at, "fail", f"{name} 没有送出（{what}）：{notification.error or '原因未知'}")
    return None


def _line(event: IncidentEvent) -> Line:
    who = str(event.actor) if event.actor else ""
    text = _TEXTS.get(event.kind, _plain)(event)
    kind = "signal" if event.kind in _SIGNALS else "act" if who else "system"
    quote = mask(event.reason) if event.kind in _QUOTED else ""
    return Line(event.at, kind, mask(text), who, quote)


def _plain(event: IncidentEvent) -> str:
    known = event.kind in {kind.value for kind in EventKind}
    return EventKind(event.kind).label if known else event.kind


def _opened(event: IncidentEvent) -> str:
    entry = event.data.get("entry")
    manual = f"；照危机手册「{entry}」" if entry else ""
    return f"事件打开为{_level(event.to_value)}：{event.reason}{manual}"


def _level_up(event: IncidentEvent) -> str:
    change = f"级别由{_level(event.from_value)}升为{_level(event.to_value)}"
    return f"{change}：{event.reason}" if event.reason else change


def _lowered(event: IncidentEvent) -> str:
    return f"改判，由{_level(event.from_value)}降为{_level(event.to_value)}"


def _assigned(event: IncidentEvent) -> str:
    before = f"从 {event.from_value} " if event.from_value else ""
    return f"{before}转交给 {event.to_value}"


def _reminded(event: IncidentEvent) -> str:
    return f"{event.reason or '时限将到'}，已提醒负责人"


def _overdue(event: IncidentEvent) -> str:
    said = event.reason or "时限到时"
    return f"{said}，升级到 {event.to_value}" if event.to_value else said


def _new_posts(event: IncidentEvent) -> str:
    return f"并入 {event.data.get('new', 0)} 条新帖文"


def _took(name: str) -> Callable[[IncidentEvent], str]:
    def said(event: IncidentEvent) -> str:
        record = event.data.get(name)
        return (
            f"{_plain(event)}{_in_time(record)}" if isinstance(record, Mapping) else _plain(event)
        )

    return said


def _in_time(record: Mapping[str, Any]) -> str:
    took = record.get("took_seconds")
    if not isinstance(took, int | float):
        return ""
    on_time = record.get("on_time")
    verdict = "" if on_time is None else "，在时限内" if on_time else "，超出时限"
    return f"，用时 {span(timedelta(seconds=took))}{verdict}"


def _reason(event: IncidentEvent) -> str:
    return event.reason or _plain(event)


def _task(event: IncidentEvent) -> str:
    return f"{_plain(event)}：{event.reason}"


_SIGNALS = {EventKind.OPENED, EventKind.SIGNAL, EventKind.LEVEL_UP}
_QUOTED = {
    EventKind.ASSIGN,
    EventKind.RESOLVE,
    EventKind.FALSE_ALARM,
    EventKind.VERIFY,
    EventKind.REOPEN,
    EventKind.LOWER,
    EventKind.COMMENT,
}
_TEXTS: dict[str, Callable[[IncidentEvent], str]] = {
    EventKind.OPENED: _opened,
    EventKind.SIGNAL: _reason,
    EventKind.LEVEL_UP: _level_up,
    EventKind.REMINDED: _reminded,
    EventKind.OVERDUE: _overdue,
    EventKind.NEW_POSTS: _new_posts,
    EventKind.ACKNOWLEDGE: _took("response"),
    EventKind.RESOLVE: _took("resolution"),
    EventKind.ASSIGN: _assigned,
    EventKind.LOWER: _lowered,
    EventKind.TASK_DONE: _task,
    EventKind.TASK_UNDONE: _task,
}


def _level(value: str) -> str:
    return Level(value).label if value in {level.value for level in Level} else value


def _with_days(lines: list[Line], today: date) -> list[Line]:
    """Put the day on the first line of each day that is not today."""
    last, dated = today, []
    for line in lines:
        day = line.at.astimezone(SHANGHAI).date()
        words = ""
        if day != last:
            words = "今天" if day == today else "昨天" if today - day == timedelta(1) else ""
            words = words or f"{day:%Y-%m-%d}"
        dated.append(Line(line.at, line.kind, line.text, line.who, line.quote, words))
        last = day
    return dated
