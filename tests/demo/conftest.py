"""The demo site with a clock that the test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from demo.site import create_app

START = datetime(2024, 11, 18, 6, 0, tzinfo=UTC)
ROBOTS = {"值班群": "key-duty", "日常群": "key-daily"}


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def at(self, seconds: float) -> None:
        self.now = START + timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    """The site on its first start; the clock stands at the start of the story."""
    with TestClient(create_app(tmp_path, ROBOTS, clock)) as client:
        yield client


@pytest.fixture
def told(site: TestClient, clock: Clock) -> TestClient:
    """The site two minutes into the story: leak and rumour are told."""
    clock.at(120)
    return site
