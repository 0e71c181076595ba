"""Every process of a data folder finds the same broker."""

import os
from pathlib import Path

import pytest

from workers import broker


def test_the_named_broker_is_used(tmp_path: Path) -> None:
    assert broker.url("redis://somewhere:6379/0", tmp_path) == "redis://somewhere:6379/0"


def test_the_private_redis_listens_in_the_data_folder() -> None:
    assert broker.url("", Path("/srv/烽火 data")) == (
        "redis+socket:///srv/%E7%83%BD%E7%81%AB%20data/redis.sock"
    )


@pytest.mark.parametrize(
    "address", ["redis://h:6379/0", "rediss://h/0", "amqp://u:p@h//", "memory://"]
)
def test_a_broker_of_a_known_kind_is_accepted(address: str, tmp_path: Path) -> None:
    broker.check(address)
    broker.check(broker.url("", tmp_path))


def test_a_long_path_moves_the_socket_to_a_short_folder_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    long = tmp_path / ("长" * 40)
    path = broker.socket_path(long)
    assert path == broker.socket_path(long)
    assert len(os.fsencode(path)) <= broker.LONGEST_SOCKET
    assert path != broker.socket_path(tmp_path / ("另" * 40))
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_enter_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    long = tmp_path / ("长" * 40)
    first = broker.socket_path(long)
    first.parent.chmod(0o777)
    assert broker.socket_path(long) != first
