"""`fenghuo up`: everything on this machine, in one command, with no server to install.

It starts a private Redis (unless FENGHUO_BROKER_URL names a broker), the console, a worker and the
scheduler, and in the demo its site; keeps them running; and ends all of them with itself. One `up`
per data folder: a lock says so. Which start plays the demo is told in `workers.demo_mode`.
"""

import argparse
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from config import clock
from config.environment import Environment, SettingsError, read
from workers import broker, demo_mode, redis_child, terminal
from workers.supervisor import Child, GaveUp, Program, Supervisor, end_leftovers

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
REDIS_WAIT = 10.0
WEB_WAIT = 60.0


class CannotStart(Exception):
    """Something is in the way; the message says what, and what to do."""


class Interrupted(Exception):
    """Ctrl-C or SIGTERM came while starting."""


def main(arguments: Sequence[str]) -> int:
    """Run until Ctrl-C; return 0 then, 1 when it could not start or had to give up."""
    options = _options(arguments)
    try:
        return Up(options.port, options.demo, read()).run()
    except SettingsError as exc:
        terminal.complain(str(exc))
        return 2
    except (CannotStart, broker.BrokerError, OSError) as exc:
        terminal.complain(str(exc))
        return 1
    except Interrupted:
        return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("fenghuo up", description="Start everything on this machine.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--demo", dest="demo", action="store_const", const="yes", default="auto")
    which.add_argument(
        "--no-demo",
        dest="demo",
        action="store_const",
        const="no",
        help="start empty; unless said, a folder where nothing is configured plays the demo",
    )
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help=f"of the console ({DEFAULT_PORT})"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port (1 to 65535)")
    return int(text)


class Up:
    """One start of everything."""

    def __init__(self, port: int, demo: str, environment: Environment) -> None:
        self.port = port
        self.demo = demo
        self.environment = environment
        self.data_dir = environment.data_dir.expanduser().resolve()
        self.base_url = (
            environment.base_url.rstrip("/")
            if "base_url" in environment.model_fields_set
            else f"http://{HOST}:{port}"
        )
        self.supervisor = Supervisor(self.data_dir / "log", self.data_dir / "children.json", _warn)
        self.login: tuple[str, str] | None = None
        self._stop = False

    def run(self) -> int:
        """Start, watch, stop; return the exit code."""
        began = time.monotonic()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with _lock(self.data_dir):
            _check_port(self.port)
            end_leftovers(self.data_dir / "children.json")
            self._take_signals()
            try:
                outcome = self._start()
                self._greet(outcome, time.monotonic() - began)
                self.supervisor.run(lambda: self._stop)
            except GaveUp as exc:
                terminal.complain(f"{exc.name} 一分钟内退出 5 次，停止。它的最后几行日志：")
                sys.stderr.writelines(f"    {line}\n" for line in exc.lines)
                return 1
            finally:
                self._show_login()
                terminal.say("正在停止 …", "dim")
                self.supervisor.stop()
                terminal.say("已停止，数据都在。", "dim")
        return 0

    def _take_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self._stop = True

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def _start(self) -> dict[str, object]:
        terminal.say("烽火 Fenghuo", "strong")
        if self.demo == "no" and demo_mode.is_demo(self.data_dir):
            self._set_demo_aside()
        given = self.environment.broker_url
        address = broker.url(given.get_secret_value() if given else "", self.data_dir)
        if not given:
            with terminal.step("启动消息队列"):
                self._start_redis()
        else:
            _check_broker(address)
        variables = os.environ | {
            "FENGHUO_DATA_DIR": str(self.data_dir),
            "FENGHUO_BROKER_URL": address,
            "FENGHUO_BASE_URL": self.base_url,
            "PYTHONUNBUFFERED": "1",
        }
        outcome = self._prepare(variables)
        if outcome["demo"]:
            variables |= self._start_site(variables)
        with terminal.step("启动控制台与后台任务"):
            self._start_processes(variables)
        return outcome

    def _set_demo_aside(self) -> None:
        if self.environment.database_url:
            raise CannotStart(
                "这个数据库里是演示数据。请换一个 FENGHUO_DATABASE_URL，再用另一个 FENGHUO_DATA_DIR"
            )
        folder = demo_mode.set_aside(self.data_dir, clock.now())
        terminal.say(f"演示数据已移到 {folder}，没有删除。")

    def _start_redis(self) -> None:
        path = broker.socket_path(self.data_dir)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and redis_child.answers(path):
            redis_child.end_orphan(path)
        arguments = [redis_child.program(), "-"]
        child = self.supervisor.add(
            Program("redis", arguments, dict(os.environ), path.parent, redis_child.CONFIG, True)
        )
        self._wait(lambda: redis_child.answers(path), REDIS_WAIT, child)

    def _prepare(self, variables: dict[str, str]) -> dict[str, object]:
        done = subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-m", "workers.first_run", "--demo", self.demo],
            env=variables,
            stdout=subprocess.PIPE,
            check=False,
            start_new_session=True,  # Ctrl-C lets a migration end, then stops
        )
        self._heed_signals()
        if done.returncode:
            raise CannotStart("准备数据库没有成功（原因见上）")
        outcome: dict[str, object] = json.loads(done.stdout)
        login = outcome["login"]
        if isinstance(login, list):
            self.login = (str(login[0]), str(login[1]))
        return outcome

    def _start_site(self, variables: dict[str, str]) -> dict[str, str]:
        """Start the demo's site; return the settings that point at it."""
        port = _free_port(demo_mode.site_port(self.data_dir), self.port + 1)
        demo_mode.mark(self.data_dir, port)
        folder = self.data_dir / demo_mode.SITE_FOLDER
        folder.mkdir(exist_ok=True)
        self._add("demo", ["-m", "demo", "--port", str(port), "--data", str(folder)], variables)
        url = f"http://{HOST}:{port}"
        return {
            "FENGHUO_SANDBOX_URL": url,
            "FENGHUO_WECOM_BASE_URL": url,
            "FENGHUO_WECOM_ROBOTS": "值班群=demo",
        }

    def _start_processes(self, variables: dict[str, str]) -> None:
        """Start what every profile has, and wait for the console."""
        fenghuo = ["-m", "config.command"]
        own = ["--parent", str(os.getpid())]
        web = self._add(
            "web", [*fenghuo, "serve", "--host", HOST, "--port", str(self.port)], variables
        )
        self._add("worker", [*fenghuo, "worker", "--pool", "threads", *own], variables)
        self._wait_for_web(web)
        # The worker looks once by itself; the scheduler need not compete with the console's start.
        self._add("beat", [*fenghuo, "beat", *own], variables)

    def _add(self, name: str, arguments: Sequence[str], variables: dict[str, str]) -> Child:
        command = [sys.executable, *arguments]
        return self.supervisor.add(Program(name, command, dict(variables), Path.cwd()))

    def _wait_for_web(self, web: Child) -> None:
        def answers() -> bool:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                return False
            else:
                return True
            finally:
                connection.close()

        self._wait(answers, WEB_WAIT, web)

    def _wait(self, ready: Callable[[], bool], seconds: float, child: Child) -> None:
        """Watch until `ready()`. Raises CannotStart with the end of the child's log."""
        end = time.monotonic() + seconds
        while not ready():
            self._heed_signals()
            self.supervisor.look(time.monotonic())
            if time.monotonic() > end:
                lines = "\n    ".join(child.last_lines())
                raise CannotStart(f"{child.program.name} 没有起来。日志：\n    {lines}")
            time.sleep(0.05)

    def _heed_signals(self) -> None:
        if self._stop:
            raise Interrupted

    def _greet(self, outcome: dict[str, object], took: float) -> None:
        terminal.say(f"已启动（{took:.1f} 秒），按 Ctrl-C 停止", "good")
        terminal.say(f"  控制台  {terminal.paint(self.base_url, 'strong')}")
        self._show_login()
        if outcome["demo"]:
            terminal.say(
                f"  演示    两分钟内出现三个级别的事件；企业微信收件箱 {self.base_url}/demo/inbox"
            )
            terminal.say(
                "          监测自己的品牌：make up DEMO=no（演示数据会移到一边，不会混在一起）"
            )
        elif outcome["empty"]:
            terminal.say(
                "  下一步  还没有监测对象：照 config/defaults 的样子写好，再 fenghuo load 目录"
            )
        terminal.say(f"  日志    {self.data_dir / 'log'}")

    def _show_login(self) -> None:
        """Show the first login, once; also when the start fails after it was made."""
        if self.login:
            name, password = self.login
            self.login = None
            terminal.say(
                f"  登录    {name} / {password}  （只显示这一次；"
                f"换一个：fenghuo user {name} --new-password）"
            )


def _warn(text: str) -> None:
    terminal.say(f"{clock.now().astimezone(clock.SHANGHAI):%H:%M:%S} {text}", "warn")


@contextmanager
def _lock(data_dir: Path) -> Iterator[IO[str]]:
    """Hold the data folder for this process alone. Raises CannotStart naming who holds it."""
    with (data_dir / "up.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "?"
            raise CannotStart(f"{data_dir} 已经在运行：already running (pid {holder})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def _check_port(port: int) -> None:
    if not _is_free(port):
        raise CannotStart(
            f"端口 {port} 已被占用。换一个：make up PORT={port + 10}"
            f" 或 fenghuo up --port {port + 10}"
        )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
        return True


def _free_port(*wanted: int) -> int:
    """Return the first of the wanted ports that is free, else any free one."""
    for port in wanted:
        if port and _is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _check_broker(address: str) -> None:
    from kombu import Connection
    from kombu.exceptions import KombuError
    from redis.exceptions import RedisError

    broker.check(address)
    try:
        with Connection(address, transport_options={"socket_connect_timeout": 3}) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
    except (KombuError, RedisError, OSError, ValueError) as exc:
        where = address.rpartition("@")[2]
        raise CannotStart(f"消息队列连不上（FENGHUO_BROKER_URL，{where}）：{exc}") from None
