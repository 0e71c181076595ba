import json
from datetime import timedelta

import httpx
import pytest

from alerts import budget, lifecycle, notices, outbox
from alerts.models import ChannelState, Incident, Notification
from tests.alerts.factories import NOW, make_notification, make_team, open_incident
from tests.alerts.wecom import OK, Wecom, deliver, states

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_a_due_notification_is_sent_once_and_recorded():
    row = make_notification()
    wecom = Wecom()
    assert deliver(wecom) == 1
    assert deliver(wecom, NOW + MINUTE) == 0
    row.refresh_from_db()
    assert (row.state, row.delivered_at, row.attempts) == ("delivered", NOW, 1)
    assert row.sent["markdown"]["content"] == wecom.sent[0]
    assert (row.lease_token, row.lease_until, row.error) == ("", None, "")
    assert len(wecom.sent) == 1


@pytest.mark.parametrize(("late", "sent"), [(-1, 0), (0, 1)])
def test_nothing_leaves_before_its_moment(late, sent):
    make_notification(next_attempt_at=NOW)
    assert deliver(Wecom(), NOW + late * SECOND) == sent


def test_severe_goes_first_then_age_decides():
    make_notification("normal", at=NOW - 10 * MINUTE)
    make_notification("severe", at=NOW - 1 * MINUTE, facts={"summary": "后来的"})
    make_notification("severe", at=NOW - 5 * MINUTE, facts={"summary": "先来的"})
    wecom = Wecom()
    assert deliver(wecom) == 3
    assert "先来的" in wecom.sent[0]
    assert "后来的" in wecom.sent[1]
    assert "【普通】" in wecom.sent[2]


def test_a_channel_with_something_severe_comes_first():
    make_notification("normal", channel="wecom:公关群", at=NOW - 10 * MINUTE)
    make_notification("severe", channel="wecom:客服群")
    wecom = Wecom()
    deliver(wecom)
    assert wecom.keys == ["key-of-service-2222", "key-of-pr-1111"]


def test_a_minute_takes_eighteen_messages():
    for _ in range(40):
        make_notification()
    wecom = Wecom()
    assert deliver(wecom) == 18
    assert deliver(wecom, NOW + 59 * SECOND) == 0
    assert deliver(wecom, NOW + 60 * SECOND) == 18
    assert deliver(wecom, NOW + 120 * SECOND) == 4
    assert len(wecom.sent) == 40


def test_two_workers_share_the_minute_and_no_message_goes_twice():
    for number in range(30):
        make_notification(facts={"summary": f"第{number}件。"})
    first, second = Wecom(), Wecom()

    def meanwhile(request):
        # While the first worker waits for its answer, another one looks at the same outbox.
        outbox.deliver_due(now=NOW, limit=1, http=second.http)
        return OK

    first.answers = [meanwhile]
    deliver(first)
    everything = first.sent + second.sent
    assert len(first.sent) == len(second.sent) == 9
    assert len(set(everything)) == 18
    assert states().count("delivered") == 18


def test_each_channel_has_its_own_minute():
    for _ in range(18):
        make_notification()
    make_notification(channel="wecom:客服群")
    assert deliver(Wecom()) == 19


def test_normal_ones_that_waited_for_company_go_as_one_list():
    rows = [make_notification("normal", at=NOW - n * MINUTE) for n in (3, 2)]
    young = make_notification("normal", next_attempt_at=NOW + MINUTE)
    wecom = Wecom()
    assert deliver(wecom) == 1
    assert wecom.sent[0].startswith("**3 件事件有新动态**")
    first, second = (Notification.objects.get(pk=row.pk) for row in rows)
    young.refresh_from_db()
    assert (first.state, second.state, young.state) == ("delivered", "merged", "merged")
    assert second.merged_into == young.merged_into == first
    assert second.delivered_at == NOW


def test_one_normal_alone_gets_its_whole_message():
    make_notification("normal")
    wecom = Wecom()
    deliver(wecom)
    assert "有新动态" not in wecom.sent[0]


def test_reminders_go_one_by_one_while_there_is_room():
    for _ in range(3):
        make_notification("normal", "reminder", facts={"clock": "response", "stage": "half"})
    wecom = Wecom()
    assert deliver(wecom) == 3


def test_when_the_minute_cannot_carry_all_the_rest_becomes_one_message():
    for _ in range(16):
        make_notification("severe")
    for _ in range(5):
        make_notification("normal", "reminder", facts={"clock": "response", "stage": "half"})
    wecom = Wecom()
    assert deliver(wecom) == 17
    assert wecom.sent[16].startswith("**5 件事件有新动态**")
    assert states().count("merged") == 4


def test_severe_ones_are_never_merged():
    for _ in range(25):
        make_notification("severe")
    wecom = Wecom()
    deliver(wecom)
    deliver(wecom, NOW + MINUTE)
    assert len(wecom.sent) == 25
    assert states() == ["delivered"] * 25


def test_the_hours_watching_is_one_message():
    due = notices.first_attempt("watch", "opened", NOW)
    for minute in range(4):
        make_notification("watch", at=NOW + minute * MINUTE, next_attempt_at=due)
    wecom = Wecom()
    assert deliver(wecom, due - SECOND) == 0
    assert deliver(wecom, due) == 1
    assert "关注汇总 14:00–15:00" in wecom.sent[0]
    assert states() == ["delivered", "merged", "merged", "merged"]


def test_watching_does_not_leave_with_a_list_before_its_hour():
    make_notification("watch", next_attempt_at=NOW + 30 * SECOND)
    make_notification("normal")
    make_notification("normal")
    wecom = Wecom()
    deliver(wecom)
    assert wecom.sent[0].startswith("**2 件")
    assert states().count("pending") == 1


@pytest.mark.parametrize(
    ("level", "kind", "lane", "wait"),
    [
        ("severe", "opened", "urgent", timedelta(0)),
        ("severe", "overdue", "urgent", timedelta(0)),
        ("severe", "new_posts", "grouped", notices.GROUP_FOR),
        ("severe", "resolved", "grouped", notices.GROUP_FOR),
        ("normal", "opened", "grouped", notices.GROUP_FOR),
        ("normal", "reminder", "grouped", timedelta(0)),
        ("watch", "assigned", "grouped", timedelta(0)),
        ("watch", "opened", "summary", timedelta(hours=1)),
    ],
)
def test_lanes(level, kind, lane, wait):
    assert notices.lane(level, kind) == lane
    assert notices.first_attempt(level, kind, NOW) == NOW + wait
    urgent = make_notification(level, kind)
    assert Notification.objects.filter(notices.URGENT, pk=urgent.pk).exists() == (lane == "urgent")


def test_a_process_that_dies_before_recording_repeats_and_nothing_else_does(monkeypatch):
    make_notification()
    make_notification("normal")
    wecom = Wecom()

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr("alerts.outbox._record", die)
    with pytest.raises(Killed):
        deliver(wecom)
    monkeypatch.undo()
    assert deliver(wecom, NOW + SECOND) == 1
    assert deliver(wecom, NOW + outbox.LEASE) == 1
    assert [text.count("【严重】") for text in wecom.sent] == [1, 0, 1]
    assert states() == ["delivered", "delivered"]


def test_a_lease_that_ran_out_is_not_recorded_by_its_old_holder():
    row = make_notification()

    def slow(request):
        Notification.objects.update(lease_token="someone-else")
        return OK

    assert deliver(Wecom(slow)) == 0
    row.refresh_from_db()
    assert (row.state, row.lease_token) == ("pending", "someone-else")


@pytest.mark.parametrize(
    ("kind", "facts", "since", "reason"),
    [
        ("reminder", {"clock": "response"}, "acknowledge", "发出前已认领"),
        ("reminder", {"clock": "resolution"}, "acknowledge", ""),
        ("overdue", {"clock": "resolution"}, "resolve", "发出前事件已解决"),
        ("opened", {}, "resolve", "发出前事件已解决"),
        ("opened", {}, "false_alarm", "发出前事件已关闭"),
        ("opened", {}, "acknowledge", ""),
        ("resolved", {}, "resolve", ""),
    ],
)
def test_what_nobody_needs_any_more_is_not_sent_and_says_why(house, kind, facts, since, reason):
    incident = open_incident()
    Notification.objects.all().delete()
    row = make_notification(kind=kind, facts=facts, incident=incident)
    lifecycle.move(incident, since, actor=house.lin, now=NOW, reason="换货")
    Notification.objects.exclude(pk=row.pk).delete()
    assert deliver(Wecom()) == int(not reason)
    row.refresh_from_db()
    assert row.error == reason
    assert (row.state == "skipped") == bool(reason)


def test_a_transfer_that_was_passed_on_calls_only_the_last(house):
    incident = open_incident()
    Notification.objects.all().delete()
    lifecycle.assign(incident, house.zhou, actor=house.chen, now=NOW)
    incident.refresh_from_db()
    lifecycle.assign(incident, house.chen, actor=house.zhou, now=NOW)
    deliver(Wecom())
    rows = Notification.objects.order_by("id")
    assert [row.state for row in rows] == ["skipped", "delivered"]
    assert rows[0].error == "发出前又转交了他人"


def test_an_opening_overtaken_by_a_rising_level_is_left_to_the_newer_message(house):
    incident = open_incident("watch")
    Incident.objects.update(level="severe")
    deliver(Wecom(), NOW + 2 * timedelta(hours=1))
    row = Notification.objects.get(incident=incident)
    assert (row.state, row.error) == ("skipped", "发出前级别已上升，另有通知")


def test_a_message_that_cannot_be_worded_still_says_that_there_is_something(monkeypatch, caplog):
    row = make_notification()

    def broken(*args, **kwargs):
        raise KeyError("subject")

    monkeypatch.setattr("alerts.messages.render", broken)
    wecom = Wecom()
    assert deliver(wecom) == 1
    assert "有新动态，详情见" in wecom.sent[0]
    assert f"notification {row.pk} could not be worded" in caplog.text


def test_a_fault_of_ours_is_tried_again_and_logged_without_the_address(monkeypatch, caplog):
    row = make_notification()

    def broken(self, text):
        raise RuntimeError("https://wecom.example/?key=key-of-pr-1111")

    monkeypatch.setattr("alerts.channels.wecom_robot.WecomRobot.send", broken)
    assert deliver(Wecom()) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("pending", 1, "出错了（RuntimeError）")
    assert f"notification {row.pk} could not be sent: RuntimeError" in caplog.text
    assert "key-of-pr-1111" not in caplog.text + row.error


def test_secrets_stay_out_of_the_database_and_the_log(caplog):
    caplog.set_level("DEBUG")
    make_notification()
    deliver(Wecom(httpx.ConnectError("https://wecom.example/send?key=key-of-pr-1111")))
    deliver(Wecom({"errcode": 93000, "errmsg": "key-of-pr-1111"}), NOW + MINUTE)
    stored = json.dumps(
        [list(Notification.objects.values()), list(ChannelState.objects.values())], default=str
    )
    assert "key-of-pr-1111" not in stored + caplog.text


def test_the_limit_bounds_a_call():
    for _ in range(5):
        make_notification()
    assert deliver(Wecom(), limit=2) == 2
    assert states().count("pending") == 3


def test_the_clock_goes_on_while_sending():
    for _ in range(3):
        make_notification()
    moments = iter(NOW + n * SECOND for n in range(100))
    outbox.deliver_due(now=NOW, clock=lambda: next(moments), http=Wecom().http)
    assert len(set(Notification.objects.values_list("delivered_at", flat=True))) == 3


def test_an_empty_outbox_asks_only_what_it_must(django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        assert outbox.deliver_due(now=NOW) == 0


def test_a_team_without_its_own_robot_uses_the_default_one(db):
    assert notices.channel_of(make_team("a", robot="客服群")) == "wecom:客服群"
    assert notices.channel_of(make_team("b", robot="没有的群")) == "wecom:公关群"
    assert notices.channel_of(make_team("c")) == notices.channel_of(None) == "wecom:公关群"


def test_a_rest_is_not_shortened():
    ChannelState.objects.create(channel="wecom:公关群", not_before=NOW + 5 * MINUTE)
    state = budget.lock("wecom:公关群")
    budget.pause(state, NOW + MINUTE)
    assert budget.left(state, NOW + 4 * MINUTE) == 0
    assert budget.left(state, NOW + 5 * MINUTE) == 18
