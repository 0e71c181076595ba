"""The command `fenghuo`: light to ask, clear when it is asked wrongly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.command import COMMANDS, ELSEWHERE, main
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


@pytest.mark.parametrize(("name", "option"), sorted(ELSEWHERE))
def test_an_option_that_leads_elsewhere_explains_itself(
    name: str, option: str, tmp_path: Path
) -> None:
    done = fenghuo(name, option, "--help", data_dir=str(tmp_path))
    assert (done.returncode, f"fenghuo {name} {option}" in done.stdout) == (0, True)


def test_what_people_corrected_is_measured_and_exported(tmp_path: Path) -> None:
    assert fenghuo("migrate", data_dir=str(tmp_path)).returncode == 0
    measured = fenghuo("evaluate", "--feedback", "--json", data_dir=str(tmp_path))
    assert json.loads(measured.stdout)["mentions"] == 0
    exported = fenghuo("feedback", "export", data_dir=str(tmp_path))
    assert (exported.returncode, exported.stdout) == (0, "")


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    done = fenghuo("evaluate", "--feedback", data_dir=str(tmp_path))
    assert (done.returncode, "fenghuo migrate" in done.stderr) == (1, True)


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


@pytest.mark.parametrize("command", ["migrate", "load", "check", "token x", "crawl x"])
def test_an_unreachable_database_is_one_line_without_secrets(command: str, tmp_path: Path) -> None:
    done = fenghuo(
        *command.split(),
        data_dir=str(tmp_path),
        database_url="postgresql://me:hunter2@127.0.0.1:1/none",
    )
    assert done.returncode == 1
    assert "Connection refused" in done.stderr or "数据库" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr + done.stdout


def test_a_database_address_that_is_none_is_named_without_its_text(tmp_path: Path) -> None:
    done = fenghuo("migrate", data_dir=str(tmp_path), database_url="hunter2")
    assert (done.returncode, "hunter2" in done.stderr) == (2, False)
    assert "FENGHUO_DATABASE_URL" in done.stderr


def test_what_nobody_foresaw_is_a_line_and_a_file_for_this_user_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(name: str, rest: list[str]) -> int:
        raise RuntimeError("the moon fell\nand more")

    monkeypatch.setattr("config.command._run", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert "the moon fell" in said
    assert "Traceback" not in said
    (details,) = tmp_path.glob("fenghuo-error-*.log")
    assert details.stat().st_mode & 0o077 == 0
    assert "RuntimeError" in details.read_text(encoding="utf-8")
