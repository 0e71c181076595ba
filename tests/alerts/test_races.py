"""What happens when two workers do the same at once. SQLite lets only one write, so: PostgreSQL."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import httpx
import pytest
from django.db import connection, connections

from alerts import incidents, lifecycle, outbox, timers
from alerts.errors import AlertsError
from alerts.models import ChannelState, Incident, IncidentPost, Notification, Timer
from tests.alerts.factories import (
    NOW,
    make_mention,
    make_notification,
    make_subject,
    open_incident,
    rule_signal,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor == 'sqlite'", reason="runs with the suite on PostgreSQL"),
]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all of it at the same time, each on its own connection; return results in order."""
    ready = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            ready.wait(10)
            results[place] = work()
        except Exception as exc:
            results[place] = exc
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def test_the_first_signals_of_an_incident_make_one_incident(house):
    for number in range(10):
        subject = make_subject(f"s{number}x", f"产品 {number}")
        signals = [rule_signal(make_mention(subject)) for _ in range(4)]
        results = at_once(
            *[lambda signal=signal: incidents.attach([signal], now=NOW) for signal in signals]
        )
        assert all(isinstance(result, list) for result in results), results
        incident = Incident.objects.get(subject=subject)
        assert incident.posts == IncidentPost.objects.filter(incident=incident).count() == 4
        assert incident.events.filter(kind="opened").count() == 1
        assert incident.tasks.count() == 2
        assert incident.timers.exclude(kind="new_posts").count() == 6
        assert Notification.objects.filter(incident=incident).count() == 1


def test_batches_over_the_same_incidents_in_any_order_do_not_block_each_other(house):
    categories = ["price", "quality", "safety", "service", "legal", "media"]

    def batch(order):
        made = [rule_signal(make_mention(category=category)) for category in order]
        return lambda: incidents.attach(made, now=NOW)

    works = [batch(categories), batch(categories[::-1]), batch(categories[3:] + categories[:3])]
    results = at_once(*works, batch(categories[1:]))
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Incident.objects.count() == 6
    assert sum(Incident.objects.values_list("posts", flat=True)) == 23


def test_a_timer_fires_once_in_two_sweeps(house):
    for category in ("price", "quality", "safety", "service"):
        open_incident(category=category)
    due = NOW + timedelta(minutes=15)
    fired = at_once(*[lambda: timers.fire_due(now=due)] * 3)
    assert sum(fired) == 4
    assert Notification.objects.filter(kind="reminder").count() == 4


def test_of_two_people_one_is_first(house):
    incident = open_incident()
    seen = [Incident.objects.get(pk=incident.pk) for _ in range(3)]
    results = at_once(
        *[
            lambda page=page: lifecycle.move(page, "acknowledge", actor=house.lin, now=NOW)
            for page in seen
        ]
    )
    assert sum(isinstance(result, Incident) for result in results) == 1
    assert sum(isinstance(result, AlertsError) for result in results) == 2
    assert incident.events.filter(kind="acknowledge").count() == 1


def test_people_signals_and_sweeps_do_not_deadlock(house):
    for number in range(6):
        subject = make_subject(f"d{number}", f"产品 {number}")
        (incident,) = incidents.attach(
            [rule_signal(make_mention(subject, level="normal"))], now=NOW
        )
        incident = Incident.objects.get(pk=incident.pk)
        worse = [rule_signal(make_mention(subject)) for _ in range(2)]
        due = NOW + timedelta(minutes=40)
        results = at_once(
            partial(timers.fire_due, now=due),
            partial(lifecycle.move, incident, "acknowledge", actor=house.lin, now=due),
            partial(incidents.attach, worse[:1], now=due),
            partial(incidents.attach, worse[1:], now=due),
        )
        assert not [each for each in results if isinstance(each, Exception)], results
        incident.refresh_from_db()
        assert (incident.state, incident.level, incident.posts) == ("acknowledged", "severe", 3)
        pending = Timer.objects.filter(incident=incident, fired_at=None, cancelled_at=None)
        assert not pending.filter(kind__startswith="response").exists()


def test_two_deliveries_share_the_minute_and_send_nothing_twice():
    for number in range(40):
        make_notification(facts={"summary": f"第{number}件。"})
    sent: list[bytes] = []

    def answer(request):
        sent.append(request.content)
        return httpx.Response(200, json={"errcode": 0})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    delivered = at_once(*[lambda: outbox.deliver_due(now=NOW, http=http)] * 3)
    assert sum(delivered) == 18 == len(sent) == len(set(sent))
    assert ChannelState.objects.count() == 1
    assert Notification.objects.filter(state="delivered").count() == 18


def test_the_database_under_test_is_what_the_name_says():
    assert connection.vendor == "postgresql"
