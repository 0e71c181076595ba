"""The plan of the house, held against the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.environment import PREFIX, Environment
from workers import schedule

ROOT = Path(__file__).resolve().parent.parent
LONGEST_MODULE = 400
LONGEST_FUNCTION = 40

# Modules that only hold words; rooms further down may say them too.
ENUMS = {"nlp.levels", "nlp.categories"}
PLATFORMS = "crawlers.platforms"
# How the sources are: one judge, whom alerts asks on the operator's behalf.
HEALTH = "crawlers.health"
# What a room may import besides itself: whole rooms, or single modules of one.
MAY_IMPORT: dict[str, set[str]] = {
    "config": set(),
    "catalog": {"config"},
    "nlp": {"config.environment", "config.pipes"},  # its commands
    "demo": set(),
    "crawlers": {"config", "catalog"},
    "opinion": {"config", "crawlers", "nlp", "catalog"},
    "alerts": {"config", "opinion", "catalog", "nlp.masking", PLATFORMS, HEALTH, *ENUMS},
    "reports": {"config", "alerts", "opinion", "crawlers", "catalog", *ENUMS},
    "console": {"config", "reports", "alerts", "opinion", "crawlers", "nlp", "catalog"},
    "workers": {"config", "console", "reports", "alerts", "opinion", "crawlers", "nlp", "catalog"},
}
PURE = ("nlp", "demo")
TORCH_AT_HOME = ("nlp/training", "nlp/transformer")
HEAVY = {"torch", "transformers", "sklearn", "scipy"}


def modules(room: str) -> Iterator[Path]:
    for path in sorted((ROOT / room).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def imports(path: Path, *, everywhere: bool = True) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each import; only those at module level unless everywhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def is_allowed(name: str, room: str) -> bool:
    head = name.partition(".")[0]
    if head == room or head not in MAY_IMPORT:
        return True
    return any(name == may or name.startswith(f"{may}.") for may in MAY_IMPORT[room])


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_the_plan_allows(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for line, name in imports(path)
        if not is_allowed(name, room)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_knows_no_django(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room)
        for line, name in imports(path)
        if name.partition(".")[0] in {"django", "celery", "scrapy"}
    ]
    assert wrong == []


def test_heavy_libraries_are_imported_only_where_they_are_used() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for room in MAY_IMPORT
        for path in modules(room)
        for line, name in imports(path, everywhere=False)
        if name.partition(".")[0] in HEAVY
        and not str(path.relative_to(ROOT)).startswith(TORCH_AT_HOME)
    ]
    assert wrong == []


def nodes(room: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield every syntax node of a room with the path of its file."""
    for path in modules(room):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield str(path.relative_to(ROOT)), node


def test_only_the_clock_asks_what_time_it_is() -> None:
    asking = {"datetime.now", "datetime.utcnow", "timezone.now", "date.today", "time.time"}
    wrong = [
        f"{path}:{node.lineno}"
        for room in set(MAY_IMPORT) - {"config", "demo"}
        for path, node in nodes(room)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in asking
    ]
    assert wrong == []


def test_no_module_is_too_long() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for room in (*MAY_IMPORT, "benchmarks", "tests")
        for path in modules(room)
    }
    assert {path: length for path, length in lengths.items() if length >= LONGEST_MODULE} == {}


def test_no_function_is_too_long() -> None:
    wrong = [
        f"{path}:{node.lineno} {node.name}"
        for room in MAY_IMPORT
        for path, node in nodes(room)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    assert wrong == []


def test_every_task_is_swept_and_has_a_queue() -> None:
    from workers import tasks
    from workers.celery import app

    assert tasks.app is app
    own = {name for name in app.tasks if not name.startswith("celery.")}
    assert own == set(schedule.ROUTES) == {sweep.task for sweep in schedule.SWEEPS}
    for name in own:
        queue = app.amqp.router.route({}, name)["queue"]
        assert queue.name in schedule.QUEUES
    assert {queue.name for queue in app.conf.task_queues} == set(schedule.QUEUES)


def test_every_sweep_expires_and_has_a_heartbeat() -> None:
    from reports.heartbeats import ALLOWED_SILENCE

    for sweep in schedule.SWEEPS:
        entry = schedule.beat_schedule()[sweep.task]
        assert entry["options"] == {"expires": max(10.0, 2 * sweep.seconds)}
        assert ALLOWED_SILENCE[sweep.kind].total_seconds() >= 5 * sweep.seconds


def test_every_setting_is_documented() -> None:
    texts = [ROOT / ".env.example", *(ROOT / "docs").rglob("*.md")]
    said = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    names = [PREFIX + name.upper() for name in Environment.model_fields]
    assert [name for name in names if name not in said] == []


def test_the_example_of_settings_names_only_real_ones() -> None:
    known = {PREFIX + name.upper() for name in Environment.model_fields}
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    named = {
        line.lstrip("# ").partition("=")[0] for line in lines if PREFIX in line and "=" in line
    }
    assert {name for name in named if name.startswith(PREFIX)} <= known
