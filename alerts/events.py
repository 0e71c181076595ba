"""The lines of an incident's timeline."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from alerts.models import Incident, IncidentEvent
from catalog.models import Person


class EventKind(StrEnum):
    """What a line of the timeline tells; `label` is how it is said about a person or the system."""

    OPENED = "opened"
    SIGNAL = "signal"
    LEVEL_UP = "level_up"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    NEW_POSTS = "new_posts"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    ASSIGN = "assign"
    RESOLVE = "resolve"
    FALSE_ALARM = "false_alarm"
    VERIFY = "verify"
    REOPEN = "reopen"
    LOWER = "lower"
    COMMENT = "comment"
    TASK_DONE = "task_done"
    TASK_UNDONE = "task_undone"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    EventKind.OPENED: "打开",
    EventKind.SIGNAL: "收到信号",
    EventKind.LEVEL_UP: "升级别",
    EventKind.REMINDED: "提醒",
    EventKind.OVERDUE: "超时升级",
    EventKind.NEW_POSTS: "汇总新帖",
    EventKind.ACKNOWLEDGE: "认领",
    EventKind.START: "开始处理",
    EventKind.ASSIGN: "转交",
    EventKind.RESOLVE: "解决",
    EventKind.FALSE_ALARM: "标为误报",
    EventKind.VERIFY: "验证并关闭",
    EventKind.REOPEN: "重新打开",
    EventKind.LOWER: "改判",
    EventKind.COMMENT: "留言",
    EventKind.TASK_DONE: "完成任务",
    EventKind.TASK_UNDONE: "撤回任务",
}


def event(
    incident: Incident,
    kind: EventKind,
    *,
    now: datetime,
    actor: Person | None = None,
    change: tuple[str, str] = ("", ""),
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> IncidentEvent:
    """Return an unsaved line; `change` is the value before and after, cut to what the row holds."""
    return IncidentEvent(
        incident=incident,
        kind=kind,
        from_value=change[0][:60],
        to_value=change[1][:60],
        actor=actor,
        at=now,
        reason=reason[:500],
        data=data or {},
    )
