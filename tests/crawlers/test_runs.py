"""Claiming, outcomes, pauses and health; the child process is played."""

import json
from datetime import timedelta
from unittest.mock import patch

import pytest

from crawlers import runs
from crawlers.health import Health, health
from crawlers.leases import LEASE, claim, claim_due, renew
from crawlers.models import CrawlRun, Outcome, Source
from crawlers.params import resolved
from crawlers.runs import AlreadyRunning, run_source
from crawlers.signals import posts_saved
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
GOOD = {"reason": "finished", "block": None, "save_failed": "", "exceptions": []}


def make(slug: str = "s", **values) -> Source:
    values = {"params": {"url": f"https://{slug}.example/"}} | values
    return Source.objects.create(slug=slug, name=slug, spider="feed", platform="news", **values)


def blocked(reason: str, retry_after: int | None = None):
    return GOOD | {"block": {"reason": reason, "detail": "HTTP 429", "retry_after": retry_after}}


def played(source, result, now=NOW, returncode=0):
    """Run a source whose child answers so."""
    out = result if isinstance(result, str) else json.dumps(result)
    source.lease_token = ""
    with patch.object(runs, "_run_child", lambda *_: runs._ending(out, returncode)):
        return run_source(source, now=now)


def test_due_sources_are_claimed_once_and_oldest_first():
    make("later", next_run_at=NOW + MINUTE)
    make("off", enabled=False)
    make("due", next_run_at=NOW)
    make("never")
    assert [source.slug for source in claim_due(NOW, 10)] == ["never", "due"]
    assert claim_due(NOW, 10) == []


def test_claims_stop_at_the_limit():
    make("a")
    make("b")
    assert len(claim_due(NOW, 1)) == 1


def test_a_lease_that_ran_out_is_claimed_again():
    make()
    first = claim_due(NOW, 1)[0]
    assert claim_due(NOW + LEASE - timedelta(seconds=1), 1) == []
    second = claim_due(NOW + LEASE, 1)[0]
    assert not renew(first, NOW)
    assert renew(second, NOW + 2 * LEASE)


def test_one_host_is_visited_by_one_run_at_a_time():
    make("a", params={"url": "https://www.example/1"})
    make("b", params={"url": "https://www.example/2"})
    assert [source.slug for source in claim_due(NOW, 10)] == ["a"]


def test_the_demo_site_takes_several_runs(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:8799"
    make("a", params={"url": "{sandbox}/1"})
    make("b", params={"url": "{sandbox}/2"})
    assert len(claim_due(NOW, 10)) == 2


def test_sandbox_stands_for_its_address(settings):
    settings.SANDBOX_URL = "http://127.0.0.1:8799"
    assert resolved({"url": "{sandbox}/x", "n": [1, "{sandbox}"]}) == {
        "url": "http://127.0.0.1:8799/x",
        "n": [1, "http://127.0.0.1:8799"],
    }


def test_a_good_run_sets_the_next_one():
    source = make(interval_seconds=600, failures=2, block_reason="rate")
    run = played(source, GOOD)
    assert run.outcome == Outcome.OK
    assert (source.failures, source.block_reason, source.lease_token) == (0, "", "")
    assert abs(source.next_run_at - NOW - 10 * MINUTE) <= runs.JITTER * 10 * MINUTE + 5 * SECOND
    assert source.last_ok_at == run.finished_at


def test_a_refused_source_rests_longer_each_time():
    source = make()
    for pause in (30, 120, 720, 720):
        run = played(source, blocked("rate"))
        assert (run.outcome, run.block_reason) == ("blocked", "rate")
        assert round((source.next_run_at - run.finished_at) / MINUTE) == pause
    assert source.failures == 4


def test_a_site_that_names_a_time_is_left_alone_until_then():
    source = make()
    run = played(source, blocked("rate", retry_after=7200))
    assert source.next_run_at - run.finished_at == timedelta(hours=2)


def test_a_site_that_is_down_is_tried_again_sooner():
    source = make(interval_seconds=5)
    pauses = []
    for _ in range(12):
        run = played(source, blocked("unreachable"))
        pauses.append((source.next_run_at - run.finished_at).total_seconds())
    assert pauses[:3] == [5, 10, 20]
    assert pauses[-1] == 1800


@pytest.mark.parametrize(
    ("result", "outcome", "words"),
    [
        ("", Outcome.FAILED, "意外结束"),
        ({"error": "没有名为“x”的爬虫"}, Outcome.FAILED, "爬虫"),
        (GOOD | {"save_failed": "OperationalError"}, Outcome.FAILED, "保存失败"),
        (GOOD | {"exceptions": ["KeyError 'id'"]}, Outcome.FAILED, "KeyError"),
        (GOOD | {"reason": "shutdown"}, Outcome.STOPPED, "shutdown"),
    ],
)
def test_what_went_wrong_is_recorded(result, outcome, words):
    run = played(make(), result)
    assert run.outcome == outcome
    assert words in run.detail


def test_a_run_that_was_stopped_is_due_at_once():
    source = make()
    run = played(source, "", returncode=-15)
    assert run.outcome == Outcome.STOPPED
    assert source.next_run_at == run.finished_at
    assert source.failures == 0


def test_a_run_whose_process_vanished_is_closed_by_the_next():
    source = make()
    old = CrawlRun.objects.create(source=source, started_at=NOW - MINUTE)
    played(source, GOOD)
    old.refresh_from_db()
    assert (old.outcome, old.finished_at) == ("lost", NOW)


def test_a_source_that_another_runs_is_not_run_twice():
    source = make()
    assert claim(Source.objects.get(pk=source.pk), NOW)
    with pytest.raises(AlreadyRunning):
        run_source(source, now=NOW)


def test_a_lost_lease_leaves_the_sources_state_to_its_new_holder():
    source = make()
    claim(source, NOW)

    def lose(*_):
        Source.objects.update(lease_token="other", lease_until=NOW + LEASE)
        return runs._ending(json.dumps(GOOD), 0)

    with patch.object(runs, "_run_child", lose):
        run_source(source, now=NOW)
    source.refresh_from_db()
    assert (source.lease_token, source.last_ok_at) == ("other", None)


def test_what_the_child_saved_is_announced_once():
    source, counts = make(), []

    def hear(count, **kwargs):
        counts.append(count)

    def save(source, run, limit, watch):
        for accepted in (2, 2, 5):
            CrawlRun.objects.filter(pk=run.pk).update(accepted=accepted)
            watch.tick()
        return runs._ending(json.dumps(GOOD), 0)

    posts_saved.connect(hear)
    with patch.object(runs, "_run_child", save):
        run_source(source, now=NOW)
    posts_saved.disconnect(hear)
    assert counts == [2, 3]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Health.NEVER),
        ({"failures": 1}, Health.SILENT),
        ({"last_ok_at": NOW - 25 * MINUTE}, Health.OK),
        ({"last_ok_at": NOW - 26 * MINUTE}, Health.SLOW),
        ({"last_ok_at": NOW - 66 * MINUTE}, Health.SILENT),
        ({"last_ok_at": NOW, "block_reason": "rate"}, Health.BLOCKED),
    ],
)
def test_health_says_how_a_source_is_doing(values, expected):
    assert health(Source(interval_seconds=600, **values), NOW) is expected
