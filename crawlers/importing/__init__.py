"""Files of posts, after-sale cases and order counts, as shops and collectors write them.

`import_file` imports one, `watch` a folder of them. `ImportProblem` is raised for a file that
cannot be imported; its message names file and trouble. A row that cannot be imported is rejected
with its reason, and the rest goes on.
"""

from crawlers.importing.problems import ImportProblem, WronglyAsked
from crawlers.importing.service import Imported, Tally, import_file, known_columns
from crawlers.importing.watching import Folder, Postponed, described, watch

__all__ = [
    "Folder",
    "ImportProblem",
    "Imported",
    "Postponed",
    "Tally",
    "WronglyAsked",
    "described",
    "import_file",
    "known_columns",
    "watch",
]
