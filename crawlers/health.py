"""How a source is doing, for pages, metrics and the operator."""

from datetime import datetime, timedelta
from enum import StrEnum

from crawlers.models import Source

_SLOW_AFTER = 2
_SILENT_AFTER = 6
_GRACE = timedelta(minutes=5)


class Health(StrEnum):
    """From well to worst; `never` has not run yet."""

    OK = "ok"
    SLOW = "slow"
    BLOCKED = "blocked"
    SILENT = "silent"
    NEVER = "never"


LABELS = {
    Health.OK: "正常",
    Health.SLOW: "变慢",
    Health.BLOCKED: "受阻",
    Health.SILENT: "沉默",
    Health.NEVER: "未采集过",
}


def health(source: Source, now: datetime) -> Health:
    """Return the source's health: blocked when its site refused the last run; slow and silent
    when its last good run lies more than 2 and 6 of its intervals back.
    """
    if source.block_reason:
        return Health.BLOCKED
    if source.last_ok_at is None:
        return Health.SILENT if source.failures else Health.NEVER
    interval = timedelta(seconds=source.interval_seconds)
    age = now - source.last_ok_at
    if age > _SILENT_AFTER * interval + _GRACE:
        return Health.SILENT
    return Health.SLOW if age > _SLOW_AFTER * interval + _GRACE else Health.OK
