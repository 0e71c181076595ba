"""`python -m tests.take_screenshots [FOLDER]`: pictures of every page, over a demo that plays."""

import sys
import tempfile
from pathlib import Path

from tests.browser import screenshots
from tests.house import up
from tests.services.test_demo import PATIENCE_S, ask
from tests.waiting import eventually

FOLDER = Path("build/screenshots")


def main(arguments: list[str]) -> int:
    """Return 0, or 1 when a page could not be opened."""
    out = Path(arguments[0]) if arguments else FOLDER
    with tempfile.TemporaryDirectory(prefix="fenghuo-pictures-") as folder:
        data = Path(folder) / "data"
        with up(data, "--demo") as house:
            severe = "SELECT count(*) FROM alerts_incident WHERE level = 'severe'"
            eventually(lambda: ask(data, severe)[0], PATIENCE_S, "a severe incident")
            return screenshots.main([f"http://127.0.0.1:{house.port}", *house.login(), str(out)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
