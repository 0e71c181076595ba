"""The services profile on this machine: the processes of docker-compose.yml, started by hand."""

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from ruamel.yaml import YAML

from tests.processes import FENGHUO, ROOT, clean_environment
from tests.servers import end_with_us, free_port
from tests.waiting import eventually

INGEST, READ, WORK = "ingest", "read", "incidents"


class Service:
    """One process with all that it starts; it may be killed and started again."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path):
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what is left of an earlier one is killed first."""
        self.kill()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_us(),
            )

    def running(self) -> bool:
        """Return whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def family(self) -> list[psutil.Process]:
        """Return its first process and all that this one has started."""
        assert self._process is not None
        with suppress(psutil.Error):
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def kill(self) -> None:
        """Kill all of it with SIGKILL."""
        if self._process is None:
            return
        for process in self.family():
            with suppress(psutil.Error):
                process.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def last_lines(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


class Cluster:
    """All services over one database and one broker, with a stand-in for WeCom."""

    def __init__(self, folder: Path, database_url: str, broker_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.port = free_port()
        self._site_port = free_port()
        self.environment = clean_environment(
            data_dir=str(folder / "data"),
            database_url=database_url,
            broker_url=broker_url,
            base_url=self.url,
            secret_key="a key for tests only, as long as Django asks for",
            wecom_base_url=self.site,
            wecom_robots="值班群=demo",
            sandbox_url=self.site,
        )
        self.services = self._services()

    @property
    def url(self) -> str:
        """Return the console's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def site(self) -> str:
        """Return the address of the demo's site, which also plays WeCom."""
        return f"http://127.0.0.1:{self._site_port}"

    def _services(self) -> dict[str, Service]:
        text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
        made = {}
        for name, service in YAML(typ="safe").load(text)["services"].items():
            command = service.get("command", [])
            if command[:1] == ["fenghuo"]:
                made[name] = self._service(name, [*FENGHUO, *self._here(command[1:])])
        site = ["-m", "demo", "--port", str(self._site_port), "--data", str(self.folder / "site")]
        made["site"] = self._service("site", [sys.executable, *site])
        return made

    def _service(self, name: str, command: list[str]) -> Service:
        return Service(name, command, self.environment, self.folder / f"{name}.log")

    def _here(self, arguments: list[str]) -> list[str]:
        """Return a container's arguments with this machine's address instead of its own."""
        here = {"--host": "127.0.0.1", "--port": str(self.port)}
        before = ["", *arguments]
        return [here.get(last, one) for last, one in zip(before, arguments, strict=False)]

    def prepare(self, *configuration: Path) -> None:
        """Do what the one-shot service `migrate` does, then load these folders."""
        (self.folder / "site").mkdir(exist_ok=True)
        self.fenghuo("migrate", "--verbosity", "0")
        self.fenghuo("load")
        for path in configuration:
            self.fenghuo("load", str(path))

    def fenghuo(self, *arguments: str) -> str:
        """Run one command to its end; return what it printed. Fails the test when it fails."""
        done = subprocess.run(
            [*FENGHUO, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def token(self, *scopes: str) -> str:
        """Make an API token; return it."""
        printed = self.fenghuo("token", "-".join(scopes), "--scope", ",".join(scopes))
        return next(word for word in printed.split() if word.startswith("fh_"))

    def start(self, *names: str) -> None:
        """Start these services, all of them unless named, and wait for those that answer."""
        for name in names or self.services:
            self.services[name].start()
        for name, address in (("site", f"{self.site}/inbox.json"), ("web", f"{self.url}/login")):
            if name in (names or self.services):
                eventually(lambda address=address: answers(address), 60, f"{name} at {address}")

    def kill(self) -> None:
        """Kill every service at once."""
        for service in self.services.values():
            service.kill()

    def inbox(self) -> list[dict[str, Any]]:
        """Return the messages that WeCom took, the oldest first."""
        path = self.folder / "site" / "inbox.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["errcode"] == 0]

    def api(self, token: str) -> httpx.Client:
        """Return a client of the HTTP API."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=30)

    def ask(self, sql: str) -> Any:
        """Return the first value of a query."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            row = connection.execute(sql).fetchone()  # type: ignore[arg-type]  # our own text
        return row[0] if row else None

    def do(self, sql: str) -> int:
        """Run a statement; return how many rows it changed."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(sql).rowcount  # type: ignore[arg-type]  # our own text


def answers(address: str) -> bool:
    """Return whether a page is there."""
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def cluster(folder: Path, database_url: str, broker_url: str) -> Iterator[Cluster]:
    """Give a cluster; nothing of it is left afterwards."""
    with ExitStack() as stack:
        made = Cluster(folder, database_url, broker_url)
        stack.callback(made.kill)
        yield made
