"""Where the broker answers."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

SOCKET_NAME = "redis.sock"
# A socket's path has 104 bytes on macOS, 108 on Linux, one of them for the end.
LONGEST_SOCKET = 100


class BrokerError(Exception):
    """The broker cannot be had; the message says why and what to do."""


def url(given: str, data_dir: Path) -> str:
    """Return the broker's address: the one `given`, else the private Redis of this data folder."""
    return given or "redis+socket://" + quote(str(socket_path(data_dir)))


def check(address: str) -> None:
    """Raise BrokerError when no broker of this kind is known; asks nobody whether it is there."""
    from kombu.transport import TRANSPORT_ALIASES

    kind, sign, _ = address.partition("://")
    # What follows a plus says how to get there: redis+socket.
    if not sign or kind.partition("+")[0] not in TRANSPORT_ALIASES:
        raise BrokerError(
            "FENGHUO_BROKER_URL: this is no address of a broker. "
            "It looks like redis://host:6379/0 or amqp://user:password@host:5672//"
        )


def socket_path(data_dir: Path) -> Path:
    """Return where the private Redis listens; the same for every process of this data folder.

    Raises BrokerError when the data folder's path is too long and no other folder will do.
    """
    near = data_dir / SOCKET_NAME
    if len(os.fsencode(near)) <= LONGEST_SOCKET:
        return near
    name = f"fenghuo-{os.getuid()}-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    for parent in _short_folders():
        folder = parent / name
        if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET and _is_ours(folder):
            return folder / SOCKET_NAME
    raise BrokerError(f"the path of the data folder is too long for a socket: {data_dir}")


def _short_folders() -> Iterator[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        yield Path(runtime)
    yield Path(tempfile.gettempdir())
    yield from (Path("/dev/shm"), Path("/var/tmp"), Path.home())  # noqa: S108 (owner is checked)


def _is_ours(folder: Path) -> bool:
    """Make `folder` for us alone; False where another user holds the name."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return ours and stat.S_IMODE(found.st_mode) == 0o700
