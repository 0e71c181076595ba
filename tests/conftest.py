"""What all tests share. Settings and the data folder: see `tests.settings`."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests import servers

# How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

DATABASE_FIXTURES = {"db", "transactional_db"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="leave out what never asks the database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    kept, left = [], []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", []))
        asks = item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES
        (kept if asks else left).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the address of a real PostgreSQL where databases may be made."""
    with servers.postgres_url() as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """Return the address of a real Redis."""
    with servers.redis_url() as url:
        yield url


@pytest.fixture
def postgres_database(postgres_server: str) -> Iterator[str]:
    """Return the address of a new, empty PostgreSQL database."""
    with servers.new_database(postgres_server) as url:
        yield url
