"""Sources that go silent become incidents, once, and close by themselves."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts import incidents, lifecycle, messages, source_watch
from alerts.lifecycle import Action
from alerts.models import Incident, Notification
from alerts.notice import Kind
from catalog.models import Party, Subject
from crawlers.models import CrawlRun, Source
from tests.alerts.factories import (
    NOW,
    make_entry,
    make_mention,
    make_person,
    make_team,
    rule_signal,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def make(slug: str = "weibo", **values: Any) -> Source:
    values = {
        "name": slug,
        "spider": "weibo_search",
        "platform": "weibo",
        "last_ok_at": NOW - HOUR,
    } | values
    return Source.objects.create(slug=slug, **values)


def refuse(slug: str = "weibo", reason: str = "login", since: datetime = NOW - HOUR) -> None:
    Source.objects.filter(slug=slug).update(
        block_reason=reason, failures=2, bad_since=since, trouble="接口要求登录"
    )


def recover(slug: str = "weibo", at: datetime = NOW) -> None:
    Source.objects.filter(slug=slug).update(
        block_reason="", failures=0, bad_since=None, trouble="", last_ok_at=at
    )


def told(incident: Incident) -> list[str]:
    return [event.reason for event in incident.events.order_by("id")]


def test_a_refused_source_is_told_once_to_the_operators() -> None:
    operators = make_team("operators", Party.ENGINEERING, duty=make_person("ops", "运维小王"))
    make_entry(operators, "watch", "source", measures=["更新 Cookie"])
    make()
    refuse()
    assert source_watch.watch(now=NOW) == 1
    for minute in range(1, 10):
        assert source_watch.watch(now=NOW + minute * MINUTE) == 0
    incident = Incident.objects.get()
    assert (incident.category, incident.level) == ("source", "watch")
    assert str(incident) == "烽火 · 信源"
    assert incident.summary == "weibo 需要登录，13:02 起"
    assert (incident.team, str(incident.owner)) == (operators, "运维小王")
    assert incident.entry["measures"] == ["更新 Cookie"]
    assert (incident.response_due_at, incident.timers.count()) == (None, 0)
    notification = Notification.objects.get()
    said = messages.render(Kind.OPENED, notification.facts, now=NOW)
    assert "烽火 · 信源" in said
    assert "需要登录：接口要求登录" in said
    assert "更新 Cookie" in said


def test_without_an_entry_there_are_measures_for_sources_all_the_same() -> None:
    make_entry(make_team("pr"), "watch", measures=["看原帖"])
    make()
    refuse()
    source_watch.watch(now=NOW)
    entry = Incident.objects.get().entry
    assert entry["source"] == "内置"
    assert any("Cookie" in measure for measure in entry["measures"])


@pytest.mark.parametrize(("minutes", "count"), [(29, 0), (30, 1)])
def test_a_refusal_must_last(minutes: int, count: int) -> None:
    make()
    refuse(since=NOW - minutes * MINUTE)
    assert source_watch.watch(now=NOW) == count


def test_sources_that_are_well_cost_no_incident_and_no_row() -> None:
    make()
    make("off", enabled=False, last_ok_at=NOW - 99 * HOUR)
    assert source_watch.watch(now=NOW - 30 * MINUTE) == 0
    assert not Subject.objects.exists()


def test_five_of_one_site_are_one_incident() -> None:
    for number in range(5):
        make(f"w{number}", name=f"搜索{number}")
        refuse(f"w{number}", "captcha" if number == 3 else "login")
    make("jd", platform="jd", spider="jd_reviews")
    refuse("jd", "forbidden")
    assert source_watch.watch(now=NOW) == 2
    summary = Incident.objects.get(cause="platform:weibo:login").summary
    assert summary == "微博 5 个信源（搜索0、搜索1、搜索2 等） 需要登录、要求验证码，13:02 起"


def test_feeds_of_different_hosts_are_told_apart() -> None:
    for number in (1, 2):
        make(f"f{number}", spider="feed", params={"url": f"https://{number}.example/"})
        refuse(f"f{number}", "unreachable")
    assert source_watch.watch(now=NOW) == 2


def test_another_source_of_the_site_joins() -> None:
    make()
    make("second", last_ok_at=NOW)
    refuse()
    source_watch.watch(now=NOW)
    refuse("second", since=NOW)
    assert source_watch.watch(now=NOW + 30 * MINUTE) == 1
    incident = Incident.objects.get()
    assert told(incident)[-1] == "又有：second 需要登录：接口要求登录，14:02 起"
    assert incident.summary == "second、weibo 需要登录，13:02 起"
    assert source_watch.watch(now=NOW + 31 * MINUTE) == 0


def test_it_closes_by_itself_when_all_are_well() -> None:
    make()
    make("second")
    refuse()
    refuse("second")
    source_watch.watch(now=NOW)
    recover("second", at=NOW + MINUTE)
    assert source_watch.watch(now=NOW + 2 * MINUTE) == 1
    assert told(Incident.objects.get())[-1] == "second 已恢复"
    recover("weibo", at=NOW + MINUTE)
    assert source_watch.watch(now=NOW + 3 * MINUTE) == 1
    incident = Incident.objects.get()
    assert (incident.state, incident.outcome) == ("verified", "handled")
    assert told(incident)[-1] == "weibo 已恢复，自动关闭"
    assert source_watch.watch(now=NOW + 4 * MINUTE) == 0


def test_it_comes_again_when_the_trouble_does() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    recover()
    source_watch.watch(now=NOW + MINUTE)
    refuse(since=NOW)  # the run had begun before the incident was closed
    assert source_watch.watch(now=NOW + HOUR) == 1
    assert Incident.objects.count() == 2


def test_a_source_that_is_just_being_tried_keeps_its_incident() -> None:
    make(last_ok_at=NOW - 72 * HOUR)
    source_watch.watch(now=NOW)
    Source.objects.update(lease_until=NOW + HOUR)
    assert source_watch.watch(now=NOW + MINUTE) == 0
    assert Incident.objects.get().state == "open"


def test_a_source_switched_off_or_deleted_ends_its_incident() -> None:
    make()
    make("gone", platform="jd", spider="jd_reviews")
    refuse()
    refuse("gone")
    source_watch.watch(now=NOW)
    Source.objects.filter(slug="weibo").update(enabled=False)
    Source.objects.filter(slug="gone").delete()
    assert source_watch.watch(now=NOW + MINUTE) == 2
    reasons = {told(incident)[-1] for incident in Incident.objects.all()}
    assert reasons == {"weibo 已停用，自动关闭", "gone 已删除，自动关闭"}


def test_a_trouble_of_another_kind_is_another_incident() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    refuse(reason="shape")
    assert source_watch.watch(now=NOW + MINUTE) == 2
    first, second = Incident.objects.order_by("id")
    assert (first.state, second.state, second.cause) == ("verified", "open", "source:weibo")
    assert "换了原因：页面结构变了" in told(first)[-1]


def test_who_closed_it_as_a_false_alarm_is_left_in_peace() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    lin = make_person("lin")
    incident = Incident.objects.get()
    lifecycle.move(incident, Action.FALSE_ALARM, actor=lin, now=NOW + MINUTE, reason="知道了")
    for hour in range(1, 50):
        assert source_watch.watch(now=NOW + hour * HOUR) == 0
    refuse(since=NOW + 50 * HOUR)
    assert source_watch.watch(now=NOW + 51 * HOUR) == 1


def test_a_resolution_that_did_not_help_is_opened_again() -> None:
    source = make()
    refuse()
    source_watch.watch(now=NOW)
    incident = Incident.objects.get()
    lifecycle.move(
        incident, Action.RESOLVE, actor=make_person("lin"), now=NOW + MINUTE, reason="换了 Cookie"
    )
    assert source_watch.watch(now=NOW + 2 * MINUTE) == 0
    CrawlRun.objects.create(
        source=source,
        started_at=NOW + 3 * MINUTE,
        finished_at=NOW + 4 * MINUTE,
        outcome="blocked",
    )
    assert source_watch.watch(now=NOW + 5 * MINUTE) == 1
    incident.refresh_from_db()
    assert incident.state == "open"
    assert "解决后再采仍不行" in told(incident)[-1]
    assert source_watch.watch(now=NOW + 6 * MINUTE) == 0


def test_a_resolution_that_helped_is_verified() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    lifecycle.move(
        Incident.objects.get(), Action.RESOLVE, actor=make_person("l"), now=NOW, reason="换了"
    )
    recover()
    assert source_watch.watch(now=NOW + MINUTE) == 1
    assert Incident.objects.get().state == "verified"


def test_after_everything_was_down_the_sources_may_catch_up_first() -> None:
    make(last_ok_at=NOW - 72 * HOUR)
    assert source_watch.watch(now=NOW, awake_since=NOW - 59 * MINUTE) == 0
    assert source_watch.watch(now=NOW, awake_since=NOW - HOUR) == 1
    assert "没有采到" in Incident.objects.get().summary


def test_a_refusal_needs_no_such_patience() -> None:
    make()
    refuse()
    assert source_watch.watch(now=NOW, awake_since=NOW) == 1


def test_open_source_incidents_leave_those_of_texts_alone() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    (incident,) = incidents.attach([rule_signal(make_mention())], now=NOW)
    assert (incident.category, incident.cause) == ("quality", "")
    assert source_watch.watch(now=NOW) == 0


def test_a_closed_one_cannot_be_reopened_beside_an_open_one() -> None:
    make()
    refuse()
    source_watch.watch(now=NOW)
    first = Incident.objects.get()
    recover()
    source_watch.watch(now=NOW + MINUTE)
    refuse(since=NOW + HOUR)
    source_watch.watch(now=NOW + 2 * HOUR)
    first.refresh_from_db()
    with pytest.raises(lifecycle.IllegalMove, match="还没关闭"):
        lifecycle.move(first, Action.REOPEN, actor=None, now=NOW + 3 * HOUR, reason="再看")


def test_messages_say_what_the_index_lacks() -> None:
    make(platform="weibo")
    refuse(since=NOW - 3 * HOUR)
    from opinion import buckets

    mention = make_mention()
    buckets.add(buckets.sums_of([(mention, mention.post)]))
    (incident,) = incidents.attach([rule_signal(mention)], now=NOW)
    facts = Notification.objects.get(incident=incident).facts
    assert facts["index"]["gap"] == "不含 微博（需要登录，3 小时）"
    said = messages.render(Kind.OPENED, facts, now=NOW)
    assert "，不含 微博（需要登录，3 小时）" in said


def test_watching_costs_few_queries_however_many_sources(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(40):
        make(f"s{number}", last_ok_at=NOW)
    with django_assert_max_num_queries(2):
        source_watch.watch(now=NOW)
