"""The command `fenghuo`: light to ask, clear when it is asked wrongly."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.command import COMMANDS
from tests.processes import ROOT, clean_environment, fenghuo

# Commands of this table that live as Django management commands, by the room that holds them.
ROOMS = ["catalog", "crawlers", "opinion", "alerts", "reports", "console"]
DJANGO_OWN = {"migrate"}


def imported(*arguments: str) -> set[str]:
    """Return the top-level packages that are imported when the command has answered."""
    code = (
        "import sys\n"
        "from config import command\n"
        "try:\n    command.main(sys.argv[1:])\n"
        "except SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=clean_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_help_lists_every_command_and_exits_well() -> None:
    done = fenghuo("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    heavy = {"django", "celery", "pydantic", "numpy", "jieba", "torch", "scrapy", "rich", "redis"}
    assert imported("--help") & heavy == set()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str, tmp_path: Path) -> None:
    done = fenghuo(name, "--help", data_dir=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower() or "用法" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_home(name: str) -> None:
    target = COMMANDS[name][0]
    if target != "django":
        module = ROOT / Path(*target.partition(":")[0].split("."))
        assert module.with_suffix(".py").exists() or (module / "__init__.py").exists()
    elif name not in DJANGO_OWN:
        homes = [
            room for room in ROOMS if (ROOT / room / "management/commands" / f"{name}.py").exists()
        ]
        assert len(homes) == 1


def test_no_command_is_wrong_usage() -> None:
    done = fenghuo()
    assert done.returncode == 2
    assert "usage: fenghuo" in done.stdout


@pytest.mark.parametrize("name", ["scoer", "runserver", "shell", "flush"])
def test_an_unknown_command_is_named(name: str) -> None:
    done = fenghuo(name)
    assert done.returncode == 2
    assert f"no command '{name}'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["worker"], ["up"], ["check"]])
def test_a_setting_that_cannot_be_used_is_named(command: list[str], tmp_path: Path) -> None:
    done = fenghuo(*command, data_dir=str(tmp_path), debug="perhaps")
    assert done.returncode == 2
    assert "FENGHUO_DEBUG" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    done = fenghuo("worker", data_dir=str(tmp_path), databse_url="x")
    assert done.returncode == 2
    assert "FENGHUO_DATABSE_URL" in done.stderr


def test_a_command_that_scores_without_a_model_of_its_own_imports_no_torch(tmp_path: Path) -> None:
    assert "torch" not in imported("score", "--help")
