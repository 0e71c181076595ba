"""The demo's subjects and sources fit the story and the other rooms."""

from pathlib import Path

import pytest

from catalog.matching import Matcher
from catalog.models import Subject
from catalog.stores import SubjectEntry, SubjectStore
from crawlers.source_store import SourceEntry, SourceStore
from demo.goods import PRODUCTS
from demo.posts import Post, load_story

CONFIG = Path("demo/config")
STORY = load_story()
NUMBERS = {product.key: product.number for product in PRODUCTS}


def subjects() -> list[SubjectEntry]:
    return [found.entry for found in SubjectStore().read(CONFIG / "subjects.yaml")]


def sources() -> list[SourceEntry]:
    return [found.entry for found in SourceStore().read(CONFIG / "sources.yaml")]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    names = ("slug", "name", "aliases", "excludes", "platform_ids")
    return Matcher(
        Subject(**{name: getattr(entry, name) for name in names}) for entry in subjects()
    )


def subjects_of(matcher: Matcher, post: Post) -> set[str]:
    """Return the slugs that a post is matched with, as the spiders would bring it."""
    product = NUMBERS.get(post.product, "")
    text = f"{post.title}\n{post.text}"
    found = matcher.match(text, platform=post.platform, product_id=product)
    return {subject.slug for subject in found}


def test_there_is_a_brand_with_products_and_one_competitor() -> None:
    kinds = {entry.slug: str(entry.kind) for entry in subjects()}
    assert sorted(kinds.values()) == ["brand", "competitor", "product", "product"]
    parents = {entry.parent for entry in subjects() if entry.kind == "product"}
    assert parents == {slug for slug, kind in kinds.items() if kind == "brand"}


def test_every_product_belongs_to_a_subject_and_is_collected() -> None:
    listed = {number for entry in subjects() for number in entry.platform_ids["shop"]}
    shop = next(entry for entry in sources() if entry.spider == "sandbox_shop")
    assert listed == set(NUMBERS.values()) == set(shop.params["products"])


def test_every_platform_of_the_story_has_a_source_on_the_sandbox() -> None:
    assert {entry.platform for entry in sources()} == {post.platform for post in STORY}
    assert all(str(entry.params["url"]).startswith("{sandbox}/") for entry in sources())
    assert all(entry.enabled for entry in sources())


def test_a_kettle_review_counts_for_the_product_and_the_brand(matcher: Matcher) -> None:
    reviews = [post for post in STORY if post.product == "K3"]
    assert all(subjects_of(matcher, post) == {"xinghe", "kettle-k3"} for post in reviews)


def test_a_review_of_the_competitor_counts_for_it_alone(matcher: Matcher) -> None:
    reviews = [post for post in STORY if post.product == "T1"]
    assert all(subjects_of(matcher, post) == {"shanpo"} for post in reviews)


def test_leak_and_rumour_are_about_the_brand(matcher: Matcher) -> None:
    told = [post for post in STORY if post.moment in ("leak", "rumour", "side")]
    missed = [post.id for post in told if "xinghe" not in subjects_of(matcher, post)]
    assert len(missed) <= 2, missed


def test_what_names_only_the_competitor_is_not_about_the_brand(matcher: Matcher) -> None:
    others = [
        post for post in STORY if "杉泊" in post.text and "星禾" not in post.title + post.text
    ]
    assert others
    for post in others:
        if post.platform != "shop":
            assert "xinghe" not in subjects_of(matcher, post), post.id
