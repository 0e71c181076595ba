"""Bucket counts equal a recount of the mentions, however the work was cut up."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers.models import Post
from nlp.analysis import Analysis, Item
from nlp.categories import Category
from opinion import buckets
from opinion.models import Bucket, Cluster, Mention, Signal
from opinion.scoring import score_pending
from tests.opinion.makers import (
    NOTHING,
    NOW,
    PRAISE,
    Fake,
    make_mention,
    make_post,
    make_subject,
    negative,
)

pytestmark = pytest.mark.django_db

OPINIONS = [
    NOTHING,
    PRAISE,
    negative(),
    negative(Category.LOGISTICS),
    negative(None, p=0.85),
    negative(None, p=0.6),
]


@given(
    posts=st.lists(
        st.tuples(
            st.sampled_from(["jd", "weibo"]),
            st.sampled_from(["review", "social"]),
            st.sampled_from([None, 1, 2, 3, 5]),
            st.integers(0, 20),
            st.integers(0, 500),
            st.integers(0, len(OPINIONS) - 1),
            st.sampled_from(["星禾", "杉泊", "星禾和杉泊", "谁也不是"]),
        ),
        max_size=25,
    ),
    limits=st.lists(st.integers(1, 9), min_size=1, max_size=30),
)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_cutting_into_passes_adds_up(posts: list[Any], limits: list[int]) -> None:
    for model in (Signal, Mention, Bucket, Cluster, Post):
        model.objects.all().delete()
    if not Post.objects.exists():
        _subjects()
    for platform, kind, rating, minutes, likes, opinion, who in posts:
        make_post(
            f"{who} {opinion}号看法",
            platform=platform,
            kind=kind,
            rating=rating,
            likes=likes,
            published_at=NOW - timedelta(minutes=minutes),
        )
    fake = Fake(_opinion)
    scored = [score_pending(now=NOW, limit=limit, analyst=fake) for limit in limits]
    while score_pending(now=NOW, limit=limits[0], analyst=fake):
        pass
    assert sum(scored) <= len(posts)
    assert buckets.recount() == []
    assert sum(Bucket.objects.values_list("mentions", flat=True)) == Mention.objects.count()


def _subjects() -> None:
    from catalog.models import Subject

    Subject.objects.get_or_create(slug="xinghe", name="星禾")
    Subject.objects.get_or_create(slug="shanpo", name="杉泊")


def _opinion(item: Item) -> Analysis:
    return OPINIONS[int(item.text.split()[1][0])]


def test_a_recount_finds_what_differs_and_nothing_else() -> None:
    subject, other = make_subject(), make_subject("other", name="别家")
    mention = make_mention(subject)
    make_mention(other)
    good = buckets.sums_of((m, m.post) for m in Mention.objects.select_related("post"))
    buckets.add(good)
    assert buckets.recount() == []
    Bucket.objects.filter(subject=subject).update(negative=7)
    [difference] = buckets.recount()
    assert difference.key == buckets.key_of(mention, mention.post)
    assert (difference.kept[2], difference.counted[2]) == (7, 1)
    assert buckets.recount(subjects=[other.pk]) == []
    Bucket.objects.filter(subject=subject).delete()
    assert [d.kept for d in buckets.recount()] == [(0,) * 7]


def test_rounding_is_no_difference() -> None:
    mention = make_mention(make_subject())
    buckets.add(buckets.sums_of([(mention, mention.post)]))
    Bucket.objects.update(weight=mention.reach * (1 + 1e-9))
    assert buckets.recount() == []


@pytest.mark.parametrize(("seconds", "start"), [(0, 0), (1, 0), (299, 0), (300, 300), (-1, -300)])
def test_a_bucket_starts_every_five_minutes(seconds: int, start: int) -> None:
    begin = NOW.replace(minute=30)
    moment = begin + timedelta(seconds=seconds)
    assert buckets.start_of(moment) == begin + timedelta(seconds=start)


@pytest.mark.parametrize(
    ("kind", "rating", "label", "bad"),
    [
        ("review", 1, "pos", 1),
        ("review", 2, "pos", 1),
        ("review", 3, "neg", 0),
        ("review", None, "neg", 1),
        ("review", None, "neu", 0),
        ("social", 1, "neg", 0),
    ],
)
def test_stars_decide_which_review_is_bad_and_words_where_there_are_none(
    kind: str, rating: int | None, label: str, bad: int
) -> None:
    post = Post(kind=kind, rating=rating, platform="jd")
    mention = Mention(label=label, p_neg=0.5, credibility=0.5, reach=3)
    counts = dict(zip(buckets.SUMS, buckets.counts_of(mention, post), strict=True))
    assert counts["bad_reviews"] == bad
    assert (counts["weight"], counts["weighted_p"]) == (1.5, 0.75)
