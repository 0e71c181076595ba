"""Facts in, WeCom markdown out. Pure: no clock, no query; `now` only words the moments.

Everything in `Facts` counts as foreign text, whoever wrote it: it is escaped and cut here. A
message first says what it is and how bad, and keeps headline, owner, due time and link whatever
else has to go for the byte limit.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts import wording
from alerts.markdown import LIMIT, Part, escape, fit, font, link, mention, size
from alerts.notice import Kind
from config.clock import SHANGHAI
from nlp.levels import Level

PARTIES = {"service": "客服", "engineering": "技术", "pr": "公关", "brand": "品牌方"}


_FLAMES = {Level.SEVERE: "🔥🔥🔥", Level.NORMAL: "🔥🔥", Level.WATCH: "🔥"}
_CLOCKS = {"response": "响应", "resolution": "解决"}
_STAGES = {"half": "过半", "late": "将到"}


def render(
    kind: str,
    facts: Mapping[str, Any],
    *,
    now: datetime,
    limit: int = LIMIT,
    mentions: bool = True,
) -> str:
    """Render one notification in at most `limit` bytes (from 1,500 on, any facts fit).

    With `mentions` false people are named, not called: for ids that WeCom does not know.
    """
    parts = _PARTS[Kind(kind)](facts, now, mentions)
    return fit([_headline(kind, facts), *parts, Part(0, _action_link(kind, facts))], limit)


def render_list(
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    now: datetime,
    limit: int = LIMIT,
    mentions: bool = True,
) -> str:
    """Render several notifications as one list: an incident a line, the worst first."""
    lines = _incident_lines(rows, now, mentions)
    return _listing(f"**{len(lines)} 件事件有新动态**", lines, rows[0][1], limit)


def render_summary(
    rows: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    now: datetime,
    limit: int = LIMIT,
) -> str:
    """Render the hourly summary of what is only to be watched; it calls nobody."""
    moments = [at for _, facts in rows if (at := _moment(facts.get("at")))] or [now]
    first = min(moments).astimezone(SHANGHAI).replace(minute=0)
    last = max(moments).astimezone(SHANGHAI).replace(minute=0) + timedelta(hours=1)
    lines = _incident_lines(rows, now, mentions=False)
    title = f"🔥 **关注汇总 {first:%H:%M}–{last:%H:%M}**　{len(lines)} 件"
    return _listing(title, lines, rows[0][1], limit)


def render_bare(rows: Sequence[Mapping[str, Any]]) -> str:
    """Render the least that may be said, without a word from outside: for refused content."""
    worst = max(map(_level, rows), key=lambda level: level.rank)
    numbers = dict.fromkeys(escape(facts.get("number", ""), most=20) for facts in rows)
    named = "、".join(list(numbers)[:20]) + (f" 等 {len(numbers)} 件" if len(numbers) > 20 else "")
    url = str(rows[0].get("url" if len(numbers) == 1 else "queue_url", ""))
    where = url if link("", url) else "烽火控制台"
    return f"{_FLAMES[worst]}【{worst.label}】事件 {named} 有新动态，详情见 {where}"


def _level(facts: Mapping[str, Any]) -> Level:
    try:
        return Level(facts.get("level", ""))
    except ValueError:
        return Level.NORMAL


def _moment(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _badge(facts: Mapping[str, Any]) -> str:
    level = _level(facts)
    text = f"{_FLAMES[level]}【{level.label}】"
    return font("warning", text) if level is Level.SEVERE else text


def _title(facts: Mapping[str, Any]) -> str:
    subject = escape(facts.get("subject", ""), most=30)
    return f"{subject} · {escape(facts.get('category', ''), most=12)}"


def _summary(facts: Mapping[str, Any], most: int = 60) -> str:
    return escape(facts.get("summary", ""), most=most)


def _headline(kind: str, facts: Mapping[str, Any]) -> Part:
    said = _said(kind, facts)
    news = "" if kind == Kind.OPENED else f"　{font(_TONES.get(kind, 'warning'), said)}"
    return Part(0, f"{_badge(facts)}**{_title(facts)}**{news}")


def _said(kind: str, facts: Mapping[str, Any]) -> str:
    """Say in a few words what happened; the same words serve headline and list."""
    clock = _CLOCKS.get(str(facts.get("clock")), "")
    level = _level(facts).label
    return {
        Kind.OPENED: "新事件",
        Kind.LEVEL_UP: f"升为{level}",
        Kind.REOPENED: "重新打开",
        Kind.REMINDER: f"{clock}时限{_STAGES.get(str(facts.get('stage')), '将到')}",
        Kind.OVERDUE: f"{clock}已超时",
        Kind.NEW_POSTS: f"新增 {_number(facts.get('new'))} 条",
        Kind.ASSIGNED: "转交",
        Kind.RESOLVED: "误报，已关闭" if facts.get("outcome") == "false_alarm" else "已解决",
    }[Kind(kind)]


_TONES: dict[str, str] = {
    Kind.RESOLVED: "info",
    Kind.ASSIGNED: "comment",
    Kind.NEW_POSTS: "comment",
}


def _action_link(kind: str, facts: Mapping[str, Any]) -> str:
    verb = {Kind.RESOLVED: "查看", Kind.NEW_POSTS: "查看"}.get(Kind(kind), "去处理")
    number = escape(facts.get("number", ""), most=20)
    return link(f"{verb} {number}", str(facts.get("url", ""))) or f"{verb} {number}"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else "—"


def _person(who: object, mentions: bool) -> str:
    """Call a person by id; lacking one, name the person, then the team."""
    if not isinstance(who, Mapping):
        return ""
    tag = mention(str(who.get("userid") or "")) if mentions else ""
    if tag:
        return tag
    name, team = escape(who.get("name") or "", most=20), escape(who.get("team") or "", most=20)
    return name or (f"{team}（未排值班）" if team else "")


def _owner(facts: Mapping[str, Any], mentions: bool) -> str:
    owner = _person(facts.get("owner"), mentions) or "未定"
    duty = _person(facts.get("also"), mentions)
    return f"负责人 {owner}　值班 {duty}" if duty and duty != owner else f"负责人 {owner}"


def _index(facts: Mapping[str, Any]) -> str:
    index = facts.get("index")
    if not isinstance(index, Mapping) or not isinstance(index.get("value"), int | float):
        return ""
    mentions = _number(index.get("mentions"))
    gap = escape(index.get("gap") or "", most=60)
    lacks = f"，{gap}" if gap else ""
    if index.get("thin"):
        return f"负面情绪指数 {index['value']:.0f}（{mentions} 条，证据不足，仅供参考）{lacks}"
    value = f"{index['value']:.0f}"
    if _level(facts) is Level.SEVERE:
        value = font("warning", value)
    change = index.get("change")
    moved = ""
    if isinstance(change, int | float):
        points = f"{abs(change):.0f}"
        way = "持平" if points == "0" else f"{'升' if change > 0 else '降'} {points}"
        moved = f"{_number(index.get('hours', 24))} 小时{way}，"
    return f"负面情绪指数 {value}（{moved}依据 {mentions} 条）{lacks}"


def _why(facts: Mapping[str, Any]) -> str:
    reasons = [escape(reason, most=60) for reason in (facts.get("why") or [])[:3]]
    return f"为什么：{'；'.join(reasons)}" if reasons else ""


def _post(post: Mapping[str, Any]) -> str:
    rating = post.get("rating")
    stars = f" {rating}★" if isinstance(rating, int) and 0 < rating <= 5 else ""
    words = [
        f"{escape(post.get('platform', ''), most=12)}{stars}",
        f"“{escape(post.get('text', ''), most=64)}”",
        escape(post.get("count", ""), most=16),
        link("查看", str(post.get("url") or "")),
    ]
    return "> " + " ".join(filter(None, words))


def _posts(facts: Mapping[str, Any], most: int = 3) -> list[Part]:
    telling = (facts.get("telling") or [])[:most]
    return [Part(2 + 2 * place, _post(post)) for place, post in enumerate(telling)]


def _plan(facts: Mapping[str, Any]) -> list[Part]:
    """Say what to do first, for a reader with ten seconds; the page has the rest."""
    measures = [escape(measure, most=40) for measure in (facts.get("measures") or [])[:2]]
    parts = [Part(2, f"**先做** {'；'.join(measures)}")] if measures else []
    tasks = facts.get("tasks") or {}
    for party, label in PARTIES.items():
        if own := tasks.get(party):
            parts.append(Part(3, f"**{label}** {escape(own[0], most=40)}"))
    return parts


def _dues(facts: Mapping[str, Any], now: datetime) -> str:
    response, resolution = _moment(facts.get("response_due")), _moment(facts.get("resolution_due"))
    words = []
    if response and not facts.get("acknowledged"):
        words.append(f"首次响应 {font('warning', _before(response, now))}")
    if resolution:
        words.append(f"解决 {_before(resolution, now)}")
    return "　".join(words)


def _before(due: datetime, now: datetime) -> str:
    if due > now:
        return f"{wording.moment(due, now)} 前"
    return f"已超时 {wording.span(now - due)}"


def _who_and_when(facts: Mapping[str, Any], now: datetime, mentions: bool) -> Part:
    return Part(0, "　".join(filter(None, [_owner(facts, mentions), _dues(facts, now)])))


def _alarm(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    """The parts of an incident that opens, rises or opens again."""
    return [
        Part(0, _summary(facts)),
        Part(1, _index(facts)),
        Part(1, _why(facts)),
        *_posts(facts),
        *_plan(facts),
        _who_and_when(facts, now, mentions),
    ]


def _level_up(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    before = facts.get("from_level")
    change = ""
    if before in {level.value for level in Level}:
        change = f"级别由{Level(str(before)).label}升为{_level(facts).label}"
    return [Part(1, change), *_alarm(facts, now, mentions)]


def _reopened(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    by = escape(facts.get("by") or "", most=20)
    reason = escape(facts.get("reason") or "", most=80)
    line = "：".join(filter(None, [f"{by} 重新打开" if by else "", reason]))
    return [Part(0, line), *_alarm(facts, now, mentions)]


def _reminder(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    due = _moment(facts.get("due"))
    verb = "认领" if facts.get("clock") == "response" else "解决"
    left = ""
    if due:
        left = f"{wording.moment(due, now)} 前{verb}，"
        left += f"还剩 {wording.span(due - now)}" if due > now else "已到时"
    then = escape(facts.get("next") or "", most=20)
    line = "；".join(filter(None, [left, f"超时升级到 {then}" if then else ""]))
    return [Part(1, _summary(facts)), Part(0, f"> {line}"), Part(0, _owner(facts, mentions))]


def _overdue(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    due = _moment(facts.get("due"))
    open_still = "仍无人认领" if not facts.get("acknowledged") else "仍未解决"
    when = f"{wording.moment(due, now)} 到时，{open_still}" if due else open_still
    to = _person(facts.get("also"), mentions)
    owner = _person(facts.get("owner"), mentions)
    return [
        Part(1, _summary(facts)),
        Part(0, f"> {when}，已升级到 {to}" if to else f"> {when}"),
        Part(1, _index(facts)),
        Part(0, f"负责人 {owner or '未定'}"),
    ]


def _new_posts(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    since = _moment(facts.get("since"))
    span = f"{wording.moment(since, now)} 以来" if since else "又"
    count = f"{span}新增 {_number(facts.get('new'))} 条，共 {_number(facts.get('posts'))} 条"
    return [
        Part(0, _summary(facts)),
        Part(0, count),
        Part(1, _index(facts)),
        *_posts(facts, most=2),
        Part(1, f"负责人 {_person(facts.get('owner'), mentions=False) or '未定'}"),
    ]


def _assigned(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    owner = _person(facts.get("owner"), mentions)
    by = escape(facts.get("by") or "", most=20) or "系统"
    reason = escape(facts.get("reason") or "", most=120)
    return [
        Part(0, f"{owner} {by} 转交给你" if owner else f"由 {by} 转交"),
        Part(0, _summary(facts)),
        Part(1, f"> {reason}" if reason else ""),
        Part(0, _dues(facts, now)),
    ]


def _resolved(facts: Mapping[str, Any], now: datetime, mentions: bool) -> list[Part]:
    took = facts.get("took_seconds")
    spent = ""
    if isinstance(took, int | float):
        spent = f"用时 {wording.span(timedelta(seconds=took))}"
        on_time = facts.get("on_time")
        spent += {True: "，在时限内", False: "，超出时限", None: ""}[
            on_time if isinstance(on_time, bool) else None
        ]
    by = escape(facts.get("by") or "", most=20)
    reason = escape(facts.get("reason") or "", most=160)
    line = "。".join(filter(None, [spent, reason]))
    after = "" if facts.get("outcome") == "false_alarm" else "待验证效果后关闭"
    return [
        Part(1, _summary(facts)),
        Part(0, f"> {line}" if line else ""),
        Part(1, "　".join(filter(None, [by, after]))),
    ]


_PARTS: dict[Kind, Callable[[Mapping[str, Any], datetime, bool], list[Part]]] = {
    Kind.OPENED: _alarm,
    Kind.LEVEL_UP: _level_up,
    Kind.REOPENED: _reopened,
    Kind.REMINDER: _reminder,
    Kind.OVERDUE: _overdue,
    Kind.NEW_POSTS: _new_posts,
    Kind.ASSIGNED: _assigned,
    Kind.RESOLVED: _resolved,
}

_CALLS = {Kind.REMINDER, Kind.OVERDUE, Kind.ASSIGNED}
"""Kinds that call their person even from within a list."""


def _incident_lines(
    rows: Sequence[tuple[str, Mapping[str, Any]]], now: datetime, mentions: bool
) -> list[str]:
    """One line an incident: the worst level first, then in the order things happened."""
    by_incident: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for row in rows:
        by_incident.setdefault(str(row[1].get("number")), []).append(row)
    groups = sorted(by_incident.values(), key=lambda group: -_level(group[-1][1]).rank)
    return [_incident_line(group, now, mentions) for group in groups]


def _incident_line(
    group: Sequence[tuple[str, Mapping[str, Any]]], now: datetime, mentions: bool
) -> str:
    facts = group[-1][1]
    news = "、".join(dict.fromkeys(_said(kind, each) for kind, each in group))
    calls = mentions and any(kind in _CALLS for kind, _ in group)
    number = escape(facts.get("number", ""), most=20)
    summary = _summary(facts, most=40)
    words = [
        f"> {_badge(facts)}**{_title(facts)}**{'：' + summary if summary else ''}",
        f"（{news}）",
        _person(facts.get("owner"), calls),
        "" if group[-1][0] == Kind.RESOLVED else _dues(facts, now),
        link(number, str(facts.get("url", ""))) or number,
    ]
    return " ".join(filter(None, words))


def _listing(title: str, lines: Sequence[str], facts: Mapping[str, Any], limit: int) -> str:
    """Join title, as many lines as fit, how many are missing, and the link to the queue."""
    queue = link("打开队列", str(facts.get("queue_url", "")))
    for shown in range(len(lines), -1, -1):
        missing = f"另有 {len(lines) - shown} 件，见队列" if shown < len(lines) else ""
        text = "\n".join(filter(None, [title, *lines[:shown], missing, queue]))
        if size(text) <= limit:
            break
    return text
