"""Reads the word tables under `nlp/data`."""

from pathlib import Path

_DATA = Path(__file__).parent / "data"


def lines(name: str) -> list[str]:
    """Return the entries of the table `name`, without comments and blank lines."""
    rows = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [row.strip() for row in rows if row.strip() and not row.startswith("#")]


def pairs(name: str) -> dict[str, str]:
    """Return a table of two columns; the second is the last word of the line."""
    rows = (row.rsplit(maxsplit=1) for row in lines(name))
    return {left.strip(): right for left, right in rows}
