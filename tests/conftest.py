"""What all tests share. Settings and the data folder: see `tests.settings`."""

from collections.abc import Iterator

import pytest

from tests import servers


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
