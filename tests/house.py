"""One `fenghuo up` in tests: started as a person would, watched from outside."""

import http.client
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.processes import clean_environment, running
from tests.servers import free_port
from tests.waiting import eventually

CHILDREN = {"redis", "web", "worker", "beat"}
LOGIN = re.compile(r"登录\s+(\S+) / (\S+)")


class House:
    """One `fenghuo up` over a data folder."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, port: int) -> None:
        self.process = process
        self.log = log
        self.port = port

    def said(self) -> str:
        """Return what it printed so far."""
        return self.log.read_text(encoding="utf-8")

    def login(self) -> tuple[str, str]:
        """Return the first login that it showed."""
        found = LOGIN.search(self.said())
        assert found, self.said()
        return found[1], found[2]

    def wait_until_started(self) -> "House":
        """Wait until it says that it has started; fail when it ends instead."""

        def look() -> bool:
            assert self.process.poll() is None, self.said()
            return "已启动" in self.said()

        eventually(look, 120, "up")
        return self

    def children(self) -> dict[str, psutil.Process]:
        """Return its running children by name."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:  # it ends this moment
                continue
            for name in CHILDREN | {"serve"}:
                if f"{name} " in f"{line} " or f"{name}-server" in line:
                    found["web" if name == "serve" else name] = child
        return found

    def answers(self) -> bool:
        """Return whether the console shows its login page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/login")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def up(folder: Path, *arguments: str, port: int | None = None) -> Iterator[House]:
    """Give a started `fenghuo up`, without the demo unless asked; nothing of it is left after."""
    port = port or free_port()
    log = folder.parent / f"{folder.name}-{port}-{len(list(folder.parent.iterdir()))}.txt"
    environment = clean_environment(data_dir=str(folder))
    with running(
        "up", "--port", str(port), *(arguments or ["--no-demo"]), log=log, environment=environment
    ) as process:
        yield House(process, log, port).wait_until_started()
