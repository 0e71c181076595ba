"""The story's arc: a calm week, a climb through the leak, a height that lasts."""

from datetime import UTC, datetime, timedelta

import pytest

from demo.posts import Post, load_story
from demo.timeline import schedule
from nlp.index import Cell, decay, nei, reach

START = datetime(2024, 11, 18, 6, 0, tzinfo=UTC)
SCHEDULED = schedule(load_story(), START)
MOOD = {"plain": 0.15, "lookalike": 0.3, "grumble": 0.65, "trouble": 0.9}
"""How negative a fair reader takes each role to be."""


def about_the_brand(post: Post) -> bool:
    if post.platform == "shop":
        return post.product != "T1"
    return "星禾" in post.title + post.text


def brand_index(seconds: float) -> float:
    """Return the brand's index as it stands so long after the start."""
    now = START + timedelta(seconds=seconds)
    cells = [
        Cell((shown.post.id,), weight, weight * MOOD[shown.post.role], 1)
        for shown in SCHEDULED
        if shown.appears_at <= now and about_the_brand(shown.post)
        for weight in [
            decay(now - shown.published_at, timedelta(hours=6))
            * reach(shown.post.likes, shown.post.comments, shown.post.reposts)
        ]
    ]
    return nei(cells, alpha=20, prior=0.2).value


@pytest.mark.parametrize(
    ("seconds", "least", "most"),
    [(25, 12, 25), (52, 50, 70), (80, 70, 85), (120, 62, 85), (3600, 50, 75)],
    ids=["ordinary week", "middle of the leak", "top", "rumour", "an hour later"],
)
def test_the_index_follows_the_story(seconds: float, least: float, most: float) -> None:
    assert least <= brand_index(seconds) <= most


def test_the_index_climbs_all_through_the_leak() -> None:
    values = [brand_index(seconds) for seconds in range(25, 80, 10)]
    assert values == sorted(values)
