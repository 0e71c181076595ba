"""`python -m tests.run_on_postgres [OPTIONS]`: the rooms with tables, on a real PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["catalog", "crawlers", "opinion", "alerts", "reports", "console", "workers"]
# What starts processes of its own chooses its own database.
MARKS = "not services and not browser and not slow"


def main(arguments: list[str]) -> int:
    """Return pytest's exit code."""
    folders = [f"tests/{room}" for room in ROOMS if (ROOT / "tests" / room).is_dir()]
    with servers.postgres_url() as server, servers.new_database(server) as database:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-m", MARKS,
             "--database-only",
             *(arguments or folders)],
            env=os.environ | {"FENGHUO_DATABASE_URL": database},
            cwd=ROOT,
            check=False,
        )  # fmt: skip
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
