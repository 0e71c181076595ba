"""/healthz and /metrics: what machines ask."""

from datetime import timedelta

import pytest
from django.test import Client

from config import clock
from console.api import tokens
from reports import heartbeats
from reports.models import Heartbeat

pytestmark = pytest.mark.django_db


def beat_all(ago: timedelta) -> None:
    at = clock.now() - ago
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, at=at) for name in heartbeats.ALLOWED_SILENCE]
    )


def test_health_is_ok_while_every_sweep_is_heard(client: Client) -> None:
    beat_all(ago=timedelta(seconds=3))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_health_fails_and_names_the_sweeps_that_went_silent(client: Client) -> None:
    beat_all(ago=timedelta(seconds=3))
    Heartbeat.objects.filter(name="score").update(at=clock.now() - timedelta(minutes=5))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["stale"] == ["score"]


def test_metrics_need_a_token_that_may_read(client: Client) -> None:
    reader = tokens.issue("prometheus", ["read"], now=clock.now())
    writer = tokens.issue("export", ["ingest"], now=clock.now())
    assert client.get("/metrics").status_code == 401
    for token, status in [(writer, 401), (reader, 200), ("nonsense", 401)]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_metrics_say_how_much_work_waits(admin_client: Client) -> None:
    text = admin_client.get("/metrics").content.decode()
    assert "fenghuo_posts_waiting 0.0" in text
    assert 'fenghuo_sweep_silent{sweep="score"} 1.0' in text
