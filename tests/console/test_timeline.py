"""How notifications are listed on an incident's page."""

from datetime import UTC, datetime

import pytest

from alerts.models import Notification
from console.timeline import sent

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize("state", Notification.State.values)
def test_a_notification_is_listed_whatever_became_of_it(state: str) -> None:
    shown = sent(Notification(channel="wecom:值班群", kind="opened", state=state, created_at=NOW))
    assert (shown.channel, shown.what) == ("企业微信 值班群", "新事件")
    assert shown.said


def test_why_nobody_was_told_is_said() -> None:
    notification = Notification(
        channel="wecom:",
        kind="opened",
        state="pending",
        created_at=NOW,
        error="未配置企业微信机器人",
    )
    assert sent(notification).said == "未配置企业微信机器人"
