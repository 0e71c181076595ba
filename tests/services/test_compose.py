"""docker-compose.yml and the Dockerfile: no engine is needed to see whether they fit the code."""

import re
import shlex
import subprocess
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.command import COMMANDS
from config.environment import PREFIX, Environment
from tests.processes import ROOT
from workers import processes
from workers.schedule import QUEUES

KNOWN = {PREFIX + name.upper() for name in Environment.model_fields}
THIRD_PARTY = {"postgres", "redis"}
SECRETS = ("PASSWORD", "SECRET", "SALT", "ROBOTS")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = YAML(typ="safe").load(text)
    return loaded


@pytest.fixture(scope="module")
def ours(compose: dict[str, Any]) -> dict[str, Any]:
    return {name: s for name, s in compose["services"].items() if name not in THIRD_PARTY}


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def fenghuo_calls(command: list[str]) -> list[list[str]]:
    """Return the arguments of each `fenghuo` that a container's command runs."""
    if command[:2] == ["sh", "-c"]:
        return [shlex.split(part)[1:] for part in command[2].split("&&")]
    return [command[1:]] if command[0] == "fenghuo" else []


def test_every_process_of_the_house_is_a_service(ours: dict[str, Any]) -> None:
    assert set(ours) == {"migrate", "web", "beat", *(f"worker-{queue}" for queue in QUEUES)}


def test_every_service_runs_a_command_that_exists(ours: dict[str, Any]) -> None:
    for name, service in ours.items():
        calls = fenghuo_calls(service["command"])
        assert calls, name
        assert all(call[0] in COMMANDS for call in calls), name


def test_every_worker_takes_the_queue_of_its_name(ours: dict[str, Any]) -> None:
    for queue in QUEUES:
        service = ours[f"worker-{queue}"]
        for command in (service["command"], service["healthcheck"]["test"][1:]):
            (call,) = fenghuo_calls(command)
            assert processes._worker_options(call[1:]).queues == [queue]
        assert "--check" in service["healthcheck"]["test"]


def test_every_long_running_service_has_a_health_check(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "migrate":
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name


def test_everything_starts_after_what_it_needs(ours: dict[str, Any]) -> None:
    for name, service in ours.items():
        needed = service["depends_on"]
        if name == "migrate":
            assert needed == {"postgres": {"condition": "service_healthy"}}
        else:
            assert needed["migrate"] == {"condition": "service_completed_successfully"}
            assert needed["redis"] == {"condition": "service_healthy"}


def test_every_setting_is_one_that_fenghuo_knows(ours: dict[str, Any]) -> None:
    for service in ours.values():
        assert set(service["environment"]) <= KNOWN


def test_no_secret_has_a_value_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service["environment"].items() if "environment" in service else ():
            if any(word in name for word in SECRETS):
                assert re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value), name
            if name.endswith("DATABASE_URL"):
                assert ":${POSTGRES_PASSWORD:?" in value


def test_what_the_example_names_is_what_the_file_asks_for(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in set(re.findall(r"\$\{(\w+)[:?-]", text)):
        assert f"#{name}=" in example


def test_no_process_runs_as_root(ours: dict[str, Any], dockerfile: str) -> None:
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\S+)$", last_stage, flags=re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}
    assert all("user" not in service and "privileged" not in service for service in ours.values())
    assert all(service["cap_drop"] == ["ALL"] for service in ours.values())


def test_no_secret_is_baked_into_the_image(dockerfile: str) -> None:
    lasting = [line for line in dockerfile.splitlines() if line.startswith(("ENV", "ARG"))]
    assert not any(word in line for line in lasting for word in SECRETS)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored, "what is not named stays out, so .env and var do"
    assert not any(line.startswith(("!.env", "!var")) for line in ignored)


def test_the_image_gets_every_room(dockerfile: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rooms = [path.parent.name for path in ROOT.glob("*/__init__.py")]
    left_out = {"tests", "benchmarks"}
    assert {f"!{room}/" for room in rooms if room not in left_out} <= set(ignored)
    named = re.findall(r"^COPY (?!--from)(\S+) ", dockerfile, flags=re.MULTILINE)
    assert all(name == "." or (ROOT / name).exists() for name in named)


def test_the_image_locks_its_tool_as_make_does(dockerfile: str) -> None:
    version = re.compile(r"uv==([\d.]+)")
    make = version.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    assert version.findall(dockerfile) == make


def test_compose_reads_it_where_compose_is() -> None:
    """`docker compose config` also reads merges and conditions; machines without it have no say."""
    try:
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return
    done = subprocess.run(
        ["docker", "compose", "-f", "docker-compose.yml", "config", "--quiet"],
        env={"PATH": "/usr/bin:/usr/local/bin", "HOME": "/", "POSTGRES_PASSWORD": "x",
             "FENGHUO_SECRET_KEY": "x"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
