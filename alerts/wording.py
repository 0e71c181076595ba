"""How moments and spans are said, in Asia/Shanghai and in the console's words."""

from datetime import datetime

from config.clock import SHANGHAI
from config.spans import span

__all__ = ["ago", "moment", "span"]


def moment(at: datetime, now: datetime) -> str:
    """Say when: 14:32, 昨天 19:20, 明天 02:10, 11-18 14:06."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    near = {-1: "昨天", 1: "明天"}.get(days)
    return f"{near} {local:%H:%M}" if near else f"{local:%m-%d %H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """Say how long since: 刚刚, 40 秒前, 12 分钟前, 3 小时前, then the moment itself."""
    seconds = int((now - at).total_seconds())
    if seconds < 10:
        return "刚刚"
    if seconds < 60:
        return f"{seconds} 秒前"
    if seconds < 3600:
        return f"{seconds // 60} 分钟前"
    if seconds < 12 * 3600:
        return f"{seconds // 3600} 小时前"
    return moment(at, now)
