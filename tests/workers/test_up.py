"""`fenghuo up`: one command starts all, stops all, and leaves nothing behind."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.house import CHILDREN, LOGIN, up
from tests.processes import clean_environment, fenghuo, gone
from tests.servers import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def test_the_first_start_shows_a_login_once_and_the_second_keeps_the_data(tmp_path: Path) -> None:
    folder = tmp_path / "数据 folder"
    with up(folder) as house:
        assert f"http://127.0.0.1:{house.port}" in house.said()
        assert LOGIN.search(house.said())
        assert house.answers()
        family = psutil.Process(house.process.pid).children(recursive=True)
        assert set(house.children()) == CHILDREN

        second = fenghuo("up", "--port", str(free_port()), data_dir=str(folder))
        assert second.returncode == 1
        assert f"already running (pid {house.process.pid})" in second.stderr
        assert "Traceback" not in second.stderr

        house.process.send_signal(signal.SIGINT)
        assert house.process.wait(30) == 0
        assert all(gone(member) for member in family)
        assert "Traceback" not in house.said()
    with up(folder) as house:
        assert not LOGIN.search(house.said())
        assert house.answers()


def test_any_killed_process_comes_back_and_a_killed_parent_leaves_no_orphan(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with up(folder) as house:
        for name, child in house.children().items():
            child.kill()

            def back(name: str = name, old: psutil.Process = child) -> bool:
                new = house.children().get(name)
                return new is not None and new.pid != old.pid

            eventually(back, 30, f"{name} again")
        eventually(house.answers, 60, "the console again")
        family = psutil.Process(house.process.pid).children(recursive=True)
        house.process.kill()
        house.process.wait()
        eventually(lambda: all(gone(member) for member in family), 20, "no orphan")
    with up(folder, port=house.port) as again:
        assert again.answers()


def test_a_port_in_use_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = fenghuo("up", "--no-demo", "--port", str(port), data_dir=str(tmp_path / "d"))
    assert done.returncode == 1
    assert f"端口 {port} 已被占用" in done.stderr
    assert not (tmp_path / "d" / "log").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"broker_url": "redis://user:hidden@127.0.0.1:1/0"}, "消息队列连不上"),
        ({"broker_url": "nonsense://x"}, "no address of a broker"),
        ({"database_url": "postgresql://u:hidden@127.0.0.1:1/x"}, "数据库用不了"),
    ],
)
def test_what_cannot_be_reached_is_named_in_a_clear_line(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    port = str(free_port())
    done = fenghuo("up", "--no-demo", "--port", port, data_dir=str(tmp_path / "d"), **settings)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert "hidden" not in done.stderr + done.stdout


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "fenghuo.sqlite3").write_text("this is a letter" * 100)
    done = fenghuo("up", "--no-demo", "--port", str(free_port()), data_dir=str(tmp_path))
    assert done.returncode == 1
    assert "数据库用不了：file is not a database" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("port", ["0", "70000", "eight"])
def test_a_wrong_port_is_wrong_usage(tmp_path: Path, port: str) -> None:
    done = fenghuo("up", "--port", port, data_dir=str(tmp_path))
    assert done.returncode == 2
    assert "is not a port" in done.stderr


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fenghuo("up", "--no-demo", data_dir=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_child_that_never_lives_ends_up_with_its_last_lines(tmp_path: Path) -> None:
    code = (
        "import sys; from workers import up\n"
        "up.Up._start_processes = lambda self, variables: self._wait_for_web(self._add("
        "'web', ['-c', 'raise SystemExit(\"no such thing as a console\")'], variables))\n"
        f"sys.exit(up.main(['--no-demo', '--port', '{free_port()}']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(data_dir=str(tmp_path / "d")),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "web 一分钟内退出 5 次" in done.stderr
    assert "no such thing as a console" in done.stderr
    assert LOGIN.search(done.stdout), "the login that was made is shown all the same"
