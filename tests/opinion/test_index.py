"""The index: its formula from buckets, what moved it in points that add up, and its posts."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opinion import habits as usual
from opinion.index import Reading, reading, readings, series, serieses, telling_posts
from opinion.models import Bucket, Cluster
from tests.opinion.makers import NOW, make_bucket, make_mention, make_post, make_subject

pytestmark = pytest.mark.django_db

PRIOR = 0.1  # of a subject without a past


def bad(count: int, *, p: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "mentions": count,
        "scored": count,
        "negative": count if p > 0.5 else 0,
        "weight": float(count),
        "weighted_p": count * p,
        **more,
    }


def by_kind(found: Reading, kind: str) -> dict[str, float]:
    return {move.key: move.points for move in found.moves if move.kind == kind}


def test_a_subject_nobody_speaks_of_stands_at_its_usual_rate() -> None:
    found = reading(make_subject(), now=NOW)
    assert found.value == pytest.approx(100 * PRIOR)
    assert (found.evidence, found.mentions, found.negative, found.change) == (0, 0, 0, 0)
    assert found.moves == []
    assert found.thin


def test_the_formula_with_half_life_and_alpha_of_the_subject() -> None:
    subject = make_subject(half_life_hours=1, alpha=5)
    middle = timedelta(minutes=2, seconds=30)
    make_bucket(subject, NOW - timedelta(minutes=30) - middle, **bad(8, p=0.9))
    make_bucket(subject, NOW - timedelta(hours=2) - middle, platform="weibo", **bad(12, p=0.2))
    found = reading(subject, now=NOW)
    weight = 8 * 2**-0.5 + 12 * 2**-2
    weighted_p = 0.9 * 8 * 2**-0.5 + 0.2 * 12 * 2**-2
    assert found.evidence == pytest.approx(weight)
    assert found.value == pytest.approx(100 * (weighted_p + 5 * PRIOR) / (weight + 5))
    assert (found.mentions, found.negative, found.thin) == (20, 8, True)


def test_what_is_outside_the_window_or_in_the_future_does_not_count() -> None:
    subject = make_subject()
    make_bucket(subject, NOW - timedelta(hours=24), **bad(50))
    make_bucket(subject, NOW + timedelta(minutes=5), **bad(50))
    assert reading(subject, now=NOW, compared=timedelta(0)).mentions == 0
    make_bucket(subject, NOW, **bad(50))
    assert reading(subject, now=NOW).mentions == 50


def test_moves_name_platform_and_category_largest_first() -> None:
    subject = make_subject()
    make_bucket(subject, NOW - timedelta(hours=9), category="", **bad(30, p=0.0))
    make_bucket(subject, NOW - timedelta(minutes=9), platform="weibo", category="safety", **bad(40))
    found = reading(subject, now=NOW, compared=timedelta(hours=6))
    platform, category = by_kind(found, "platform"), by_kind(found, "category")
    assert sum(platform.values()) == pytest.approx(found.change, abs=1e-9)
    assert sum(category.values()) == pytest.approx(found.change, abs=1e-9)
    assert found.change > 40
    assert {move.label for move in found.moves[:2]} == {"微博", "安全"}
    assert "旧帖淡出" in {move.label for move in found.moves}


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["jd", "weibo", "tousu"]),
            st.sampled_from(["", "quality", "service"]),
            st.integers(0, 60 * 50),
            st.integers(1, 40),
            st.floats(0, 1),
        ),
        max_size=15,
    ),
    window=st.integers(1, 30),
    compared=st.integers(1, 30),
)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_moves_always_add_up_to_the_change(
    rows: list[tuple[str, str, int, int, float]], window: int, compared: int
) -> None:
    from catalog.models import Subject

    subject, _ = Subject.objects.get_or_create(slug="xinghe", name="星禾")
    Bucket.objects.all().delete()
    kept = {
        (platform, category, minutes // 5): (n, p) for platform, category, minutes, n, p in rows
    }
    for (platform, category, slot), (count, p) in kept.items():
        at = NOW - slot * timedelta(minutes=5)
        make_bucket(subject, at, platform=platform, category=category, **bad(count, p=p))
    found = reading(
        subject, now=NOW, window=timedelta(hours=window), compared=timedelta(hours=compared)
    )
    assert 0 <= found.value <= 100
    for kind in ("platform", "category"):
        assert sum(by_kind(found, kind).values()) == pytest.approx(found.change, abs=1e-9)


def test_the_usual_rate_is_that_of_four_weeks_before_today() -> None:
    subject = make_subject()
    make_bucket(subject, NOW - timedelta(days=20), mentions=950, scored=950, negative=295)
    make_bucket(subject, NOW - timedelta(days=28, hours=2), mentions=900, scored=900, negative=900)
    make_bucket(subject, NOW - timedelta(hours=20), mentions=10, scored=10, negative=10)
    assert reading(subject, now=NOW).value == pytest.approx(100 * (295 + 5) / (950 + 50))


def test_habits_on_many_mentions_are_kept_for_ten_minutes(
    django_assert_num_queries: Any,
) -> None:
    subject = make_subject()
    make_bucket(subject, NOW - timedelta(days=2), mentions=2000, scored=2000, negative=100)
    try:
        first = usual.habits([subject.pk], now=NOW)
        with django_assert_num_queries(0):
            assert usual.habits([subject.pk], now=NOW + timedelta(minutes=9)) == first
        with django_assert_num_queries(1):
            usual.habits([subject.pk], now=NOW + timedelta(minutes=10))
    finally:
        usual._kept.clear()


def test_a_series_ends_now_and_shows_the_climb() -> None:
    subject = make_subject()
    make_bucket(subject, NOW - timedelta(hours=3), **bad(60))
    points = series(subject, now=NOW, window=timedelta(hours=12), points=12)
    assert [point.at for point in points] == [NOW - timedelta(hours=n) for n in range(11, -1, -1)]
    assert [point.evidence > 0 for point in points] == [False] * 8 + [True] * 4
    assert points[0].value == pytest.approx(10)
    assert points[8].value > points[11].value > 50
    assert points[-1].value == pytest.approx(reading(subject, now=NOW).value)


def test_many_subjects_cost_no_more_queries_than_one(django_assert_num_queries: Any) -> None:
    subjects = [make_subject(f"s{n}", name=f"品牌{n}") for n in range(8)]
    for subject in subjects:
        make_bucket(subject, NOW - timedelta(hours=1), **bad(5))
    with django_assert_num_queries(2):
        found = readings(subjects, now=NOW)
    with django_assert_num_queries(2):
        lines = serieses(subjects, now=NOW, points=5)
    assert {reading.mentions for reading in found.values()} == {5}
    assert {len(points) for points in lines.values()} == {5}


def test_the_worst_tells_most_then_what_is_sure_and_widely_read() -> None:
    subject = make_subject()
    normal = make_mention(subject, level="normal", p_neg=0.99, reach=9)
    severe = make_mention(subject, level="severe", p_neg=0.6)
    read = make_mention(subject, level="severe", p_neg=0.6, reach=5)
    doubtful = make_mention(subject, level="severe", p_neg=0.6, reach=5, credibility=0.1)
    nothing = make_mention(subject, level="")
    wanted = [m.pk for m in (normal, severe, read, doubtful, nothing)]
    assert telling_posts(mentions=wanted, limit=9) == [read, severe, doubtful, normal, nothing]
    assert telling_posts(mentions=wanted[:1]) == [normal]
    assert telling_posts(mentions=[]) == []


def test_copies_tell_once() -> None:
    subject = make_subject()
    cluster = Cluster.objects.create(fingerprint=1, founded_at=NOW, first_at=NOW, last_at=NOW)
    for _ in range(60):
        make_mention(subject, level="severe", cluster=cluster)
    alone = [make_mention(subject, level="normal") for _ in range(2)]
    found = telling_posts(subject=subject)
    assert [mention.cluster for mention in found] == [cluster, None, None]
    assert set(found[1:]) == set(alone)


def test_telling_posts_are_chosen_by_category_and_time_and_come_loaded(
    django_assert_num_queries: Any,
) -> None:
    subject = make_subject()
    make_mention(subject, category="service")
    make_mention(subject, make_post(published_at=NOW - timedelta(days=2)))
    wanted = make_mention(subject)
    with django_assert_num_queries(1):
        found = telling_posts(subject=subject, category="quality", since=NOW - timedelta(days=1))
        assert found == [wanted]
        assert found[0].post.text
        assert found[0].subject.name
