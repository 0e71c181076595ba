"""Signals become incidents."""

from typing import Any


def on_signals_raised(sender: object, **kwargs: Any) -> None:
    """Placeholder during the first hour of building; the alerts helper replaces this file."""
