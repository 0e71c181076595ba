"""Posts become mentions: all of it or none, once, and one bad post stops no other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from catalog.models import Subject
from crawlers.models import Post
from nlp.analysis import Analysis, Item
from nlp.categories import Category
from nlp.levels import Level
from opinion import buckets, claims, scoring
from opinion.models import Bucket, Cluster, Mention, Signal
from opinion.scoring import score_pending
from opinion.signals import signals_raised
from tests.opinion.makers import (
    NOTHING,
    NOW,
    PRAISE,
    Fake,
    different,
    make_post,
    make_subject,
    negative,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@contextmanager
def receiving(receiver: Any) -> Iterator[None]:
    signals_raised.connect(receiver, weak=False)
    try:
        yield
    finally:
        signals_raised.disconnect(receiver)


def test_a_post_becomes_a_mention_of_each_subject_it_names() -> None:
    make_subject()
    make_subject("shanpo", name="杉泊")
    post = make_post(f"星禾比杉泊差 {different(1)}", likes=1, comments=2, reposts=3)
    assert score_pending(now=NOW, analyst=Fake(negative())) == 1
    first, second = Mention.objects.order_by("subject__slug")
    assert (first.subject.slug, second.subject.slug) == ("shanpo", "xinghe")
    assert second.post == post
    assert (second.label, second.level, second.category) == ("neg", "severe", "quality")
    assert second.hits[0]["text"] == "漏水"
    assert second.reach == pytest.approx(1 + 3.906890595608519)
    assert (second.scored_at, second.versions) == (NOW, "fake+1")
    post.refresh_from_db()
    assert (post.state, post.lease_token, post.lease_until) == ("scored", "", None)


def test_a_post_about_nobody_is_scored_without_a_mention_and_not_analysed() -> None:
    make_subject()
    make_post("今天天气真好")
    fake = Fake()
    assert score_pending(now=NOW, analyst=fake) == 1
    assert Mention.objects.count() == 0
    assert fake.read == []
    assert Post.objects.get().state == "scored"


def test_nothing_to_do_is_no_work() -> None:
    assert score_pending(now=NOW, analyst=Fake()) == 0


def test_the_source_or_sender_may_name_the_subject() -> None:
    make_subject()
    make_post("壶底漏水", subject_slug="xinghe")
    score_pending(now=NOW, analyst=Fake(negative()))
    assert Mention.objects.get().subject.slug == "xinghe"


def test_an_inactive_subject_gets_no_mention() -> None:
    make_subject(active=False)
    make_post()
    assert score_pending(now=NOW, analyst=Fake()) == 1
    assert not Mention.objects.exists()


def test_a_default_text_is_counted_but_says_nothing() -> None:
    make_subject()
    make_post("星禾 此用户没有填写评价", rating=1)
    score_pending(now=NOW, analyst=Fake(NOTHING))
    bucket = Bucket.objects.get()
    assert (bucket.mentions, bucket.scored, bucket.reviews, bucket.bad_reviews) == (1, 0, 1, 1)
    assert (bucket.weight, Mention.objects.get().credibility) == (0, 0)
    assert not Signal.objects.exists()


def test_mentions_are_summed_in_one_bucket_of_their_main_category() -> None:
    make_subject()
    published = NOW - timedelta(minutes=3)
    make_post(published_at=published, rating=1)
    make_post(published_at=published, rating=5)
    make_post(published_at=published, kind=Post.Kind.SOCIAL)
    score_pending(now=NOW, analyst=Fake(negative()))
    bucket = Bucket.objects.get()
    assert bucket.at == NOW - timedelta(minutes=5)
    assert (bucket.platform, bucket.category) == ("jd", "quality")
    assert (bucket.mentions, bucket.scored, bucket.negative) == (3, 3, 3)
    assert (bucket.reviews, bucket.bad_reviews) == (2, 1)
    assert (bucket.weight, bucket.weighted_p) == pytest.approx((3, 2.85))


@pytest.mark.parametrize(
    ("analysis", "category"),
    [(negative(None, p=0.8), "other"), (negative(None, p=0.7), ""), (PRAISE, "")],
)
def test_only_what_is_clearly_negative_has_a_category_without_a_hit(
    analysis: Analysis, category: str
) -> None:
    make_subject()
    make_post()
    score_pending(now=NOW, analyst=Fake(analysis))
    assert Mention.objects.get().category == category
    assert Bucket.objects.get().category == category


def test_a_review_without_stars_is_bad_when_it_is_negative() -> None:
    make_subject()
    make_post()
    score_pending(now=NOW, analyst=Fake(negative()))
    assert Bucket.objects.get().bad_reviews == 1


def test_copies_share_a_cluster_and_count_less_beyond_the_third() -> None:
    make_subject()
    text = "星禾电热水壶用了三天就漏水，客服推来推去不肯退款，大家千万别买"
    for number in range(6):
        make_post(text + "！" * number, author_hash=f"author{number % 2}")
    score_pending(now=NOW, limit=2, analyst=Fake(negative()))
    score_pending(now=NOW, limit=4, analyst=Fake(negative()))
    worth = list(Mention.objects.order_by("pk").values_list("credibility", flat=True))
    assert worth == pytest.approx([1, 1, 1, 1 / 2, 1 / 3, 1 / 4])
    cluster = Cluster.objects.get()
    assert (cluster.posts, cluster.authors) == (6, 2)
    assert set(Mention.objects.values_list("cluster", flat=True)) == {cluster.pk}


def test_different_texts_and_short_ones_share_no_cluster() -> None:
    make_subject()
    make_post()
    make_post()
    make_post("星禾质量不好")
    make_post("星禾质量不好")
    score_pending(now=NOW, analyst=Fake(negative()))
    assert Cluster.objects.count() == 2
    assert Mention.objects.filter(cluster=None, credibility=1).count() == 2


def test_a_text_that_returns_after_a_week_founds_a_new_cluster() -> None:
    make_subject()
    make_post(f"星禾{different(7)}")
    score_pending(now=NOW, analyst=Fake())
    make_post(f"星禾{different(7)}")
    score_pending(now=NOW + timedelta(days=8), analyst=Fake())
    assert Cluster.objects.count() == 2


def test_signals_come_saved_with_what_they_rest_on() -> None:
    make_subject()
    make_post()
    heard: list[Signal] = []
    with receiving(lambda signals, now, **_: heard.extend(signals)):
        score_pending(now=NOW, analyst=Fake(negative()))
    [signal] = heard
    mention = Mention.objects.get()
    assert signal == Signal.objects.get()
    assert (signal.key, signal.level) == (f"rule:{mention.pk}:quality", "severe")
    assert signal.mention == mention


def test_silence_is_not_announced() -> None:
    make_subject()
    make_post()
    heard: list[Signal] = []
    with receiving(lambda signals, now, **_: heard.extend(signals)):
        score_pending(now=NOW, analyst=Fake(PRAISE))
    assert not heard


class Killed(BaseException):
    """The process is gone: nothing catches this."""


def test_a_death_in_the_middle_leaves_nothing_and_the_next_pass_does_all_once() -> None:
    subject = make_subject()
    for _ in range(5):
        make_post()

    def die(**_: Any) -> None:
        raise Killed

    with receiving(die), pytest.raises(Killed):
        score_pending(now=NOW, analyst=Fake(negative()))
    assert not Mention.objects.exists()
    assert not Bucket.objects.exists()
    assert not Signal.objects.exists()
    assert not Cluster.objects.exists()

    soon = NOW + claims.LEASE - timedelta(seconds=1)
    assert score_pending(now=soon, analyst=Fake(negative())) == 0
    assert score_pending(now=NOW + claims.LEASE, analyst=Fake(negative())) == 5
    assert score_pending(now=NOW + claims.LEASE, analyst=Fake(negative())) == 0
    assert Mention.objects.count() == 5
    assert Signal.objects.filter(detector="rule").count() == 5
    assert Bucket.objects.get().mentions == 5
    assert buckets.recount(subjects=[subject.pk]) == []


def test_who_lost_the_lease_writes_nothing() -> None:
    make_subject()
    make_post()

    def steal(item: Item) -> Analysis:
        late = NOW + claims.LEASE
        assert score_pending(now=late, analyst=Fake(negative())) == 1
        return negative()

    assert score_pending(now=NOW, analyst=Fake(steal)) == 0
    assert Mention.objects.count() == 1
    assert Bucket.objects.get().mentions == 1


def test_a_bad_post_stops_no_other_and_is_failed_the_third_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_subject()
    bad = make_post("星禾 这条会出错")
    make_post()

    def fussy(item: Item) -> Analysis:
        if "出错" in item.text:
            raise ValueError("读不懂")
        return PRAISE

    assert score_pending(now=NOW, analyst=Fake(fussy)) == 1
    bad.refresh_from_db()
    assert (bad.state, bad.attempts, bad.error) == ("new", 1, "ValueError: 读不懂")
    assert score_pending(now=NOW, analyst=Fake(fussy)) == 0
    assert score_pending(now=NOW + timedelta(minutes=1), analyst=Fake(fussy)) == 0
    assert score_pending(now=NOW + timedelta(minutes=11), analyst=Fake(fussy)) == 0
    bad.refresh_from_db()
    assert (bad.state, bad.attempts, bad.lease_token) == ("failed", 3, "")
    assert f"post {bad.pk}" in caplog.text


def test_a_receiver_that_fails_once_costs_a_retry_and_nothing_else() -> None:
    make_subject()
    make_post()

    def refuse(**_: Any) -> None:
        raise RuntimeError

    with receiving(refuse):
        assert score_pending(now=NOW, analyst=Fake(negative())) == 0
    assert not Mention.objects.exists()
    assert score_pending(now=NOW + timedelta(minutes=1), analyst=Fake(negative())) == 1
    assert Mention.objects.count() == Signal.objects.count() == 1


def test_trouble_with_the_database_is_raised_and_held_against_no_post(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_subject()
    make_post()

    def lock(*_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(scoring, "_write", lock)
        with pytest.raises(OperationalError):
            score_pending(now=NOW, analyst=Fake())
    assert Post.objects.get().attempts == 0
    assert score_pending(now=NOW, analyst=Fake()) == 1


def test_no_transaction_is_open_while_texts_are_read(
    transactional_db: None,
) -> None:
    from django.db import connection

    make_subject()
    make_post()
    seen: list[bool] = []

    def look(item: Item) -> Analysis:
        seen.append(connection.in_atomic_block)
        return PRAISE

    score_pending(now=NOW, analyst=Fake(look))
    assert seen == [False]


def test_the_number_of_queries_does_not_grow_with_posts_or_subjects(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(20):
        make_subject(f"s{number}", name=f"品牌{number}号")
        make_post(f"品牌{number}号 {different(1000 + number)}")
    with django_assert_max_num_queries(22):
        assert score_pending(now=NOW, analyst=Fake(negative())) == 20
    assert Signal.objects.filter(detector="rule").count() == 20


def test_the_shipped_path_needs_no_analyst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "_analyst", lambda: Fake(negative(Category.SAFETY, Level.SEVERE)))
    make_subject(kind=Subject.Kind.PRODUCT)
    make_post()
    assert score_pending(now=NOW) == 1
    assert Signal.objects.get().category == "safety"
