"""Keeps a handful of child processes running, and leaves none behind.

Children end with their parent even when that is killed: the kernel sends them SIGTERM (Linux), and
where it cannot, the next start ends them by the list kept in the data folder.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

GRACE = 8.0
MOST_DEATHS = 5
WITHIN = 60.0
FIRST_DELAY = 0.5
LOG_BYTES = 5_000_000
LOGS_KEPT = 3
TAIL_LINES = 12

_PR_SET_PDEATHSIG = 1


class GaveUp(Exception):
    """A child died too often; `name`, and the last lines of its log."""

    def __init__(self, name: str, lines: Sequence[str]) -> None:
        super().__init__(name)
        self.name = name
        self.lines = list(lines)


@dataclass(frozen=True)
class Program:
    """What a child runs. `ends_last`: others need it until they are gone."""

    name: str
    arguments: Sequence[str]
    environment: dict[str, str]
    folder: Path
    stdin: str = ""
    ends_last: bool = False


@dataclass
class Child:
    """A program, its running process if any, and its recent deaths."""

    program: Program
    log: Path
    process: subprocess.Popen[bytes] | None = None
    deaths: deque[float] = field(default_factory=deque)
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that its whole family can be ended.

        Call it from the main thread: the kernel's death signal follows the thread that starts.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        rotate(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 (our own programs)
                list(self.program.arguments),
                stdin=subprocess.PIPE if self.program.stdin else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.program.environment,
                cwd=self.program.folder,
                start_new_session=True,
                preexec_fn=_end_with_parent(os.getpid()),
            )
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(self.program.stdin.encode())
                self.process.stdin.close()

    def running(self) -> bool:
        """Return whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process and to all that it started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)

    def last_lines(self) -> list[str]:
        """Return the end of its log."""
        with suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8_000))
            return log.read().decode("utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return []


class Supervisor:
    """Starts children, restarts the dead with growing delay, stops all of them.

    `say(text)` hears what happens. Nothing here sleeps but `run` and `stop`.
    """

    def __init__(self, log_folder: Path, register: Path, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._logs = log_folder
        self._register = register
        self._say = say
        self._next_rotation = 0.0

    def add(self, program: Program) -> Child:
        """Start a program and keep it running from now on."""
        child = Child(program, self._logs / f"{program.name}.log")
        child.start()
        self.children.append(child)
        self._write_register()
        return child

    def look(self, now: float) -> None:
        """Notice deaths and start what is due at `now` (monotonic seconds).

        Raises GaveUp when a child died five times in a minute.
        """
        for child in self.children:
            if child.process is not None and not child.running():
                self._bury(child, now)
            if child.process is None and now >= child.start_at:
                child.start()
                self._write_register()
        if now >= self._next_rotation:
            self._next_rotation = now + 30.0
            for child in self.children:
                rotate(child.log)

    def _bury(self, child: Child, now: float) -> None:
        code = child.process.returncode if child.process else 0
        child.signal(signal.SIGKILL)  # what it started and left behind
        child.process = None
        child.deaths.append(now)
        while now - child.deaths[0] > WITHIN:
            child.deaths.popleft()
        if len(child.deaths) >= MOST_DEATHS:
            raise GaveUp(child.program.name, child.last_lines())
        delay = FIRST_DELAY * 2 ** (len(child.deaths) - 1)
        child.start_at = now + delay
        why = f"信号 {-code}" if code < 0 else f"退出码 {code}"
        self._say(f"{child.program.name} 意外退出（{why}），{delay:g} 秒后重启")

    def run(self, stopped: Callable[[], bool]) -> None:
        """Watch until `stopped()`. Raises GaveUp."""
        while not stopped():
            self.look(time.monotonic())
            time.sleep(0.2)

    def stop(self, grace: float = GRACE) -> None:
        """End all children: politely, then after `grace` seconds for good."""
        self._end([child for child in self.children if not child.program.ends_last], grace)
        self._end([child for child in self.children if child.program.ends_last], grace)
        self._register.unlink(missing_ok=True)

    def _end(self, children: Sequence[Child], grace: float) -> None:
        for child in children:
            if child.running():
                child.signal(signal.SIGTERM)
        end = time.monotonic() + grace
        while time.monotonic() < end and any(child.running() for child in children):
            time.sleep(0.05)
        for child in children:
            if child.running():
                self._say(f"{child.program.name} 没有按时结束，强制停止")
            child.signal(signal.SIGKILL)
            if child.process is not None:
                child.process.wait()

    def _write_register(self) -> None:
        known = {}
        for child in self.children:
            if child.process is not None:
                with suppress(psutil.NoSuchProcess):
                    known[child.process.pid] = psutil.Process(child.process.pid).create_time()
        self._register.write_text(json.dumps(known), encoding="ascii")


def end_leftovers(register: Path) -> int:
    """End children of a supervisor that was killed; return how many still lived.

    The process number alone proves nothing, so the moment of its start must agree as well.
    """
    try:
        known = json.loads(register.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
    ended = 0
    for number, began in known.items():
        with suppress(psutil.Error, ProcessLookupError, PermissionError, ValueError):
            process = psutil.Process(int(number))
            if abs(process.create_time() - began) < 1.0:
                os.killpg(process.pid, signal.SIGKILL)
                ended += 1
    register.unlink(missing_ok=True)
    return ended


def rotate(log: Path) -> None:
    """Begin a log anew when it is too long, keeping the three before it.

    The writers hold the file open for appending, so its content moves and the file stays.
    """
    try:
        if log.stat().st_size < LOG_BYTES:
            return
    except OSError:
        return
    for number in range(LOGS_KEPT, 1, -1):
        older = log.with_suffix(f".log.{number - 1}")
        if older.exists():
            older.replace(log.with_suffix(f".log.{number}"))
    log.with_suffix(".log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """Return what a child does before it begins: ask the kernel for SIGTERM at our death."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
