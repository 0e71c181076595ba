"""The errors of this package."""

from pathlib import Path


class ImportProblem(Exception):
    """A file cannot be imported. The message names the file and says what is wrong with it."""

    def __init__(self, file: Path | str, trouble: str) -> None:
        name = file.name if isinstance(file, Path) else file
        super().__init__(f"{name}：{trouble}")
        self.trouble = trouble


class WronglyAsked(ImportProblem):
    """What was asked for with the file is wrong, whatever the file is."""
