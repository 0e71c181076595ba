"""What an incident may be about: the thirteen categories of texts, and the sources themselves.

`source` 信源 is no category of a text: no rule, model or person says it of a post. It is what a
source that has gone silent is told under (see `source_watch`), and the manual may speak of it.
"""

from opinion.models import CATEGORIES as OF_TEXTS

SOURCE = "source"
CATEGORIES = [*OF_TEXTS, (SOURCE, "信源")]
_LABELS = dict(CATEGORIES)


def label(category: str) -> str:
    """Return a category as people read it; "" for one that does not exist."""
    return _LABELS.get(category, "")
