"""kill -9 of any process at any moment loses nothing and doubles nothing.

Real processes on a real PostgreSQL and a real Redis, all of them killed at random while posts come
in over the API and timers fall due. Then everything is killed at once, started again, and counted.

At least once is the promise of delivery: WeCom may hear a message again when a process died between
sending and recording it. Everything else happens exactly once.
"""

import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from config import clock
from tests.processes import ROOT
from tests.servers import PrivatePostgres, PrivateRedis, new_database
from tests.services.cluster import INGEST, Cluster, cluster
from tests.waiting import eventually

pytestmark = [pytest.mark.services, pytest.mark.slow]

SEED = int(os.environ.get("KILL_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
OURS = ["web", "worker-score", "worker-alert", "worker-notify", "beat"]
SERVERS = ["redis", "postgres"]
ROUNDS = 4
BATCH = 4
SUBJECTS = ["星禾", "杉泊"]
TEXTS = [
    "{name}电热水壶有质量问题，用了{n}天就漏水，客服不理人",
    "{name}的壶烧水时漏电，把我电到了，第{n}次投诉",
    "{name}电饭煲挺好用，煮了{n}次饭都很香",
    "买了{name}破壁机{n}台送人，请问有质量问题怎么退",
    "{name}快递太慢，等了{n}天，客服态度还差，要求退款不给退",
]
NEXT_TIMER = """
    UPDATE alerts_timer SET due_at = now() WHERE id IN (
        SELECT id FROM alerts_timer WHERE fired_at IS NULL AND cancelled_at IS NULL
        AND due_at > now() ORDER BY due_at LIMIT 1)
"""
# As if minutes had passed: the leases of the dead have run out, and what waited is due.
TIME_PASSES = [
    "UPDATE crawlers_post SET lease_until = now() WHERE lease_until IS NOT NULL",
    "UPDATE alerts_notification SET lease_until = now() WHERE lease_until IS NOT NULL",
    "UPDATE alerts_notification SET next_attempt_at = now() WHERE state = 'pending'",
]


def say(text: str) -> None:
    """Leave a line for whoever reads a failed run."""
    sys.stdout.write(text + "\n")


class Feeder(threading.Thread):
    """Sends posts until it is told to stop; what was not answered with 202 is sent again."""

    def __init__(self, house: Cluster, token: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.accepted = 0
        self.sent_again = 0
        self.enough = threading.Event()
        self._house = house
        self._token = token
        self._random = random.Random(seed)

    def run(self) -> None:
        number = 0
        with self._house.api(self._token) as api:
            while not self.enough.is_set():
                self._send(api, [self._post(number + place) for place in range(BATCH)])
                number += BATCH
                self.enough.wait(0.2)

    def _send(self, api: httpx.Client, posts: list[dict[str, Any]]) -> None:
        while True:
            with suppress(httpx.HTTPError):
                if api.post("/posts", json=posts).status_code == 202:
                    self.accepted += len(posts)
                    return
            self.sent_again += 1
            threading.Event().wait(0.2)

    def _post(self, number: int) -> dict[str, Any]:
        text = self._random.choice(TEXTS)
        return {
            "platform": self._random.choice(["weibo", "jd", "xiaohongshu"]),
            "kind": "social",
            "native_id": f"kill-{number}",
            "text": text.format(name=self._random.choice(SUBJECTS), n=number),
            "published_at": clock.now().isoformat(),
        }


class Reaper:
    """Kills one process at a time, and starts again what ended by it."""

    def __init__(self, house: Cluster, postgres: PrivatePostgres, redis: PrivateRedis) -> None:
        self.killed: Counter[str] = Counter()
        self._house = house
        self._servers: dict[str, PrivatePostgres | PrivateRedis] = {
            "postgres": postgres,
            "redis": redis,
        }

    def kill(self, name: str, chance: random.Random) -> None:
        self.killed[name] += 1
        if name in self._servers:
            self._servers[name].kill()
            self._servers[name].start()
            return
        service = self._house.services[name]
        family = service.family()
        if family:
            with suppress(psutil.Error):
                chance.choice(family).kill()  # the first process, or a member of its pool
        with suppress(AssertionError):
            eventually(lambda: not service.running(), 0.5)
        if not service.running():
            service.start()


@pytest.fixture
def servers() -> Iterator[tuple[PrivatePostgres, PrivateRedis]]:
    """Give servers of our own, whatever the environment names: they will be killed."""
    postgres, redis = PrivatePostgres().start(), PrivateRedis().start()
    yield postgres, redis
    redis.close()
    postgres.close()


def test_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, servers: tuple[PrivatePostgres, PrivateRedis]
) -> None:
    say(f"KILL_SEED={SEED} repeats this run")
    postgres, redis = servers
    with new_database(postgres.url) as url, cluster(tmp_path, url, redis.url) as house:
        # The crawler has nothing to do here, and no post comes from anywhere but the API.
        for name in ("worker-crawl", "worker-report"):
            del house.services[name]
        house.prepare(_subjects(tmp_path))
        house.start()
        feeder = Feeder(house, house.token(INGEST), SEED)
        reaper = Reaper(house, postgres, redis)
        feeder.start()
        eventually(lambda: house.ask("SELECT count(*) FROM alerts_incident"), 90, "an incident")
        _kill_at_random(house, reaper)
        feeder.enough.set()
        feeder.join(60)
        assert not feeder.is_alive()
        _end_and_begin_again(house)
        _wait_until_drained(house)
        facts = _verdict(house)
        say(f"{feeder.accepted} posts, {sum(reaper.killed.values())} kills {dict(reaper.killed)}")
        say(str({name: value for name, value in facts.items() if name != "sent"}))
        _judge(facts, feeder, reaper, house)


def _subjects(folder: Path) -> Path:
    path = folder / "subjects.yaml"
    rows = [
        {"slug": f"subject-{number}", "name": name, "kind": "brand", "aliases": [name],
         "excludes": [], "platform_ids": {}}
        for number, name in enumerate(SUBJECTS)
    ]  # fmt: skip
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return path


def _kill_at_random(house: Cluster, reaper: Reaper) -> None:
    chance = random.Random(SEED)
    victims = (OURS + SERVERS) * ROUNDS
    chance.shuffle(victims)
    for victim in victims:
        threading.Event().wait(chance.uniform(0.2, 3.0))
        if chance.random() < 0.5:
            with suppress(psycopg.Error):
                house.do(NEXT_TIMER)
        reaper.kill(victim, chance)


def _end_and_begin_again(house: Cluster) -> None:
    """Kill everything at once; let time pass; start again."""
    house.kill()
    for statement in TIME_PASSES:
        house.do(statement)
    house.start()


def _wait_until_drained(house: Cluster) -> None:
    left = [
        "SELECT count(*) FROM crawlers_post WHERE state = 'new'",
        "SELECT count(*) FROM alerts_notification"
        " WHERE state = 'pending' AND next_attempt_at < now() + interval '30 seconds'",
        "SELECT count(*) FROM alerts_timer"
        " WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at < now()",
    ]

    def drained() -> bool:
        return not any(house.ask(sql) for sql in left)

    eventually(drained, 240, "nothing left to do")


def _verdict(house: Cluster) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.services.verdict"],
        env=house.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def _judge(facts: dict[str, Any], feeder: Feeder, reaper: Reaper, house: Cluster) -> None:
    assert sum(reaper.killed.values()) >= 20
    assert facts["posts"] == {"scored": feeder.accepted}
    assert facts["mentions"] == facts["posts_mentioned"] == feeder.accepted
    assert facts["bucket_differences"] == []
    assert facts["signals"] > 0
    assert facts["signals_without_incident"] == 0
    assert facts["incidents"] > 0
    assert facts["opened_other_than_once"] == []
    assert facts["incidents_never_told"] == 0
    assert facts["undeliverable"] == []
    assert facts["timers_overdue"] == 0
    assert facts["timers_fired"] > 0
    assert facts["timers_heard_too_often"] == []
    heard = Counter(entry["payload"]["markdown"]["content"] for entry in house.inbox())
    sent = Counter(facts["sent"])
    assert sent - heard == Counter(), "delivered, but never heard"
    again = sum(heard.values()) - sum(sent.values())
    # Between sending and recording stand the sender and the database, nobody else.
    assert 0 <= again <= 1 + reaper.killed["worker-notify"] + reaper.killed["postgres"]
