"""What can be wrong with rule files.

RuleErrors (an exception) carries every RuleError that was found, not only the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RuleError:
    """One mistake: the file ("" for a rule that comes from none), the line from 1 (0: unknown)."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return where + self.message


class RuleErrors(Exception):
    """Rules could not be loaded; `errors` holds every mistake, by file and line."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = sorted(set(errors))
        super().__init__(self.errors)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))
