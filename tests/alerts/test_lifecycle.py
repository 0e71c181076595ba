from datetime import timedelta
from itertools import product

import pytest

from alerts import incidents, lifecycle
from alerts.errors import IllegalMove, StaleIncident
from alerts.lifecycle import MOVES, Action
from alerts.models import Incident, Notification
from alerts.signals import incident_changed
from tests.alerts.factories import NOW, make_mention, open_incident, rule_signal

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
State = Incident.State

# Where each action leads from each state; what is missing must be refused.
EXPECTED = {
    ("open", "acknowledge"): "acknowledged",
    ("open", "start"): "in_progress",
    ("open", "assign"): "open",
    ("open", "resolve"): "resolved",
    ("open", "false_alarm"): "verified",
    ("open", "lower"): "open",
    ("open", "comment"): "open",
    ("acknowledged", "start"): "in_progress",
    ("acknowledged", "assign"): "acknowledged",
    ("acknowledged", "resolve"): "resolved",
    ("acknowledged", "false_alarm"): "verified",
    ("acknowledged", "lower"): "acknowledged",
    ("acknowledged", "comment"): "acknowledged",
    ("in_progress", "assign"): "in_progress",
    ("in_progress", "resolve"): "resolved",
    ("in_progress", "false_alarm"): "verified",
    ("in_progress", "lower"): "in_progress",
    ("in_progress", "comment"): "in_progress",
    ("resolved", "verify"): "verified",
    ("resolved", "reopen"): "open",
    ("resolved", "false_alarm"): "verified",
    ("resolved", "comment"): "resolved",
    ("verified", "reopen"): "open",
    ("verified", "comment"): "verified",
}
PATHS = {
    "open": [],
    "acknowledged": ["acknowledge"],
    "in_progress": ["acknowledge", "start"],
    "resolved": ["resolve"],
    "verified": ["resolve", "verify"],
}


def bring_to(house, state, level="severe"):
    incident = open_incident(level)
    for minute, action in enumerate(PATHS[state], start=1):
        incident = lifecycle.move(
            incident, action, actor=house.lin, now=NOW + minute * MINUTE, reason="换货"
        )
    return incident


def act(incident, action, house, now=NOW + 20 * MINUTE, actor=None, **given):
    data = {"assign": {"person": house.zhou}, "lower": {"level": "normal"}}.get(action, {})
    return lifecycle.move(
        incident,
        action,
        actor=actor or house.lin,
        now=now,
        **{"reason": "有原因", **data, **given},
    )


def waiting(incident):
    return set(
        incident.timers.filter(fired_at=None, cancelled_at=None).values_list("kind", flat=True)
    )


@pytest.mark.parametrize(("state", "action"), list(product(State.values, Action)))
def test_every_action_in_every_state(house, state, action):
    incident = bring_to(house, state)
    events = incident.events.count()
    led_to = EXPECTED.get((state, action))
    if led_to is None:
        with pytest.raises(IllegalMove) as refused:
            act(incident, action, house)
        assert incident.number in str(refused.value)
        assert action.label in str(refused.value)
        assert incident.events.count() == events
    else:
        assert act(incident, action, house).state == led_to
        line = incident.events.last()
        assert (line.kind, line.actor, line.at) == (action, house.lin, NOW + 20 * MINUTE)
        assert incident.events.count() == events + 1
    incident.refresh_from_db()
    assert incident.state == (led_to or state)


def test_the_table_of_moves_is_what_is_expected():
    assert {(str(s), str(a)): str(to) for (s, a), to in MOVES.items()} == EXPECTED


def test_allowed_actions_are_those_of_the_table(house):
    assert lifecycle.allowed(bring_to(house, "resolved")) == [
        Action.FALSE_ALARM,
        Action.VERIFY,
        Action.REOPEN,
        Action.COMMENT,
    ]


def test_acknowledging_takes_what_is_nobodys_and_stops_the_response_clock(house):
    incident = open_incident()
    Incident.objects.update(owner=None)
    done = act(incident, "acknowledge", house, actor=house.zhou, now=NOW + 18 * MINUTE)
    assert (done.owner, done.acknowledged_at) == (house.zhou, NOW + 18 * MINUTE)
    assert waiting(incident) == {"resolution_half", "resolution_late", "resolution_due"}
    assert incident.events.last().data["response"] == {
        "due": (NOW + 30 * MINUTE).isoformat(),
        "on_time": True,
        "took_seconds": 1080.0,
    }


def test_acknowledging_leaves_an_owner_who_is_set(house):
    assert act(open_incident(), "acknowledge", house, actor=house.zhou).owner == house.lin


@pytest.mark.parametrize(("minute", "on_time"), [(30, True), (31, False)])
def test_an_answer_is_in_time_up_to_its_due_moment(house, minute, on_time):
    act(open_incident(), "acknowledge", house, now=NOW + minute * MINUTE)
    line = Incident.objects.get().events.last()
    assert line.data["response"]["on_time"] is on_time


def test_resolving_stops_all_clocks_and_tells_the_team(house):
    incident = bring_to(house, "in_progress")
    done = act(incident, "resolve", house, reason=" 召回 212 台 ", now=NOW + 236 * MINUTE)
    assert (done.outcome, done.resolved_at) == ("handled", NOW + 236 * MINUTE)
    assert waiting(incident) == set()
    notification = Notification.objects.get(kind="resolved")
    assert notification.facts["reason"] == "召回 212 台"
    assert notification.facts["by"] == "林晓"
    assert notification.facts["took_seconds"] == 14160.0
    assert notification.facts["on_time"] is True


def test_resolving_what_nobody_took_takes_it(house):
    done = act(open_incident(), "resolve", house)
    assert done.acknowledged_at == done.resolved_at == NOW + 20 * MINUTE


def test_a_false_alarm_closes_at_once_and_stands_the_team_down(house):
    incident = open_incident()
    done = act(incident, "false_alarm", house, reason="说的是别家")
    assert (done.state, done.outcome) == ("verified", "false_alarm")
    assert done.resolved_at == done.verified_at == NOW + 20 * MINUTE
    assert waiting(incident) == set()
    assert Notification.objects.get(kind="resolved").facts["outcome"] == "false_alarm"


def test_what_was_resolved_can_turn_out_a_false_alarm(house):
    done = act(bring_to(house, "resolved"), "false_alarm", house)
    assert (done.outcome, done.resolved_at) == ("false_alarm", NOW + MINUTE)
    assert Notification.objects.filter(kind="resolved").count() == 1


def test_verifying_closes(house):
    done = act(bring_to(house, "resolved"), "verify", house)
    assert (done.outcome, done.verified_at) == ("handled", NOW + 20 * MINUTE)


def test_reopening_starts_new_clocks_and_keeps_owner_and_tasks(house):
    incident = bring_to(house, "verified")
    tasks = incident.tasks.count()
    done = act(incident, "reopen", house, actor=house.chen, reason="北京仓还在发货")
    assert (done.owner, done.outcome, done.acknowledged_at) == (house.lin, "", None)
    assert (done.resolved_at, done.verified_at) == (None, None)
    assert done.response_due_at == NOW + 50 * MINUTE
    assert len(waiting(incident)) == 6
    assert set(incident.timers.filter(cancelled_at=None).values_list("round", flat=True)) == {2}
    assert incident.tasks.count() == tasks
    facts = Notification.objects.get(kind="reopened").facts
    assert (facts["by"], facts["reason"]) == ("陈一鸣", "北京仓还在发货")
    assert facts["telling"]


def test_a_second_round_is_timed_from_its_own_beginning(house):
    incident = act(bring_to(house, "verified"), "reopen", house, now=NOW + 600 * MINUTE)
    act(incident, "acknowledge", house, now=NOW + 610 * MINUTE)
    assert incident.events.last().data["response"]["took_seconds"] == 600.0


def test_a_closed_incident_cannot_be_reopened_beside_a_new_one(house):
    closed = bring_to(house, "verified")
    (newer,) = incidents.attach([rule_signal(make_mention())], now=NOW + 30 * MINUTE)
    with pytest.raises(IllegalMove, match=f"^{newer.number} 还没关闭"):
        act(closed, "reopen", house)
    closed.refresh_from_db()
    assert closed.state == "verified"
    assert not closed.events.filter(kind="reopen").exists()
    assert waiting(closed) == set()


def test_a_transfer_calls_the_new_owner_in_their_own_channel(house):
    incident = open_incident()
    lifecycle.assign(incident, house.zhou, actor=house.chen, now=NOW, reason="你熟")
    incident.refresh_from_db()
    assert incident.owner == house.zhou
    line = incident.events.last()
    assert (line.from_value, line.to_value, line.reason) == ("林晓", "周敏", "你熟")
    notification = Notification.objects.get(kind="assigned")
    assert notification.channel == "wecom:客服群"
    assert notification.facts["owner"]["userid"] == "zhoumin"
    assert notification.next_attempt_at == NOW


def test_taking_it_over_oneself_tells_nobody(house):
    lifecycle.assign(open_incident(), house.zhou, actor=house.zhou, now=NOW)
    assert not Notification.objects.filter(kind="assigned").exists()


@pytest.mark.parametrize("person", [None, "周敏"])
def test_a_transfer_needs_a_person(house, person):
    with pytest.raises(IllegalMove, match="选一个在用的账号"):
        act(open_incident(), "assign", house, person=person)


def test_a_transfer_to_someone_who_left_is_refused(house):
    house.zhou.is_active = False
    with pytest.raises(IllegalMove):
        act(open_incident(), "assign", house)


def test_a_transfer_to_the_owner_is_refused(house):
    with pytest.raises(IllegalMove, match="负责人已经是 林晓"):
        act(open_incident(), "assign", house, person=house.lin)


@pytest.mark.parametrize("action", lifecycle.NEEDS_REASON)
def test_what_needs_words_is_refused_without_them(house, action):
    incident = bring_to(house, "resolved" if action == "reopen" else "open")
    with pytest.raises(IllegalMove, match=lifecycle.NEEDS_REASON[action]):
        act(incident, action, house, reason="  ")


def test_lowering_takes_the_milder_entry_and_keeps_the_moments(house):
    incident = open_incident("severe")
    done = act(incident, "lower", house, level="normal", now=NOW + 16 * MINUTE)
    assert (done.level, done.entry["source"]) == ("normal", "普通 · 其余")
    assert (done.owner, done.team) == (house.lin, house.pr)
    assert done.response_due_at == NOW + 30 * MINUTE
    assert waiting(incident) == {
        "response_late",
        "response_due",
        "resolution_half",
        "resolution_late",
        "resolution_due",
    }
    line = incident.events.last()
    assert (line.from_value, line.to_value, line.reason) == ("severe", "normal", "有原因")


def test_lowering_to_watch_stops_the_clocks(house):
    done = act(open_incident(), "lower", house, level="watch")
    assert (done.response_due_at, done.resolution_due_at) == (None, None)
    assert waiting(done) == set()


def test_lowering_after_the_answer_keeps_the_answers_due_moment(house):
    done = act(bring_to(house, "acknowledged"), "lower", house, level="watch")
    assert (done.response_due_at, done.resolution_due_at) == (NOW + 30 * MINUTE, None)


@pytest.mark.parametrize("level", ["severe", "", "worst"])
def test_a_level_is_only_lowered(house, level):
    with pytest.raises(IllegalMove):
        act(open_incident(), "lower", house, level=level)
    assert Incident.objects.get().level == "severe"


def test_a_comment_changes_nothing_else(house):
    incident = open_incident()
    before = (waiting(incident), Notification.objects.count())
    act(incident, "comment", house, reason="已电话联系")
    assert (waiting(incident), Notification.objects.count()) == before
    assert incident.events.last().reason == "已电话联系"


def test_whoever_comes_second_learns_who_was_first(house):
    page = open_incident()
    act(Incident.objects.get(), "acknowledge", house, actor=house.chen, now=NOW + 18 * MINUTE)
    with pytest.raises(StaleIncident) as stale:
        act(page, "acknowledge", house, actor=house.zhou)
    assert str(stale.value) == "陈一鸣 2 分钟前已认领，你的修改没有保存"


def test_two_transfers_at_once_do_not_overwrite_each_other(house):
    page = open_incident()
    lifecycle.assign(Incident.objects.get(), house.chen, actor=house.chen, now=NOW + 18 * MINUTE)
    with pytest.raises(StaleIncident) as stale:
        act(page, "assign", house)
    assert str(stale.value) == "陈一鸣 2 分钟前已转交，你的修改没有保存"
    assert Incident.objects.get().owner == house.chen
    assert Incident.objects.get().events.filter(kind="assign").count() == 1


def test_a_level_that_rose_meanwhile_is_not_lowered_unseen(house):
    page = open_incident("normal")
    incidents.attach([rule_signal(make_mention())], now=NOW + MINUTE)
    with pytest.raises(StaleIncident):
        act(page, "lower", house, level="watch")
    assert Incident.objects.get().level == "severe"


def test_a_level_that_rose_meanwhile_survives_an_acknowledgement(house):
    page = open_incident("normal")
    incidents.attach([rule_signal(make_mention())], now=NOW + MINUTE)
    assert act(page, "acknowledge", house).level == "severe"
    assert Incident.objects.get().level == "severe"


def test_the_state_on_the_page_counts(house):
    incident = bring_to(house, "acknowledged")
    with pytest.raises(StaleIncident, match="林晓 19 分钟前已认领"):
        act(incident, "resolve", house, seen_state="open")


def test_a_refusal_says_who_did_what(house):
    with pytest.raises(IllegalMove) as refused:
        act(bring_to(house, "resolved"), "acknowledge", house)
    assert str(refused.value).endswith("待验证（林晓 19 分钟前已解决），不能认领")


def test_a_task_is_done_once_and_can_be_undone(house):
    incident = open_incident()
    task = incident.tasks.get(party="pr")
    again = incident.tasks.get(party="pr")
    assert lifecycle.finish_task(task, actor=house.lin, now=NOW)
    assert not lifecycle.finish_task(again, actor=house.zhou, now=NOW)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, house.lin)
    assert incident.events.last().kind == "task_done"
    assert incident.events.last().reason == "备致歉口径"
    assert lifecycle.undo_task(task, actor=house.zhou, now=NOW + MINUTE)
    assert not lifecycle.undo_task(again, actor=house.zhou, now=NOW + MINUTE)
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (None, None)
    assert list(incident.events.values_list("kind", flat=True)) == [
        "opened",
        "task_done",
        "task_undone",
    ]


def test_every_move_tells_the_pages(house):
    incident = open_incident()
    heard = []

    def on_change(sender, incident_id, **kwargs):
        heard.append(incident_id)

    incident_changed.connect(on_change)
    try:
        act(incident, "acknowledge", house)
        lifecycle.finish_task(incident.tasks.first(), actor=house.lin, now=NOW)
    finally:
        incident_changed.disconnect(on_change)
    assert heard == [incident.pk, incident.pk]
