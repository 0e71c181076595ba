"""What the tests of this room share."""

from collections.abc import Iterator

import pytest

from opinion.signals import signals_raised


@pytest.fixture
def alone() -> Iterator[None]:
    """Nobody hears the signals: what other rooms do with them is theirs to test."""
    others, signals_raised.receivers = signals_raised.receivers, []
    signals_raised.sender_receivers_cache.clear()
    yield
    signals_raised.receivers = others
    signals_raised.sender_receivers_cache.clear()
