"""Claiming, outcomes, pauses and health; the child process is played."""

import json
import signal
import subprocess
from datetime import timedelta
from unittest.mock import patch

import pytest

from crawlers import runs
from crawlers.health import State, judge
from crawlers.leases import LEASE, claim, claim_due, renew
from crawlers.models import CrawlRun, Outcome, Source
from crawlers.params import resolved
from crawlers.runs import AlreadyRunning, Wish, run_source
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


FIGURES = {
    "requests": 9,
    "pages": 8,
    "bytes": 12345,
    "rows": 80,
    "kept": 78,
    "fields": {"author": 0.9, "text": 1.0},
    "refused": {"kind 不对": 2},
    "gap": "",
}


def test_a_run_keeps_what_its_process_told():
    run = played(make(), GOOD | FIGURES | {"gap": "09:00 至 10:00"})
    assert {name: getattr(run, name) for name in FIGURES} == FIGURES | {"gap": "09:00 至 10:00"}
    assert run.duration == run.finished_at - NOW


@pytest.mark.parametrize("result", [blocked("login"), GOOD | {"exceptions": ["KeyError"]}])
def test_a_run_that_went_wrong_keeps_its_figures_too(result):
    run = played(make(), result | FIGURES)
    assert (run.pages, run.kept, run.refused) == (8, 78, {"kind 不对": 2})


def test_a_process_that_was_killed_told_nothing():
    run = played(make(), "", returncode=-9)
    assert (run.outcome, run.pages, run.fields) == ("failed", 0, {})


def test_since_when_and_why_a_source_fails_is_kept_until_it_is_well():
    source = make()
    played(source, blocked("login"))
    played(source, blocked("login"), now=NOW + MINUTE)
    assert (source.bad_since, source.trouble) == (NOW, "HTTP 429")
    assert judge(source, now=NOW + MINUTE).state is State.BLOCKED
    played(source, GOOD, now=NOW + 2 * MINUTE)
    assert (source.bad_since, source.trouble) == (None, "")
    assert judge(source, now=NOW + 2 * MINUTE).state is State.GREEN


def test_a_run_far_below_the_usual_is_called_broken_the_second_time():
    source = make()
    for number in range(12):
        played(source, GOOD | FIGURES, now=NOW + number * MINUTE)
    run = played(source, GOOD | FIGURES | {"rows": 3}, now=NOW + 20 * MINUTE)
    assert run.odd == "只看到 3 条，往常 80 条"
    assert judge(source, now=NOW + 20 * MINUTE).state is State.GREEN
    played(source, GOOD | FIGURES | {"rows": 3}, now=NOW + 21 * MINUTE)
    verdict = judge(source, now=NOW + 21 * MINUTE)
    assert (verdict.state, verdict.since) == (State.BROKEN, NOW + 20 * MINUTE)


def test_a_run_for_a_few_items_only_is_not_held_against_the_usual():
    source = make()
    for number in range(12):
        played(source, GOOD | FIGURES, now=NOW + number * MINUTE)
    out = json.dumps(GOOD | FIGURES | {"rows": 3, "reason": "limit"})
    source.lease_token = ""
    with patch.object(runs, "_run_child", lambda *_: runs._ending(out, 0)):
        run = run_source(source, now=NOW + 20 * MINUTE, wish=Wish(limit=3))
    assert (run.outcome, run.odd, source.odd) == ("ok", "", None)


def test_no_two_sources_keep_step():
    pauses = set()
    for number in range(5):
        source = make(f"s{number}", interval_seconds=600)
        run = played(source, GOOD)
        pauses.add((source.next_run_at - run.finished_at).total_seconds())
    assert len(pauses) == 5
    assert all(540 <= each <= 660 for each in pauses)


class Hung:
    """Stands for a child that answers nothing, and to SIGTERM only when it is `polite`."""

    pid = 4242
    returncode = -9

    def __init__(self, polite: bool) -> None:
        self.polite = polite
        self.asked_to_end = False
        self.given: list[str | None] = []

    def communicate(self, given=None, timeout=None):
        self.given.append(given)
        if timeout is not None and not (self.asked_to_end and self.polite):
            raise subprocess.TimeoutExpired("child", timeout)
        return (json.dumps(GOOD | FIGURES | {"reason": "shutdown"}) if self.polite else ""), ""

    def terminate(self) -> None:
        self.asked_to_end = True

    def poll(self):
        return 0


@pytest.mark.parametrize("polite", [True, False])
def test_a_crawl_that_hangs_is_ended_and_the_source_is_free_again(polite):
    source, child, killed = make(), Hung(polite), []
    with (
        patch.object(runs, "_child", lambda: child),
        patch.object(runs.os, "killpg", lambda *given: killed.append(given)),
    ):
        run = run_source(source, now=NOW, time_limit=timedelta(0))
    assert child.asked_to_end
    assert killed == ([] if polite else [(4242, signal.SIGKILL)])
    assert (run.outcome, run.detail) == ("timeout", "超过 0 秒")
    assert (source.lease_token, source.lease_until, source.failures) == ("", None, 1)
    assert claim(source, NOW)


def test_the_lock_of_a_process_that_died_frees_itself():
    source = make()
    assert claim(Source.objects.get(pk=source.pk), NOW)  # and then nobody renews it
    with pytest.raises(AlreadyRunning):
        run_source(source, now=NOW + LEASE - SECOND)
    with patch.object(runs, "_run_child", lambda *_: runs._ending(json.dumps(GOOD), 0)):
        run = run_source(source, now=NOW + LEASE)
    assert run.outcome == Outcome.OK
