"""Children of the supervisor are restarted, given up on, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.waiting import eventually
from workers.supervisor import (
    LOG_BYTES,
    Child,
    GaveUp,
    Program,
    Supervisor,
    end_leftovers,
    rotate,
)

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(15, signal.SIG_IGN); {SLEEPER}"
NOTING_ITS_END = f"""
import signal, sys, time

def end(*_):
    open(sys.argv[1], "w").write(str(time.monotonic()))
    sys.exit()

signal.signal(15, end)
{SLEEPER}
"""
PARENT = f"""
import os, sys, time
from pathlib import Path
from workers.supervisor import Program, Supervisor

folder = Path(sys.argv[1])
house = Supervisor(folder / "log", folder / "children.json", print)
program = Program("x", [sys.executable, "-c", {SLEEPER!r}], dict(os.environ), folder)
print(house.add(program).process.pid, flush=True)
time.sleep(600)
"""
FAMILY = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


class House:
    """A supervisor with what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.supervisor = Supervisor(folder / "log", folder / "children.json", self.said.append)

    def add(self, code: str, name: str = "sleeper") -> Child:
        arguments = [sys.executable, "-c", code]
        return self.supervisor.add(Program(name, arguments, dict(os.environ), self.folder))

    def add_ready(self, code: str, name: str = "sleeper") -> Child:
        child = self.add(code, name)
        eventually(lambda: "up" in child.last_lines(), what="the child's first line")
        return child


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.supervisor.stop(grace=0)


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def die(child: Child, house: House, at: float) -> None:
    assert child.process is not None
    child.process.kill()
    child.process.wait()
    house.supervisor.look(at)


def wait_for_death(child: Child) -> None:
    assert child.process is not None
    child.process.wait(20)


def test_a_dead_child_is_restarted_after_a_delay_that_grows(house: House) -> None:
    child = house.add(SLEEPER)
    first = pid(child)
    die(child, house, at=100.0)
    assert child.process is None
    house.supervisor.look(100.4)
    assert child.process is None
    house.supervisor.look(100.5)
    assert pid(child) != first
    die(child, house, at=101.0)
    assert child.start_at == 102.0
    assert "sleeper 意外退出（信号 9），0.5 秒后重启" in house.said


def test_five_deaths_in_a_minute_give_up_with_the_last_lines(house: House) -> None:
    child = house.add("print('no disk left', flush=True); raise SystemExit(3)")
    for death in range(4):
        wait_for_death(child)
        house.supervisor.look(100.0 + death)
        child.start()
    wait_for_death(child)
    with pytest.raises(GaveUp) as caught:
        house.supervisor.look(104.0)
    assert caught.value.name == "sleeper"
    assert "no disk left" in caught.value.lines
    assert "退出码 3" in house.said[0]


def test_deaths_more_than_a_minute_apart_are_forgotten(house: House) -> None:
    child = house.add(SLEEPER)
    for death in range(8):
        die(child, house, at=100.0 + 61.0 * death)
        house.supervisor.look(101.0 + 61.0 * death)
    assert child.running()


def test_stop_ends_what_children_started_too(house: House) -> None:
    parent = pid(house.add(FAMILY, "family"))
    family = psutil.Process(parent)
    grandchild = eventually(lambda: family.children(), what="the grandchild")[0]
    house.supervisor.stop(grace=5)
    assert not psutil.pid_exists(parent)
    eventually(lambda: not grandchild.is_running() or grandchild.status() == "zombie")


def test_a_child_that_ignores_the_polite_signal_is_killed(house: House) -> None:
    child = house.add_ready(STUBBORN)
    house.supervisor.stop(grace=0.2)
    assert not child.running()
    assert any("强制停止" in line for line in house.said)


def test_what_ends_last_outlives_the_others(house: House) -> None:
    stamps = [house.folder / "first", house.folder / "last"]
    for stamp in stamps:
        program = Program(
            stamp.name,
            [sys.executable, "-c", NOTING_ITS_END, str(stamp)],
            dict(os.environ),
            house.folder,
            ends_last=stamp.name == "last",
        )
        child = house.supervisor.add(program)
        eventually(lambda child=child: "up" in child.last_lines())
    house.supervisor.children.reverse()
    house.supervisor.stop()
    first, last = (float(stamp.read_text()) for stamp in stamps)
    assert first < last


def test_children_of_a_killed_parent_end_by_themselves(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    eventually(lambda: not child.is_running() or child.status() == "zombie", 10)


def test_leftovers_are_ended_only_when_number_and_start_agree(house: House, tmp_path: Path) -> None:
    child = house.add_ready(SLEEPER)
    register = tmp_path / "children.json"
    began = psutil.Process(pid(child)).create_time()
    register.write_text(f'{{"{pid(child)}": {began - 60}}}')
    assert end_leftovers(register) == 0
    assert child.running()
    register.write_text(f'{{"{pid(child)}": {began}}}')
    assert end_leftovers(register) == 1
    eventually(lambda: not child.running())


@pytest.mark.parametrize("text", ["", "{", '{"x": 1}'])
def test_a_broken_list_of_leftovers_is_ignored(tmp_path: Path, text: str) -> None:
    register = tmp_path / "children.json"
    register.write_text(text)
    assert end_leftovers(register) == 0


def test_a_long_log_begins_anew_and_three_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("ab") as writer:
        for number in range(5):
            writer.write(bytes([ord("0") + number]) * LOG_BYTES)
            writer.flush()
            rotate(log)
        writer.write(b"the end")
    assert log.read_bytes() == b"the end"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "web.log", "web.log.1", "web.log.2", "web.log.3",
    ]  # fmt: skip
    assert (tmp_path / "web.log.1").read_bytes()[:1] == b"4"


def test_run_watches_until_it_is_told_to_stop(house: House) -> None:
    child = house.add(SLEEPER)
    first = pid(child)
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 20
    house.supervisor.run(
        lambda: (child.process is not None and pid(child) != first) or time.monotonic() > end
    )
    assert pid(child) != first
