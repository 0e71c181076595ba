"""What `fenghuo up` says: short lines, in colour on a terminal, plain elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

COLOURS = {"good": "32", "warn": "33", "bad": "31", "dim": "2", "strong": "1"}


def say(text: str = "", colour: str = "") -> None:
    """Print one line at once. A terminal that is gone must not stop whoever speaks."""
    with suppress(OSError):
        sys.stdout.write(paint(text, colour) + "\n")
        sys.stdout.flush()


def complain(text: str) -> None:
    """Print one line about what went wrong, for people and for scripts that read stderr."""
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.write(f"fenghuo up: {text}\n")
        sys.stderr.flush()


def paint(text: str, colour: str) -> str:
    """Return `text` in a colour where standard output is a terminal."""
    if colour in COLOURS and sys.stdout.isatty():
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m"
    return text


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show that something goes on, and after it how long it took."""
    live = sys.stdout.isatty()
    began = time.monotonic()
    if live:
        sys.stdout.write(f"  {text} …")
        sys.stdout.flush()
    mark = paint("✗", "bad")
    try:
        yield
        mark = paint("✓", "good")
    finally:
        took = paint(f"{time.monotonic() - began:.1f} 秒", "dim")
        say(("\r\x1b[K" if live else "") + f"{mark} {text}  {took}")
