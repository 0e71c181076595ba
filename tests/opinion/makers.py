"""Valid objects for the tests of this room; a test says only what matters to it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from catalog.models import Subject
from crawlers.models import Post
from nlp.analysis import Analysis, Item
from nlp.categories import Category
from nlp.levels import Level
from nlp.rules import Hit
from opinion.models import Bucket, Mention

NOW = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)

_numbers = count(1)


def make_subject(slug: str = "xinghe", **values: Any) -> Subject:
    """Save a brand that is found by its name 星禾."""
    return Subject.objects.create(**{"slug": slug, "name": "星禾", **values})


def make_post(text: str = "", **values: Any) -> Post:
    """Save a post of an hour ago that waits to be scored; its text is like no other."""
    number = next(_numbers)
    return Post.objects.create(
        **{
            "platform": "jd",
            "kind": Post.Kind.REVIEW,
            "native_id": str(number),
            "text": text or f"星禾 {different(number)}",
            "published_at": NOW - timedelta(hours=1),
            "fetched_at": NOW,
            **values,
        }
    )


def different(number: int) -> str:
    """Return a text that is no near copy of any other number's."""
    letters = []
    state = number * 2654435761 + 97
    for _ in range(40):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        letters.append(chr(0x4E00 + (state >> 33) % 8000))
    return "".join(letters)


def negative(
    category: Category | None = Category.QUALITY, level: Level = Level.SEVERE, p: float = 0.95
) -> Analysis:
    """Return a complaint with one accepted hit, or none."""
    if category is None:
        return Analysis("neg", p, 1 - p, 0.0, level=Level.WATCH if p >= 0.8 else None)
    hit = Hit("some-rule", category, level, "漏水", 0, 2)
    return Analysis("neg", p, 1 - p, 0.0, [category.value], level, [hit])


PRAISE = Analysis("pos", 0.02, 0.08, 0.9)
NOTHING = Analysis("none", 0.0, 1.0, 0.0)


class Fake:
    """An analyst that says what the test wants."""

    versions = "fake+1"

    def __init__(self, opinion: Analysis | Callable[[Item], Analysis] = PRAISE) -> None:
        self._opinion = opinion
        self.read: list[str] = []

    def analyse(self, items: Sequence[Item]) -> list[Analysis]:
        self.read += [item.text for item in items]
        if isinstance(self._opinion, Analysis):
            return [self._opinion for _ in items]
        return [self._opinion(item) for item in items]


def make_mention(subject: Subject, post: Post | None = None, **values: Any) -> Mention:
    """Save a negative mention."""
    post = post or make_post()
    return Mention.objects.create(
        **{
            "post": post,
            "subject": subject,
            "label": "neg",
            "p_neg": 0.9,
            "p_neu": 0.1,
            "p_pos": 0.0,
            "category": "quality",
            "published_at": post.published_at,
            "scored_at": NOW,
            "versions": "fake+1",
            **values,
        }
    )


def make_bucket(subject: Subject, at: datetime, **values: Any) -> Bucket:
    """Save a bucket; what it holds is given."""
    return Bucket.objects.create(**{"subject": subject, "platform": "jd", "at": at, **values})
