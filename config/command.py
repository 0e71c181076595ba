"""The command `fenghuo`: one table of commands, and no heavy import before one is chosen."""

import os
import sys
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
    "import": ("django", "import posts from CSV, TSV, XLSX or JSON lines"),
    "score": ("nlp.commands.score:main", "score JSON lines from standard input"),
    "train": ("nlp.commands.train:main", "train the sentiment model (extra: model)"),
    "migrate": ("django", "bring the database up to date"),
    "serve": ("django", "run the web console alone"),
    "worker": ("workers.processes:worker", "run one worker alone"),
    "beat": ("workers.processes:beat", "run the scheduler alone"),
}


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
    target = COMMANDS.get(name, ("django", ""))[0]
    if target == "django":
        _run_django(name, rest)
        return
    module, _, function = target.partition(":")
    from config.environment import SettingsError

    try:
        code = getattr(import_module(module), function)(rest)
    except SettingsError as exc:
        sys.stderr.write(f"fenghuo: {exc}\n")
        code = 2
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def _run_django(name: str, rest: list[str]) -> None:
    from config.environment import SettingsError

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["fenghuo", name, *rest])
    except SettingsError as exc:
        sys.stderr.write(f"fenghuo: {exc}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
