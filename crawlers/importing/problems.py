"""The one error of this package."""

from pathlib import Path


class ImportProblem(Exception):
    """A file cannot be imported. The message names the file and says what is wrong with it."""

    def __init__(self, path: Path, trouble: str) -> None:
        super().__init__(f"{path.name}：{trouble}")
        self.path = path
        self.trouble = trouble
