"""How long work in this room shows how far it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Stages(Protocol):
    """Shows how far the work is."""

    def stage(self, name: str, steps: int) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage of `steps`; the callable is told of steps that are done."""
