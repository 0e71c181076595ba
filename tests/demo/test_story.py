"""The texts: enough, different, whole, and invented."""

import re
from collections import Counter
from itertools import combinations

import pytest

from demo.posts import Post, load_story
from demo.timeline import WINDOWS

STORY = load_story()
BY_ID = {post.id: post for post in STORY}
KINDS = {
    "shop": "review",
    "weibo": "social",
    "tousu": "complaint",
    "news": "article",
    "rules": "article",
}
ROLES = {"plain", "lookalike", "grumble", "trouble"}


def grams(text: str) -> set[str]:
    """Return the runs of three letters or Han characters."""
    plain = re.sub(r"[\W_]+", "", text)
    return {plain[i : i + 3] for i in range(max(len(plain) - 2, 1))}


def alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def test_there_are_over_500_different_texts() -> None:
    assert len({post.text for post in STORY}) == len(STORY) >= 500
    assert len(BY_ID) == len(STORY)


def test_no_text_is_a_near_copy_but_those_that_are_meant() -> None:
    pieces = {post.id: grams(post.text) for post in STORY}
    copies = {
        (one, other)
        for one, other in combinations(pieces, 2)
        if alike(pieces[one], pieces[other]) >= 0.4
    }
    meant = {frozenset((post.id, post.near)) for post in STORY if post.near}
    families = {
        frozenset((a.id, b.id)) for a, b in combinations(STORY, 2) if a.near and a.near == b.near
    }
    assert {frozenset(pair) for pair in copies} <= meant | families


@pytest.mark.parametrize("post", [p for p in STORY if p.near], ids=lambda p: p.id)
def test_a_meant_copy_is_near_its_original(post: Post) -> None:
    assert alike(grams(post.text), grams(BY_ID[post.near].text)) >= 0.4


def test_each_text_has_platform_kind_moment_role_and_author() -> None:
    for post in STORY:
        assert post.kind == KINDS[post.platform], post.id
        assert post.moment in WINDOWS, post.id
        assert post.role in ROLES, post.id
        assert 0 <= post.at <= 1, post.id
        assert post.author, post.id
        assert post.text.strip() == post.text != "", post.id


def test_each_platform_has_what_its_pages_show() -> None:
    for post in STORY:
        if post.platform == "shop":
            assert post.product, post.id
            assert 1 <= post.rating <= 5, post.id
        elif post.platform == "weibo":
            assert post.region, post.id
        else:
            assert post.title, post.id


def test_most_texts_are_harmless_and_every_role_and_star_occurs() -> None:
    roles = Counter(post.role for post in STORY)
    assert roles["plain"] + roles["lookalike"] > 2 * (roles["trouble"] + roles["grumble"])
    assert roles["lookalike"] >= 60
    assert {post.rating for post in STORY if post.platform == "shop"} == {1, 2, 3, 4, 5}


def test_what_search_finds_names_a_brand() -> None:
    for post in STORY:
        if post.platform in ("weibo", "tousu"):
            assert re.search("星禾|杉泊", post.title + post.text), post.id


def test_no_number_could_be_a_real_phone() -> None:
    for post in STORY:
        for number in re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", post.text):
            assert number == "13800000000", post.id
