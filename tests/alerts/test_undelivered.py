import random
from datetime import timedelta

import httpx
import pytest

from alerts import outbox, undelivered
from alerts.errors import Failure
from alerts.models import ChannelState, Notification
from tests.alerts.factories import NOW, make_notification, open_incident
from tests.alerts.wecom import OK, Wecom, deliver, states

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "answer",
    [
        {"errcode": -1},
        httpx.Response(502, text="<html>"),
        httpx.Response(200, text="<html>维护</html>"),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("down"),
    ],
)
def test_a_transient_failure_is_tried_again_with_growing_delay(answer):
    row = make_notification()
    wecom = Wecom(answer, answer, OK)
    assert deliver(wecom) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 1)
    assert row.error
    first = row.next_attempt_at - NOW
    assert timedelta(seconds=4) <= first <= timedelta(seconds=6)
    assert deliver(wecom, row.next_attempt_at - SECOND) == 0
    assert len(wecom.sent) == 1
    again = row.next_attempt_at
    assert deliver(wecom, again) == 0
    row.refresh_from_db()
    assert timedelta(seconds=12) <= row.next_attempt_at - again <= timedelta(seconds=18)
    assert deliver(wecom, row.next_attempt_at) == 1
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("delivered", 3, "")


def test_delays_grow_to_a_quarter_of_an_hour_and_are_spread():
    rng = random.Random(1)
    delays = [undelivered.delay(n, Failure.NETWORK, rng) for n in range(1, 12)]
    assert delays[0] < delays[1] < delays[2] < delays[3]
    assert max(delays) <= undelivered.LONGEST_DELAY * 1.2
    assert len({undelivered.delay(3, Failure.NETWORK, rng) for _ in range(5)}) == 5
    assert undelivered.delay(1, Failure.RATE, rng) >= undelivered.RATE_DELAY


def test_a_failing_channel_rests_and_the_other_goes_on():
    for _ in range(3):
        make_notification()
    make_notification(channel="wecom:客服群")

    def by_key(request):
        failing = request.url.params["key"] == "key-of-pr-1111"
        return httpx.Response(502) if failing else OK

    wecom = Wecom(by_key)
    assert deliver(wecom) == 1
    assert sorted(wecom.keys) == ["key-of-pr-1111", "key-of-service-2222"]


def test_too_many_messages_silence_the_channel_for_a_minute():
    make_notification()
    make_notification()
    wecom = Wecom({"errcode": 45009}, OK)
    assert deliver(wecom) == 0
    assert deliver(wecom, NOW + 59 * SECOND) == 0
    assert len(wecom.sent) == 1
    assert deliver(wecom, NOW + 90 * SECOND) == 2


def test_a_busy_wecom_is_asked_four_times_then_the_next_robot():
    row = make_notification()
    wecom = Wecom(*[{"errcode": -1}] * 4, OK)
    moment = NOW
    for _ in range(4):
        row.refresh_from_db()
        moment = max(moment, row.next_attempt_at)
        deliver(wecom, moment)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("undeliverable", 4)
    assert deliver(wecom, moment) == 1
    assert wecom.keys[-1] == "key-of-service-2222"


@pytest.mark.parametrize("code", [93000, 93004, 93008])
def test_a_robot_that_is_gone_is_disabled_and_all_its_messages_pass_on(code):
    first, second = make_notification(key="opened:1@wecom:公关群"), make_notification("normal")

    def by_key(request):
        return {"errcode": code} if request.url.params["key"] == "key-of-pr-1111" else OK

    wecom = Wecom(by_key)
    assert deliver(wecom) == 0
    state = ChannelState.objects.get(channel="wecom:公关群")
    assert state.disabled_at == NOW
    assert str(code) in state.disabled_reason
    assert deliver(wecom, NOW + SECOND) == 2
    assert wecom.keys == ["key-of-pr-1111", "key-of-service-2222", "key-of-service-2222"]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("undeliverable", "undeliverable")
    assert first.error.endswith("，已改发 客服群")
    copy = Notification.objects.get(key="opened:1@wecom:客服群")
    assert (copy.state, copy.facts, copy.created_at) == ("delivered", first.facts, NOW)


def test_with_no_robot_left_the_message_is_shown_as_undeliverable():
    row = make_notification()
    wecom = Wecom({"errcode": 93000})
    deliver(wecom)
    deliver(wecom, NOW + SECOND)
    assert deliver(wecom, NOW + 2 * SECOND) == 0
    assert len(wecom.sent) == 2
    assert states() == ["undeliverable", "undeliverable"]
    row.refresh_from_db()
    assert "已移出群" in row.error or "被移出群" in row.error


def test_a_disabled_robot_works_again_with_a_new_key(settings):
    settings.WECOM_ROBOTS = {"公关群": "old"}
    make_notification()
    deliver(Wecom({"errcode": 93000}))
    make_notification(at=NOW + MINUTE)
    assert deliver(Wecom(), NOW + MINUTE) == 0
    settings.WECOM_ROBOTS = {"公关群": "new"}
    make_notification(at=NOW + 2 * MINUTE)
    wecom = Wecom()
    assert deliver(wecom, NOW + 2 * MINUTE) == 1
    assert wecom.keys == ["new"]


@pytest.mark.parametrize("code", [40058, 45002])
def test_a_message_that_is_too_long_goes_once_more_shorter(code):
    telling = [{"platform": "京东", "text": "漏" * 60, "url": "https://a.example/" + "x" * 200}] * 3
    measures = ["停" * 40] * 3
    tasks = {party: ["做" * 40] * 2 for party in ("pr", "service", "engineering", "brand")}
    make_notification(
        facts={"telling": telling, "measures": measures, "tasks": tasks, "why": ["为" * 60] * 3}
    )
    wecom = Wecom({"errcode": code}, OK)
    assert deliver(wecom) == 1
    assert len(wecom.sent[0].encode()) > outbox.SHORT >= len(wecom.sent[1].encode())
    assert len(ChannelState.objects.get().sends) == 2


@pytest.mark.parametrize("code", [40003, 46004])
def test_an_unknown_member_is_named_instead_of_called(code):
    row = make_notification(facts={"owner": {"name": "林晓", "userid": "linxiao"}})
    wecom = Wecom({"errcode": code}, OK)
    assert deliver(wecom) == 1
    assert "<@linxiao>" in wecom.sent[0]
    assert "<@" not in wecom.sent[1]
    assert "林晓" in wecom.sent[1]
    row.refresh_from_db()
    assert row.sent["markdown"]["content"] == wecom.sent[1]


@pytest.mark.parametrize("code", [40033, 40035, 99999])
def test_refused_content_is_sent_once_more_without_a_word_from_outside(code):
    make_notification(facts={"summary": "违禁词"})
    wecom = Wecom({"errcode": code}, OK)
    assert deliver(wecom) == 1
    assert "违禁词" not in wecom.sent[1]
    assert "https://console.example/incidents/" in wecom.sent[1]


def test_content_refused_twice_is_undeliverable_and_bothers_no_other_robot():
    row = make_notification()
    wecom = Wecom({"errcode": 40035})
    assert deliver(wecom) == 0
    assert deliver(wecom, NOW + MINUTE) == 0
    assert len(wecom.sent) == 2
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("undeliverable", 1)
    assert "40035" in row.error


def test_a_wrong_address_passes_on_at_once():
    make_notification()
    wecom = Wecom(httpx.Response(404), OK)
    deliver(wecom)
    assert deliver(wecom, NOW + SECOND) == 1


def test_without_a_robot_notifications_wait_visibly_and_leave_when_there_is_one(house, settings):
    settings.WECOM_ROBOTS = {}
    open_incident()
    row = Notification.objects.get()
    assert (row.channel, row.state, row.error) == ("wecom:", "pending", "未配置企业微信机器人")
    wecom = Wecom()
    assert deliver(wecom) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("pending", 0, "未配置企业微信机器人")
    settings.WECOM_ROBOTS = {"公关群": "key"}
    assert deliver(wecom, NOW + 5 * MINUTE) == 1
    row.refresh_from_db()
    assert (row.channel, row.state, row.error) == ("wecom:公关群", "delivered", "")


def test_robots_that_were_taken_away_leave_their_messages_waiting(settings):
    row = make_notification()
    settings.WECOM_ROBOTS = {}
    assert deliver(Wecom()) == 0
    row.refresh_from_db()
    assert (row.channel, row.state, row.error) == ("wecom:", "pending", "未配置企业微信机器人")


def test_a_robot_that_left_the_settings_hands_its_messages_on():
    row = make_notification(channel="wecom:旧群")
    assert deliver(Wecom()) == 1
    row.refresh_from_db()
    assert (row.state, row.error) == ("undeliverable", "机器人已不在配置里，已改发 公关群")


@pytest.mark.parametrize("robots", [{}, {"公关群": "key"}])
def test_after_a_day_an_alert_is_no_news_any_more(settings, robots):
    settings.WECOM_ROBOTS = robots
    row = make_notification()
    wecom = Wecom(httpx.ConnectError("down"))
    deliver(wecom)
    deliver(wecom, NOW + timedelta(hours=24))
    row.refresh_from_db()
    assert row.state == "undeliverable"
    assert row.error in {"未配置企业微信机器人", "连不上（ConnectError）"}
    assert Notification.objects.count() == 1
