"""How a command fails: lines that say what and where, exit code 1, never a traceback."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection


def fail(command: BaseCommand, lines: Iterable[object]) -> SystemExit:
    """Write the lines to the command's standard error; return what to raise."""
    for line in lines:
        command.stderr.write(str(line))
    return SystemExit(1)


@contextmanager
def database_failures(command: BaseCommand) -> Iterator[None]:
    """Turn a database that cannot be used into one line that says what to do."""
    try:
        yield
    except (OperationalError, InterfaceError, ProgrammingError) as exc:
        raise fail(command, [explain(exc)]) from None


def explain(error: DatabaseError | InterfaceError) -> str:
    """Return a database error as one line with the place and the way out; no secret is in it."""
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if "no such table" in reason or ("does not exist" in reason and "relation" in reason):
        return f"数据库 {place()} 还没有建好表：运行 fenghuo migrate"
    return f"数据库 {place()} 不可用：{reason}；检查 FENGHUO_DATABASE_URL，以及它是否在运行"


def place() -> str:
    """Return where the database is, without user or password."""
    of = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(of["NAME"])
    host = of.get("HOST") or "本机"
    port = f":{of['PORT']}" if of.get("PORT") else ""
    return f"{host}{port}/{of['NAME']}"
