"""The embedded profile, started for a benchmark in a directory of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil

FENGHUO = [sys.executable, "-m", "config.command"]
PATIENCE_S = 60.0


@dataclass
class Recorder:
    """A WeCom stand-in: says ok and remembers when each message came, and its text."""

    url: str = ""
    messages: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class Stack:
    """A running `fenghuo up`."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    wecom: Recorder

    def command(self, *arguments: str) -> str:
        """Run a fenghuo command against this stack's data; return what it printed."""
        return _command(self.environment, *arguments)

    def memory(self) -> int:
        """Return the bytes that all its processes hold, shared pages counted once (PSS)."""
        family = [psutil.Process(self.process.pid)]
        family += family[0].children(recursive=True)
        total = 0
        for process in family:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
        return total


@contextmanager
def running(config: dict[str, Any], *, robots: str = "bench=key") -> Iterator[Stack]:
    """Start everything with `config` (file name to YAML-able rows) loaded; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="fh-bench-") as folder, _recorder() as wecom:
        port = free_port()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("FENGHUO_")},
            "FENGHUO_DATA_DIR": f"{folder}/data",
            "FENGHUO_BASE_URL": f"http://127.0.0.1:{port}",
            "FENGHUO_WECOM_BASE_URL": wecom.url,
            "FENGHUO_WECOM_ROBOTS": robots,
        }
        _command(environment, "migrate", "--verbosity", "0")
        _command(environment, "load")
        _command(environment, "load", str(_written(Path(folder) / "config", config)))
        process = subprocess.Popen(
            [*FENGHUO, "up", "--no-demo", "--port", str(port)],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            stack = Stack(f"http://127.0.0.1:{port}", environment, process, wecom)
            _wait_until_healthy(stack)
            yield stack
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _written(folder: Path, config: dict[str, Any]) -> Path:
    folder.mkdir()
    for name, rows in config.items():
        # JSON is YAML.
        (folder / name).write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return folder


def _command(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [*FENGHUO, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"fenghuo {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _wait_until_healthy(stack: Stack) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if stack.process.poll() is not None:
            raise SystemExit(f"fenghuo up ended with {stack.process.returncode}")
        try:
            if httpx.get(f"{stack.url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"not healthy after {PATIENCE_S:.0f} s")


@contextmanager
def _recorder() -> Iterator[Recorder]:
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came = time.time()
            body = self.rfile.read(int(self.headers["Content-Length"]))
            recorder.messages.append((came, body.decode()))
            answer = b'{"errcode":0,"errmsg":"ok"}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield recorder
    finally:
        server.shutdown()
