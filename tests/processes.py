"""Starting Fenghuo's own processes in tests, as a person or a container would."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.servers import end_with_us

ROOT = Path(__file__).resolve().parent.parent
FENGHUO = [sys.executable, "-m", "config.command"]


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this environment with these settings of Fenghuo and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FENGHUO_")}
    return kept | {f"FENGHUO_{name.upper()}": value for name, value in settings.items()}


def fenghuo(
    *arguments: str, seconds: float = 120, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*FENGHUO, *arguments],
        env=clean_environment(**settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@contextmanager
def running(
    *arguments: str, log: Path, environment: Mapping[str, str], command: list[str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep one process running; afterwards it and all that it started are gone."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*(command or FENGHUO), *arguments],
            env=dict(environment),
            cwd=ROOT,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_us(),
        )
    try:
        yield process
    finally:
        end_family(process)


def end_family(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its descendants."""
    family = []
    if process.poll() is None:
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
    for member in family:
        if member.is_running():
            member.kill()
    process.wait()


def gone(process: psutil.Process) -> bool:
    """Return whether a process has ended; one that nobody has buried counts."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
