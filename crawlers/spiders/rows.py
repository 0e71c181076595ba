"""Cells of a site's rows that may hold anything."""

from typing import Any


def text_of(value: Any) -> str:
    """Return a text as it is; "" for anything else."""
    return value if isinstance(value, str) else ""


def id_of(value: Any) -> str:
    """Return an id, which sites write as number or as text; "" for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def object_of(value: Any) -> dict[str, Any]:
    """Return an object as it is; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """Return a list as it is; an empty one for anything else."""
    return value if isinstance(value, list) else []
