from datetime import timedelta

import pytest

from alerts import digests, escalation, incidents, lifecycle
from alerts.models import Incident, IncidentEvent, Notification, Timer
from alerts.timers import fire_due
from catalog.models import Team
from tests.alerts.factories import NOW, make_mention, open_incident, rule_signal

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def sweep(minute):
    return fire_due(now=NOW + minute * MINUTE)


def told(*kinds):
    rows = Notification.objects.filter(kind__in=kinds or ["reminder", "overdue", "new_posts"])
    return list(rows.order_by("id"))


@pytest.mark.parametrize(("late", "fired"), [(-1, 0), (0, 1), (1, 1)])
def test_a_timer_fires_exactly_when_due(house, late, fired):
    incident = open_incident()
    timer = incident.timers.get(kind="response_half")
    assert fire_due(now=timer.due_at + late * SECOND) == fired
    timer.refresh_from_db()
    assert bool(timer.fired_at) == bool(fired)


def test_a_second_sweep_does_nothing(house):
    open_incident()
    assert sweep(15) == 1
    assert sweep(15) == 0
    assert len(told()) == 1


def test_a_timer_that_another_sweep_took_first_does_not_fire_again(house, monkeypatch):
    incident = open_incident()
    on_timer = escalation.on_timer
    calls = []

    def while_another_sweeps(timer, incident, *, now):
        calls.append(timer.kind)
        if len(calls) == 1:
            assert fire_due(now=now) == 0
        on_timer(timer, incident, now=now)

    monkeypatch.setattr("alerts.escalation.on_timer", while_another_sweeps)
    assert sweep(15) == 1
    assert calls == ["response_half"]
    assert incident.timers.exclude(fired_at=None).count() == 1


def test_after_an_acknowledgement_nothing_of_the_response_clock_fires(house):
    incident = open_incident()
    lifecycle.move(incident, "acknowledge", actor=house.lin, now=NOW + 14 * MINUTE)
    assert sweep(60) == 0
    assert told() == []


def test_an_acknowledgement_that_left_its_timers_is_still_respected(house):
    open_incident()
    Incident.objects.update(acknowledged_at=NOW)
    assert sweep(15) == 1
    assert told() == []


def test_reminders_at_half_and_three_quarters_then_the_ladder(house):
    incident = open_incident()
    for minute in (15, 22.5, 30, 120, 180, 240):
        assert sweep(minute) == 1
    facts = [(row.kind, row.facts["clock"], row.facts.get("stage")) for row in told()]
    assert facts[:3] == [
        ("reminder", "response", "half"),
        ("reminder", "response", "late"),
        ("overdue", "response", None),
    ]
    half, _, overdue = told()[:3]
    assert half.facts["next"] == "陈一鸣"
    assert half.facts["due"] == (NOW + 30 * MINUTE).isoformat()
    assert overdue.facts["also"] == {
        "name": "陈一鸣",
        "userid": "chenyiming",
        "team": "品牌负责人",
    }
    assert [(e.kind, e.to_value) for e in incident.events.filter(kind="overdue")] == [
        ("overdue", "陈一鸣"),
        ("overdue", "周敏"),
    ]
    last = {row.channel: row for row in told("overdue") if row.facts["clock"] == "resolution"}
    assert set(last) == {"wecom:客服群", "wecom:公关群"}


def test_the_ladder_of_an_answered_incident_begins_at_its_first_rung(house):
    incident = open_incident()
    lifecycle.move(incident, "acknowledge", actor=house.lin, now=NOW)
    sweep(120)
    sweep(180)
    sweep(240)
    assert incident.events.get(kind="overdue").to_value == "陈一鸣"


def test_a_reopened_incident_climbs_from_the_bottom_again(house):
    incident = open_incident()
    sweep(30)
    incident = lifecycle.move(
        incident, "resolve", actor=house.lin, now=NOW + 40 * MINUTE, reason="换货"
    )
    lifecycle.move(incident, "reopen", actor=house.lin, now=NOW + 50 * MINUTE, reason="还在漏")
    sweep(80)
    assert [e.to_value for e in incident.events.filter(kind="overdue")] == ["陈一鸣", "陈一鸣"]


def test_without_a_ladder_the_owners_team_hears_of_it(house):
    incident = open_incident()
    Incident.objects.update(entry={**incident.entry, "ladder": ["gone"]})
    sweep(30)
    (overdue,) = told("overdue")
    assert overdue.channel == "wecom:公关群"
    assert overdue.facts["also"] == {}


def test_a_rung_without_duty_is_the_team(house):
    Team.objects.filter(slug="boss").update(duty=None)
    open_incident()
    sweep(30)
    assert told("overdue")[0].facts["also"]["team"] == "品牌负责人"


def test_a_reminder_that_was_overtaken_while_all_was_down_stays_silent(house):
    incident = open_incident()
    assert sweep(40) == 3
    assert [row.kind for row in told()] == ["overdue"]
    assert incident.timers.filter(fired_at=None).count() == 3


def test_an_overdue_answer_is_told_even_where_a_later_reminder_is_due(house):
    open_incident()
    assert sweep(125) == 4
    assert [(row.kind, row.facts["clock"]) for row in told()] == [
        ("overdue", "response"),
        ("reminder", "resolution"),
    ]


def test_after_a_whole_day_down_one_message_says_the_worst(house):
    incident = open_incident()
    assert sweep(1440) == 6
    assert {(row.kind, row.facts["clock"]) for row in told()} == {("overdue", "resolution")}
    assert incident.events.filter(kind="overdue").count() == 1


def test_a_timer_that_fails_is_noted_and_does_not_hold_up_the_rest(house, monkeypatch, caplog):
    bad = open_incident()
    good = open_incident(category="safety")
    on_timer = escalation.on_timer

    def fails_for_one(timer, incident, *, now):
        if incident.pk == bad.pk:
            raise ValueError("手册坏了")
        on_timer(timer, incident, now=now)

    monkeypatch.setattr("alerts.escalation.on_timer", fails_for_one)
    assert sweep(15) == 1
    timer = bad.timers.get(kind="response_half")
    assert timer.fired_at is None
    assert timer.error == "ValueError: 手册坏了"
    assert timer.due_at == NOW + 16 * MINUTE
    assert f"timer {timer.pk} of incident {bad.pk} failed" in caplog.text
    assert good.timers.get(kind="response_half").fired_at
    monkeypatch.undo()
    assert sweep(16) == 1
    timer.refresh_from_db()
    assert (timer.fired_at, timer.error) == (NOW + 16 * MINUTE, "")


def test_what_follows_from_a_failed_timer_is_rolled_back(house, monkeypatch):
    incident = open_incident()

    def halfway(timer, incident, *, now):
        IncidentEvent.objects.create(incident=incident, kind="reminded", at=now)
        raise RuntimeError("halfway")

    monkeypatch.setattr("alerts.escalation.on_timer", halfway)
    sweep(15)
    assert not incident.events.filter(kind="reminded").exists()


def test_a_sweep_fires_at_most_its_limit_the_oldest_first(house):
    open_incident()
    assert fire_due(now=NOW + 240 * MINUTE, limit=2) == 2
    fired = Timer.objects.exclude(fired_at=None).values_list("kind", flat=True)
    assert set(fired) == {"response_half", "response_late"}


def more_posts(minute, **values):
    at = NOW + minute * MINUTE
    incidents.attach([rule_signal(make_mention(published_at=at, **values), at=at)], now=at)


def test_new_posts_are_told_together_at_most_every_quarter_hour(house):
    incident = open_incident()
    for minute in (1, 4, 9):
        more_posts(minute)
    assert sweep(14) == 0
    sweep(15)
    (digest,) = told("new_posts")
    assert digest.facts["new"] == 3
    assert digest.facts["posts"] == 4
    assert digest.facts["since"] == NOW.isoformat()
    assert {post["text"] for post in digest.facts["telling"]} == {"烧到一半壶底漏水，差点烫到孩子"}
    more_posts(16)
    assert incident.timers.get(kind="new_posts", fired_at=None).due_at == NOW + 30 * MINUTE
    sweep(30)
    assert [row.facts["new"] for row in told("new_posts")] == [3, 1]


def test_after_a_long_silence_a_new_post_waits_only_for_company(house):
    incident = open_incident()
    more_posts(100)
    due = incident.timers.get(kind="new_posts").due_at
    assert due == NOW + 100 * MINUTE + digests.GATHER


def test_what_is_only_watched_has_no_digest(house):
    incident = open_incident("watch")
    more_posts(5, level="watch")
    assert not incident.timers.exists()


def test_a_digest_of_a_resolved_incident_stays_silent(house):
    incident = open_incident()
    more_posts(1)
    lifecycle.move(incident, "resolve", actor=house.lin, now=NOW + 2 * MINUTE, reason="换货")
    assert sweep(15) == 0
    assert told("new_posts") == []


def test_a_digest_overtaken_by_a_rising_level_stays_silent(house):
    open_incident("normal")
    more_posts(1, level="normal")
    more_posts(2, level="severe")
    sweep(45)
    assert told("new_posts") == []
