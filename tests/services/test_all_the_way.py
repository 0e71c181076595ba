"""A severe post goes all the way: API, database, scoring, incident, WeCom, and back by the API."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import ROOT
from tests.services.cluster import INGEST, READ, WORK, Cluster, answers, cluster
from tests.waiting import eventually

pytestmark = [pytest.mark.services, pytest.mark.slow]

SEVERE = {
    "platform": "weibo",
    "kind": "social",
    "native_id": "all-the-way-1",
    "text": "星禾小家电有严重质量问题，烧水时漏电把孩子电到了，送了急诊，大家千万别买",
    "author": "路人甲",
    "reposts": 40,
    "published_at": "2026-03-02T09:00:00+08:00",
}


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, redis_server: str
) -> Iterator[Cluster]:
    from tests.servers import new_database

    folder = tmp_path_factory.mktemp("cluster")
    with (
        new_database(postgres_server) as database,
        cluster(folder, database, redis_server) as made,
    ):
        made.prepare(ROOT / "demo" / "config")
        made.start()
        yield made


def message_about(house: Cluster, incident: dict[str, Any]) -> str:
    link = re.compile(rf"/incidents/{incident['id']}\b")
    texts = [entry["payload"]["markdown"]["content"] for entry in house.inbox()]
    return next((text for text in texts if link.search(text)), "")


def test_a_severe_post_becomes_a_wecom_message_and_is_worked_on(house: Cluster) -> None:
    from config import clock

    token = house.token(INGEST, READ, WORK)
    post = SEVERE | {"published_at": clock.now().isoformat()}
    with house.api(token) as api:
        saved = api.post("/posts", json=[post])
        assert saved.status_code == 202, saved.text
        assert saved.json() == {"accepted": 1, "duplicates": 0, "rejected": []}

        def opened() -> list[dict[str, Any]]:
            found = api.get("/incidents", params={"level": "severe", "subject": "xinghe"})
            incidents: list[dict[str, Any]] = found.json()["incidents"]
            return incidents

        incident = eventually(opened, 60, "a severe incident")[0]
        assert incident["state"] == "open"
        assert incident["response_due_at"]
        text = eventually(lambda: message_about(house, incident), 60, "its WeCom message")
        assert "严重" in text
        assert "星禾" in text

        path = f"/incidents/{incident['id']}"
        for action, state in (
            ("acknowledge", "acknowledged"),
            ("resolve", "resolved"),
            ("verify", "verified"),
        ):
            moved = api.post(f"{path}/{action}", json={"reason": "测试中处理"})
            assert moved.status_code == 200, moved.text
            assert moved.json()["state"] == state
        assert api.post(f"{path}/acknowledge").status_code == 409
        kinds = [event["kind"] for event in api.get(path).json()["events"]]
        assert "opened" in kinds

        again = api.post("/posts", json=[post])
        assert again.json() == {"accepted": 0, "duplicates": 1, "rejected": []}


def test_the_crawler_crawls(house: Cluster) -> None:
    sql = "SELECT count(*) FROM crawlers_post WHERE platform = 'shop'"
    eventually(lambda: house.ask(sql), 90, "posts from the shop")
    scored = "SELECT count(*) FROM opinion_mention"
    eventually(lambda: house.ask(scored), 60, "mentions")


def test_every_health_check_of_the_file_passes(house: Cluster) -> None:
    eventually(lambda: answers(f"{house.url}/healthz"), 90, "/healthz")
    for queue in ("crawl", "score", "alert", "notify", "report"):
        house.fenghuo("worker", "--queues", queue, "--check")
    house.fenghuo("beat", "--check")


def test_every_service_stops_politely_when_it_is_asked(house: Cluster) -> None:
    for service in house.services.values():
        service.family()[0].terminate()
    for name, service in house.services.items():
        eventually(lambda service=service: not service.running(), 40, f"{name} ended")
        assert "Traceback" not in service.last_lines(), service.last_lines()
