from datetime import timedelta

import pytest

from alerts import incidents, lifecycle
from alerts.models import (
    Incident,
    IncidentEvent,
    IncidentPost,
    IncidentSignal,
    ManualEntry,
    Notification,
    Task,
    Timer,
)
from alerts.signals import incident_changed, outbox_filled
from opinion.models import Bucket
from opinion.signals import signals_raised
from tests.alerts.factories import (
    NOW,
    burst_signal,
    index_signal,
    make_entry,
    make_mention,
    make_subject,
    open_incident,
    rule_signal,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOW + 60 * MINUTE


def attach(*signals, now=NOW):
    return incidents.attach(list(signals), now=now)


def waiting(incident):
    return list(
        incident.timers.filter(fired_at=None, cancelled_at=None)
        .order_by("due_at", "kind")
        .values_list("kind", "due_at")
    )


def told(kind):
    return Notification.objects.filter(kind=kind)


def test_a_severe_signal_opens_an_incident_with_all_that_belongs_to_it(house):
    (incident,) = attach(rule_signal())
    incident.refresh_from_db()
    assert (incident.level, incident.state, incident.posts) == ("severe", "open", 1)
    assert incident.summary == "烧到一半壶底漏水"
    assert (incident.team, incident.owner) == (house.pr, house.lin)
    assert incident.response_due_at == NOW + 30 * MINUTE
    assert incident.resolution_due_at == NOW + 240 * MINUTE
    assert incident.entry["measures"] == ["暂停该批次销售"]
    assert list(incident.tasks.values_list("party", "text")) == [
        ("engineering", "排查 K3 批次"),
        ("pr", "备致歉口径"),
    ]
    assert waiting(incident) == [
        ("response_half", NOW + 15 * MINUTE),
        ("response_late", NOW + 22.5 * MINUTE),
        ("response_due", NOW + 30 * MINUTE),
        ("resolution_half", NOW + 120 * MINUTE),
        ("resolution_late", NOW + 180 * MINUTE),
        ("resolution_due", NOW + 240 * MINUTE),
    ]
    assert [(e.kind, e.to_value, e.actor) for e in incident.events.all()] == [
        ("opened", "severe", None)
    ]
    (notification,) = Notification.objects.all()
    assert (notification.kind, notification.level, notification.channel) == (
        "opened",
        "severe",
        "wecom:公关群",
    )
    assert notification.next_attempt_at == NOW
    assert notification.facts["owner"] == {"name": "林晓", "userid": "linxiao", "team": "公关组"}
    assert notification.facts["why"] == ["关键词“漏水” 1 条"]
    assert notification.facts["telling"][0]["text"] == "烧到一半壶底漏水，差点烫到孩子"


def test_the_index_at_opening_is_kept(house):
    Bucket.objects.create(
        subject=house.subject,
        platform="jd",
        category="quality",
        at=NOW - 5 * MINUTE,
        mentions=40,
        scored=40,
        negative=40,
        weight=80,
        weighted_p=76,
    )
    (incident,) = attach(rule_signal())
    incident.refresh_from_db()
    assert incident.nei_at_opening is not None
    assert incident.nei_at_opening > 50
    assert told("opened").get().facts["index"]["mentions"] == 40


def test_a_watch_incident_has_tasks_but_no_clock_and_waits_for_the_hours_summary(house):
    (incident,) = attach(rule_signal(make_mention(level="watch", category="logistics")))
    incident.refresh_from_db()
    assert incident.response_due_at is None
    assert waiting(incident) == []
    assert incident.tasks.exists()
    assert told("opened").get().next_attempt_at == NOW.replace(hour=7, minute=2)


def test_a_normal_incident_tells_the_team_of_its_entry_within_five_minutes(house):
    attach(rule_signal(make_mention(level="normal", category="price")))
    notification = told("opened").get()
    assert notification.channel == "wecom:客服群"
    assert NOW < notification.next_attempt_at <= NOW + 4 * MINUTE


def test_an_alert_is_not_lost_with_an_empty_manual(db):
    (incident,) = attach(rule_signal())
    incident.refresh_from_db()
    assert (incident.team, incident.owner) == (None, None)
    assert incident.response_due_at == NOW + 30 * MINUTE
    assert incident.tasks.exists()
    assert told("opened").get().channel == "wecom:公关群"


def test_a_batch_makes_one_incident_per_subject_and_category_at_its_worst_level(house):
    other = make_subject("v8", "空气炸锅 V8")
    signals = [
        rule_signal(make_mention(level="normal", text="壶底漏水了")),
        rule_signal(make_mention(level="severe")),
        rule_signal(make_mention(level="normal", category="price")),
        rule_signal(make_mention(other)),
    ]
    attach(*signals)
    found = {(i.subject.slug, i.category): (i.level, i.posts) for i in Incident.objects.all()}
    assert found == {
        ("s2", "quality"): ("severe", 2),
        ("s2", "price"): ("normal", 1),
        ("v8", "quality"): ("severe", 1),
    }
    assert told("opened").count() == 3
    assert not told("level_up").exists()


def test_attaching_again_changes_nothing(house):
    signals = [rule_signal(), burst_signal(house.subject)]
    attach(*signals)
    before = [
        model.objects.count()
        for model in (Incident, IncidentEvent, IncidentPost, IncidentSignal, Notification, Timer)
    ]
    assert attach(*signals, now=LATER) == []
    after = [
        model.objects.count()
        for model in (Incident, IncidentEvent, IncidentPost, IncidentSignal, Notification, Timer)
    ]
    assert before == after
    assert Incident.objects.get().posts == 1


def test_a_post_that_two_signals_name_is_counted_once(house):
    mention = make_mention()
    attach(rule_signal(mention))
    attach(burst_signal(house.subject))
    incident = Incident.objects.get()
    assert incident.posts == 1 == IncidentPost.objects.count()
    assert IncidentSignal.objects.count() == 2


def test_a_burst_brings_the_recent_negative_posts_of_its_category(house):
    recent = [make_mention(published_at=NOW - n * MINUTE) for n in (5, 50)]
    make_mention(published_at=NOW - 70 * MINUTE)
    make_mention(category="price")
    make_mention(label="pos")
    make_mention(make_subject("v8"))
    (incident,) = attach(burst_signal(house.subject))
    assert set(IncidentPost.objects.values_list("mention_id", flat=True)) == {
        mention.pk for mention in recent
    }
    assert incident.summary == "近 1 小时负面 23 条，往常约 2 条"
    assert told("opened").get().facts["why"] == ["近 1 小时负面 23 条，往常约 2 条"]


def test_posts_that_nothing_names_a_category_for_count_as_other(house):
    mention = make_mention(category="", level="", hit="")
    (incident,) = attach(index_signal(house.subject, category="other", level="severe"))
    assert IncidentPost.objects.get().mention == mention
    assert incident.summary == "指数 72，越过严重线 70"


def test_more_of_the_same_only_adds_posts_and_one_digest(house):
    (incident,) = attach(rule_signal())
    for minute in (2, 3, 4):
        attach(rule_signal(make_mention()), now=NOW + minute * MINUTE)
    incident.refresh_from_db()
    assert incident.posts == 4
    assert incident.last_signal_at == NOW + 4 * MINUTE
    assert Notification.objects.count() == 1
    digests = [due for kind, due in waiting(incident) if kind == "new_posts"]
    assert digests == [NOW + 15 * MINUTE]


def test_a_worse_signal_raises_the_level_with_its_entry_and_restarts_unanswered_clocks(house):
    incident = open_incident("normal")
    assert incident.owner == house.zhou
    attach(rule_signal(make_mention(text="漏水烫伤了孩子")), now=NOW + 20 * MINUTE)
    incident.refresh_from_db()
    assert (incident.level, incident.team, incident.owner) == ("severe", house.pr, house.lin)
    assert incident.entry["source"] == "严重 · 其余"
    assert incident.summary == "漏水烫伤了孩子"
    assert incident.response_due_at == NOW + 50 * MINUTE
    assert incident.resolution_due_at == NOW + 260 * MINUTE
    assert [kind for kind, _ in waiting(incident)].count("response_due") == 1
    assert waiting(incident)[0] == ("response_half", NOW + 35 * MINUTE)
    event = incident.events.get(kind="level_up")
    assert (event.from_value, event.to_value) == ("normal", "severe")
    notification = told("level_up").get()
    assert (notification.level, notification.channel) == ("severe", "wecom:公关群")
    assert notification.next_attempt_at == NOW + 20 * MINUTE
    assert notification.facts["from_level"] == "normal"


def test_a_rising_level_keeps_who_took_it_and_never_gives_more_time(house):
    incident = open_incident("normal")
    lifecycle.move(incident, "acknowledge", actor=house.zhou, now=NOW + 5 * MINUTE)
    attach(rule_signal(), now=NOW + 20 * MINUTE)
    incident.refresh_from_db()
    assert (incident.state, incident.owner) == ("acknowledged", house.zhou)
    assert incident.response_due_at == NOW + 30 * MINUTE
    assert incident.resolution_due_at == NOW + 240 * MINUTE
    assert {kind for kind, _ in waiting(incident)} == {
        "resolution_half",
        "resolution_late",
        "resolution_due",
    }
    facts = told("level_up").get().facts
    assert (facts["owner"]["name"], facts["also"]["name"]) == ("周敏", "林晓")


def test_a_watch_incident_that_rises_gets_a_clock(house):
    incident = open_incident("watch")
    attach(rule_signal(make_mention(level="normal")), now=NOW + 20 * MINUTE)
    incident.refresh_from_db()
    assert incident.response_due_at == NOW + 50 * MINUTE
    assert len(waiting(incident)) == 6


def test_a_milder_signal_lowers_nothing(house):
    incident = open_incident("severe")
    attach(rule_signal(make_mention(level="normal")), now=LATER)
    incident.refresh_from_db()
    assert incident.level == "severe"
    assert not told("level_up").exists()


def test_a_rising_level_adds_the_tasks_that_are_new_and_keeps_the_old_ones(house):
    ManualEntry.objects.filter(level="normal").update(
        tasks={"pr": ["备致歉口径"], "service": ["回电"]}
    )
    incident = open_incident("normal")
    lifecycle.finish_task(incident.tasks.get(party="pr"), actor=house.lin, now=NOW)
    attach(rule_signal(), now=NOW + MINUTE)
    assert sorted(Task.objects.values_list("party", "text")) == [
        ("engineering", "排查 K3 批次"),
        ("pr", "备致歉口径"),
        ("service", "回电"),
    ]
    assert Task.objects.get(party="pr").done_at == NOW


def resolved(house, level="normal", at=NOW + 30 * MINUTE):
    incident = open_incident(level)
    return lifecycle.move(incident, "resolve", actor=house.zhou, now=at, reason="换货")


def test_new_evidence_after_the_resolution_opens_the_incident_again(house):
    incident = resolved(house)
    late = make_mention(level="normal", published_at=NOW + 50 * MINUTE)
    attach(rule_signal(late), now=LATER)
    incident.refresh_from_db()
    assert (incident.state, incident.outcome) == ("open", "")
    assert incident.acknowledged_at is None
    assert incident.resolved_at is None
    assert incident.response_due_at == LATER + 30 * MINUTE
    assert len(waiting(incident)) == 6
    event = incident.events.get(kind="reopen")
    assert (event.from_value, event.to_value, event.actor) == ("resolved", "open", None)
    assert told("reopened").get().facts["reason"].startswith("解决后又有新证据")


@pytest.mark.parametrize(
    ("level", "published"), [("normal", NOW + 20 * MINUTE), ("watch", NOW + 50 * MINUTE)]
)
def test_old_or_milder_evidence_only_joins_a_resolved_incident(house, level, published):
    incident = resolved(house)
    attach(rule_signal(make_mention(level=level, published_at=published)), now=LATER)
    incident.refresh_from_db()
    assert (incident.state, incident.posts) == ("resolved", 2)
    assert waiting(incident) == []
    assert not told("reopened").exists()


def test_worse_evidence_opens_a_resolved_incident_again_whenever_it_was_written(house):
    incident = resolved(house)
    attach(rule_signal(make_mention(published_at=NOW - 300 * MINUTE)), now=LATER)
    incident.refresh_from_db()
    assert (incident.state, incident.level, incident.owner) == ("open", "severe", house.zhou)
    assert incident.entry["source"] == "严重 · 其余"


@pytest.mark.parametrize(("posts", "state"), [(4, "resolved"), (5, "open")])
def test_an_index_that_stays_high_opens_again_only_with_enough_new_posts(house, posts, state):
    incident = resolved(house)
    for _ in range(posts):
        make_mention(published_at=NOW + 50 * MINUTE)
    attach(index_signal(house.subject, at=LATER), now=LATER)
    incident.refresh_from_db()
    assert incident.state == state


def test_a_closed_incident_stays_closed_and_a_new_one_opens(house):
    first = resolved(house)
    lifecycle.move(first, "verify", actor=house.chen, now=NOW + 40 * MINUTE)
    (second,) = attach(rule_signal(make_mention()), now=LATER)
    assert second.pk != first.pk
    first.refresh_from_db()
    assert (first.state, first.posts) == ("verified", 1)


def test_personal_data_stays_out_of_summary_and_facts(house):
    text = "壶底漏水打13812345678没人接"
    (incident,) = attach(rule_signal(make_mention(text=text)))
    assert "13812345678" not in incident.summary
    assert "13812345678" not in str(told("opened").get().facts)


def test_receivers_are_told_within_the_transaction(house):
    heard = []

    def on_outbox(sender, **kwargs):
        heard.append("outbox")

    def on_change(sender, incident_id, **kwargs):
        heard.append(incident_id)

    outbox_filled.connect(on_outbox)
    incident_changed.connect(on_change)
    try:
        signals_raised.send(sender=None, signals=[rule_signal()], now=NOW)
        incident = Incident.objects.get()
        assert heard == ["outbox", incident.pk]
        attach(rule_signal(make_mention()), now=NOW + MINUTE)
        assert heard == ["outbox", incident.pk, incident.pk]
    finally:
        outbox_filled.disconnect(on_outbox)
        incident_changed.disconnect(on_change)


def test_the_queries_of_a_batch_do_not_grow_with_its_posts(house, django_assert_max_num_queries):
    attach(rule_signal())
    few = [rule_signal(make_mention()) for _ in range(3)]
    many = [rule_signal(make_mention()) for _ in range(60)]
    with django_assert_max_num_queries(22):
        attach(*few, now=NOW + MINUTE)
    with django_assert_max_num_queries(22):
        attach(*many, now=NOW + 2 * MINUTE)
    assert Incident.objects.get().posts == 64


def test_entries_of_their_own_category_are_used(house):
    make_entry(house.boss, "severe", "safety", response_minutes=10)
    (incident,) = attach(rule_signal(make_mention(category="safety")))
    incident.refresh_from_db()
    assert (incident.team, incident.owner) == (house.boss, house.chen)
    assert incident.response_due_at == NOW + 10 * MINUTE
