"""The story as the shipped rules and the shipped model read it: a week without alarm, then one."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from demo.posts import Post, load_story
from nlp.analysis import Analysis, Analyst, Item
from nlp.levels import Level
from nlp.rules import RuleSet, load_rules
from nlp.scorer import load_scorer

ROOT = Path(__file__).parents[2]
STORY = load_story()


def told(post: Post) -> str:
    """Return what a spider stores of a post."""
    if post.platform == "tousu":
        target = "杉泊" if "杉泊" in post.title else "星禾"
        facts = f"对象：{target}旗舰店；问题：{post.issue}；要求：{post.appeal}"
        return f"{post.title}\n{post.text}\n{facts}"
    return "\n".join(filter(None, [post.title, post.text, post.after and post.after.text]))


def about_the_brand(post: Post) -> bool:
    if post.platform == "shop":
        return post.product != "T1"
    return "星禾" in post.title + post.text


@cache
def read() -> dict[str, Analysis]:
    rules = RuleSet(load_rules(ROOT / "config" / "defaults" / "rules", examples=False))
    posts = [post for post in STORY if about_the_brand(post)]
    items = [
        Item(
            told(post),
            platform=post.platform,
            kind=post.kind,
            rating=post.rating or None,
            names=("星禾",),
            rivals=("杉泊",),
        )
        for post in posts
    ]
    found = Analyst(load_scorer(), rules).analyse(items)
    return {post.id: analysis for post, analysis in zip(posts, found, strict=True)}


def is_severe(post: Post) -> bool:
    return post.id in read() and read()[post.id].level is Level.SEVERE


def severe(moment: str) -> Counter[str]:
    """Count the severe hits of a moment by category."""
    return Counter(
        hit.category.value
        for post in STORY
        if post.moment == moment and post.id in read()
        for hit in read()[post.id].hits
        if hit.level is Level.SEVERE
    )


def test_hardly_anything_of_the_ordinary_week_is_severe() -> None:
    week = [post for post in STORY if post.moment == "week" and post.id in read()]
    assert sum(map(is_severe, week)) <= 0.02 * len(week)


def test_few_of_the_week_alarm_at_all() -> None:
    week = [read()[p.id] for p in STORY if p.moment == "week" and p.id in read()]
    loud = [one for one in week if one.level in (Level.NORMAL, Level.SEVERE)]
    assert len(loud) <= 0.12 * len(week)


def test_look_alikes_are_hardly_ever_severe() -> None:
    told = [post for post in STORY if post.role == "lookalike" and post.id in read()]
    assert sum(map(is_severe, told)) <= 0.1 * len(told)


@pytest.mark.parametrize(
    ("moment", "categories"),
    [("leak", {"quality", "safety", "legal"}), ("rumour", {"safety"}), ("side", set())],
)
def test_each_trouble_raises_its_categories(moment: str, categories: set[str]) -> None:
    assert set(severe(moment)) >= categories
    assert categories or not severe(moment)


def test_trouble_is_heard() -> None:
    trouble = [read()[p.id] for p in STORY if p.role == "trouble" and p.id in read()]
    heard = [analysis for analysis in trouble if analysis.level is not None]
    assert len(heard) >= 0.85 * len(trouble)
