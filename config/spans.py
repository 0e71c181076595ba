"""How a length of time is said, in every room alike."""

from datetime import timedelta


def span(length: timedelta) -> str:
    """Say how long: 40 秒, 18 分钟, 3 小时 56 分, 2 天 4 小时. A negative span counts as none."""
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} 秒"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} 分钟"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    days, hours = divmod(hours, 24)
    return f"{days} 天 {hours} 小时" if hours else f"{days} 天"


def roughly(length: timedelta) -> str:
    """Say a span by its larger unit alone: 3 小时."""
    return " ".join(span(length).split(" ")[:2])
