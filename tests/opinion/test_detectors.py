"""Which findings become signals, over the whole way of a pass."""

from datetime import datetime, timedelta

import pytest

from catalog.models import Subject
from crawlers.models import Post
from nlp.analysis import Analysis
from nlp.categories import Category
from nlp.levels import Level
from nlp.rules import Hit
from opinion.models import Signal
from opinion.scoring import score_pending
from tests.opinion.makers import (
    NOTHING,
    NOW,
    PRAISE,
    Fake,
    different,
    make_bucket,
    make_post,
    make_subject,
    negative,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


def scored(analysis: Analysis, *, now: datetime = NOW, posts: int = 1) -> None:
    for _ in range(posts):
        make_post(published_at=now - timedelta(minutes=20))
    score_pending(now=now, analyst=Fake(analysis))


def told(detector: str) -> list[tuple[str, str]]:
    rows = Signal.objects.filter(detector=detector).order_by("pk")
    return list(rows.values_list("category", "level"))


def test_one_credible_hit_is_enough_at_its_own_level() -> None:
    make_subject()
    scored(negative(Category.SAFETY, Level.SEVERE, p=0.4))
    assert told("rule") == [("safety", "severe")]
    [signal] = Signal.objects.filter(detector="rule")
    assert signal.evidence == {
        "rule": "some-rule",
        "words": ["漏水"],
        "mention": signal.mention_id,
        "count": 1,
    }


def test_a_mention_speaks_once_for_each_category_at_its_worst() -> None:
    hits = [
        Hit("a", Category.QUALITY, Level.NORMAL, "坏了", 0, 2),
        Hit("b", Category.QUALITY, Level.SEVERE, "质量问题", 3, 7),
        Hit("c", Category.SERVICE, Level.NORMAL, "不理人", 8, 11),
    ]
    make_subject()
    scored(Analysis("neg", 0.9, 0.1, 0, ["quality", "service"], Level.SEVERE, hits))
    assert told("rule") == [("quality", "severe"), ("service", "normal")]
    evidence = Signal.objects.get(category="quality").evidence
    assert (evidence["rule"], evidence["words"], evidence["count"]) == (
        "b",
        ["坏了", "质量问题"],
        2,
    )


@pytest.mark.parametrize(
    ("analysis", "signals"),
    [
        (negative(None, p=0.8), [("other", "watch")]),
        (negative(None, p=0.79), []),
        (PRAISE, []),
        (NOTHING, []),
    ],
)
def test_without_a_hit_only_the_clearly_negative_is_watched(
    analysis: Analysis, signals: list[tuple[str, str]]
) -> None:
    make_subject()
    scored(analysis)
    assert told("rule") == signals


def test_copies_beyond_the_fourth_raise_nothing_by_themselves() -> None:
    make_subject()
    for number in range(6):
        make_post(f"星禾{different(3)}" + "！" * number)
    score_pending(now=NOW, analyst=Fake(negative()))
    assert len(told("rule")) == 4


@pytest.mark.parametrize(("hours", "signals"), [(47, 1), (49, 0), (24 * 365, 0)])
def test_old_posts_alarm_nobody(hours: int, signals: int) -> None:
    make_subject()
    make_post(published_at=NOW - timedelta(hours=hours))
    score_pending(now=NOW, analyst=Fake(negative()))
    assert Signal.objects.count() == signals


def test_a_competitor_has_an_index_and_no_signals() -> None:
    subject = make_subject(kind=Subject.Kind.COMPETITOR)
    scored(negative(), posts=30)
    assert not Signal.objects.exists()
    assert subject.mention_set.count() == 30


def test_the_index_speaks_of_the_worst_line_it_passes() -> None:
    make_subject()
    scored(negative(Category.QUALITY, Level.WATCH, p=1.0), posts=10)
    assert told("index") == []  # Σ w = 9.8: too little to go by
    scored(negative(Category.QUALITY, Level.WATCH, p=1.0), posts=15)
    assert told("index") == [("quality", "normal")]
    evidence = Signal.objects.get(detector="index").evidence
    assert evidence["threshold"] == 50
    assert 50 <= evidence["value"] < 70
    assert evidence["change"] == pytest.approx(evidence["value"] - 10, abs=0.1)
    assert (evidence["mentions"], evidence["evidence"]) == (25, pytest.approx(24, abs=1))


def test_an_index_that_stays_high_speaks_again_after_a_half_life_and_at_once_when_worse() -> None:
    make_subject()
    bad = negative(Category.QUALITY, Level.WATCH, p=1.0)
    scored(bad, posts=25)
    scored(bad)
    assert told("index") == [("quality", "normal")]
    scored(bad, posts=40)
    assert told("index")[1:] == [("quality", "severe")]
    scored(PRAISE, now=NOW + timedelta(hours=5))
    assert len(told("index")) == 2
    scored(bad, now=NOW + timedelta(hours=6, minutes=1), posts=60)
    assert told("index")[2:] == [("quality", "severe")]


def test_the_category_that_weighs_most_is_named() -> None:
    make_subject()
    scored(negative(Category.QUALITY, Level.WATCH, p=1.0), posts=9)
    scored(negative(Category.LOGISTICS, Level.WATCH, p=1.0), posts=19)
    assert told("index")[0] == ("logistics", "normal")


def test_lines_are_the_subjects_own() -> None:
    make_subject(watch_at=5, normal_at=95, severe_at=99)
    scored(PRAISE, posts=15)
    assert told("index") == [("other", "watch")]


def test_a_burst_is_measured_against_the_past() -> None:
    subject = make_subject()
    for week in range(1, 5):
        make_bucket(
            subject,
            NOW - timedelta(days=7 * week, minutes=30),
            category="quality",
            mentions=8,
            scored=8,
            negative=8,
        )
    scored(negative(Category.QUALITY, Level.WATCH), posts=13)
    assert told("burst") == []
    scored(negative(Category.QUALITY, Level.WATCH), posts=20)
    assert told("burst") == [("quality", "normal")]
    scored(negative(Category.QUALITY, Level.WATCH), posts=5)
    assert len(told("burst")) == 1


def test_posts_of_the_shop_of_two_days_ago_move_no_burst_of_today() -> None:
    make_subject()
    for _ in range(30):
        make_post(published_at=NOW - timedelta(hours=30), kind=Post.Kind.SOCIAL)
    score_pending(now=NOW, analyst=Fake(negative()))
    assert told("burst") == []
    assert told("index") == []


def test_a_post_about_a_product_and_its_brand_speaks_for_the_product() -> None:
    brand = make_subject()
    Subject.objects.create(slug="k3", name="K3", kind="product", parent=brand, aliases=["K3"])
    make_post(text=f"{brand.name} K3 壶底漏水", published_at=NOW - timedelta(minutes=20))
    score_pending(now=NOW, analyst=Fake(negative(Category.QUALITY, Level.NORMAL)))
    rows = Signal.objects.filter(detector="rule").values_list("subject__slug", flat=True)
    assert list(rows) == ["k3"]
