"""Makes the database ready before anything starts: `python -m workers.first_run --demo auto`.

A process of its own, so that `fenghuo up` stays small and Django's memory goes when it is done.
What people read goes to standard error as it happens; standard output gets one line of JSON,
`{"demo": bool, "login": [name, password] | null, "empty": bool}`. Exit 1 with one clear line when
the database cannot be used.
"""

import argparse
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from workers import demo_mode, terminal

FIRST_LOGIN = "admin"


class NotReady(Exception):
    """The database cannot be made ready; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Migrate, load the defaults, add the first person; print the outcome as JSON."""
    parser = argparse.ArgumentParser("workers.first_run")
    parser.add_argument("--demo", choices=["auto", "yes", "no"], default="auto")
    options = parser.parse_args(arguments)
    # Whatever says something on the way says it to people; standard output is for the outcome.
    result, sys.stdout = sys.stdout, sys.stderr
    try:
        with terminal.step("检查配置"):
            import django

            django.setup()
        outcome = prepare(options.demo)
    except _expected() as exc:
        terminal.complain(_explain(exc))
        return 1
    result.write(json.dumps(outcome) + "\n")
    return 0


def prepare(wish: str) -> dict[str, object]:
    """Make the database ready; Django is set up. Raises NotReady, DatabaseError, CommandError."""
    from django.conf import settings

    _migrate()
    demo = _decide(wish, settings.DATA_DIR, own_database=bool(settings.ENV.database_url))
    _load(settings.BASE_DIR, demo=demo)
    from catalog.models import Subject

    login = _first_login(demo=demo)
    return {"demo": demo, "login": login, "empty": not Subject.objects.exists()}


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        with terminal.step(f"建立数据库（{len(plan)} 步）"):
            call_command("migrate", verbosity=0, interactive=False, stdout=io.StringIO())


def _decide(wish: str, data_dir: Path, *, own_database: bool) -> bool:
    """Return whether to play the demo. Raises NotReady where it would mix with real data."""
    from catalog.models import Person, Subject

    if demo_mode.is_demo(data_dir):
        return True
    configured = Subject.objects.exists() or Person.objects.exists()
    if wish == "no" or (wish == "auto" and (configured or own_database)):
        return False
    if configured:
        raise NotReady(
            f"{data_dir} 里已有真实数据，演示不会混进去。"
            "换一个数据目录：FENGHUO_DATA_DIR=var-demo fenghuo up --demo"
        )
    demo_mode.mark(data_dir)
    return True


def _load(root: Path, *, demo: bool) -> None:
    from django.core.management import call_command

    from alerts.models import ManualEntry
    from catalog.models import Subject
    from opinion.models import Rule

    if not (Rule.objects.exists() and ManualEntry.objects.exists()):
        with terminal.step("载入默认规则与危机手册"):
            call_command("load", stdout=io.StringIO())
    if demo and not Subject.objects.exists():
        with terminal.step("载入演示的监测对象与信源"):
            call_command("load", str(root / "demo" / "config"), stdout=io.StringIO())


def _first_login(*, demo: bool) -> tuple[str, str] | None:
    """Add a first person who may do everything, if there is nobody; return name and password.

    In the demo that person is on duty for all teams, so that incidents have somebody to call.
    """
    from catalog.models import Person, Team
    from console.people import save_person

    if Person.objects.exists():
        return None
    person, password = save_person(FIRST_LOGIN, name="值班负责人" if demo else "管理员", admin=True)
    if demo:
        Person.objects.filter(pk=person.pk).update(wecom_userid=FIRST_LOGIN)
        Team.objects.filter(duty=None).update(duty=person)
    return FIRST_LOGIN, password


def _expected() -> tuple[type[Exception], ...]:
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import DatabaseError, InterfaceError

    from config.environment import SettingsError

    return (
        NotReady, CommandError, DatabaseError, InterfaceError, ImproperlyConfigured,
        SettingsError, OSError,
    )  # fmt: skip


def _explain(exc: Exception) -> str:
    from django.db import DatabaseError, InterfaceError

    first = str(exc).strip().partition("\n")[0]
    if isinstance(exc, (DatabaseError, InterfaceError)):
        return f"数据库用不了：{first}"
    return first


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
