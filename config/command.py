"""The command `fenghuo`: one table of commands, and no heavy import before one is chosen."""

import os
import sys
import tempfile
import traceback
from importlib import import_module

COMMANDS: dict[str, tuple[str, str]] = {
    # name: ("django" for a Django management command, else "module:function"), what it does
    "up": ("workers.up:main", "start everything on this machine"),
    "load": ("django", "load rules, manual, subjects, sources and teams from YAML"),
    "export": ("django", "write the same as YAML"),
    "check": ("django", "validate the configuration, with file and line"),
    "user": ("django", "add a person who may log in, or set a new password"),
    "token": ("django", "print a new API token"),
    "crawl": ("django", "run one source now"),
    "sources": ("django", "show how each source is doing"),
    "credential": ("django", "keep a cookie or key that sources need"),
    "import": ("django", "import posts, refunds or order counts from files; --watch a folder"),
    "score": ("nlp.commands.score:main", "score JSON lines from standard input"),
    "train": ("nlp.commands.train:main", "train the sentiment model (extra: model)"),
    "evaluate": ("nlp.commands.evaluate:main", "measure the model and the rules on held-out texts"),
    "feedback": ("opinion.commands.feedback:main", "export what people corrected, as JSON lines"),
    "migrate": ("django", "bring the database up to date"),
    "serve": ("django", "run the web console alone"),
    "worker": ("workers.processes:worker", "run one worker alone"),
    "beat": ("workers.processes:beat", "run the scheduler alone"),
}

# Options that make another room answer: what people corrected is in the database.
ELSEWHERE = {("evaluate", "--feedback"): "opinion.commands.evaluate:main"}


def usage() -> str:
    """Return the help text."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: fenghuo COMMAND [options]",
            "",
            "Fenghuo 烽火 watches what the Chinese internet says about a brand.",
            "",
            *lines,
            "",
            "'fenghuo COMMAND --help' tells more.",
        ]
    )


def main(argv: list[str] | None = None) -> None:
    """Run the command named on the command line and exit: 0 done, 1 failed, 2 wrong usage."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(usage() + "\n")
        sys.exit(0 if arguments else 2)
    name, *rest = arguments
    if name not in COMMANDS and not os.environ.get("FENGHUO_DEBUG"):
        sys.stderr.write(f"fenghuo: no command '{name}'. 'fenghuo --help' lists them.\n")
        sys.exit(2)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        sys.exit(_run(name, rest))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as exc:  # whatever is wrong, a user gets a line and not a traceback
        sys.exit(_explain(exc))


def _run(name: str, rest: list[str]) -> int:
    other = (ELSEWHERE[name, word] for word in rest if (name, word) in ELSEWHERE)
    target = next(other, None) or COMMANDS.get(name, ("django", ""))[0]
    if target == "django":
        from django.core.management import execute_from_command_line

        execute_from_command_line(["fenghuo", name, *rest])
        return 0
    module, _, function = target.partition(":")
    code: int = getattr(import_module(module), function)(rest)
    return code


def _explain(exc: Exception) -> int:
    """Say in one line what went wrong; return the exit code. What nobody foresaw goes to a file."""
    from config.environment import SettingsError

    if isinstance(exc, SettingsError):
        sys.stderr.write(f"fenghuo: {exc}\n")
        return 2
    reason = next(iter(str(exc).strip().splitlines()), "") or type(exc).__name__
    if type(exc).__module__ == "django.db.utils":
        unready = "no such table" in reason or ("relation" in reason and "not exist" in reason)
        way_out = "还没有建好表，运行 fenghuo migrate" if unready else "检查 FENGHUO_DATABASE_URL"
        sys.stderr.write(f"fenghuo: 数据库用不了：{reason}（{way_out}）\n")
        return 1
    with tempfile.NamedTemporaryFile(
        "w", prefix="fenghuo-error-", suffix=".log", delete=False, encoding="utf-8"
    ) as details:  # made for this user alone, under a name nobody can guess
        details.writelines(traceback.format_exception(exc))
    sys.stderr.write(f"fenghuo: 没有完成：{reason}（细节在 {details.name}）\n")
    return 1


if __name__ == "__main__":
    main()
