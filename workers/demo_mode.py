"""Whether a data folder plays the demo.

The demo uses the data folder itself, so that every `fenghuo` command talks to what the console
shows. A marker file keeps it apart from real data:

- a folder with the marker stays a demo on later starts;
- `--no-demo` there moves the demo aside, into a folder of its own inside, and starts afresh;
- `--demo` is refused where a real brand is watched already.
"""

import json
from datetime import datetime
from pathlib import Path

MARKER = "demo.json"
SITE_FOLDER = "demo-site"
DATABASE = "fenghuo.sqlite3"


def is_demo(data_dir: Path) -> bool:
    """Return whether this data folder holds the demo."""
    return (data_dir / MARKER).exists()


def mark(data_dir: Path, site_port: int = 0) -> None:
    """Make this data folder a demo, and keep the port of its site: posts link to it."""
    (data_dir / MARKER).write_text(json.dumps({"site_port": site_port}), encoding="ascii")


def site_port(data_dir: Path) -> int:
    """Return the port that the demo's site had last time; 0 when there is none."""
    try:
        return int(json.loads((data_dir / MARKER).read_text(encoding="ascii"))["site_port"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def set_aside(data_dir: Path, now: datetime) -> Path:
    """Move the demo's data into a folder of their own; return it. Nothing is deleted."""
    folder = data_dir / f"demo-{now:%Y%m%d-%H%M%S}"
    folder.mkdir()
    names = [DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", SITE_FOLDER]
    # The marker goes last: a move that was cut short is still known as a demo and goes on.
    for name in [*names, MARKER]:
        path = data_dir / name
        if path.exists():
            path.replace(folder / name)
    return folder
