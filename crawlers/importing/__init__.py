"""Files of posts: CSV, TSV, XLSX and JSON lines, as shops and collectors write them.

`ImportProblem` is raised for a file that cannot be imported; its message names file and trouble.
A row that cannot be imported is rejected with its reason, and the rest goes on.
"""

from crawlers.importing.problems import ImportProblem
from crawlers.importing.service import Imported, Tally, import_file

__all__ = ["ImportProblem", "Imported", "Tally", "import_file"]
