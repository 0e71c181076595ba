from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError

from catalog.models import Subject
from crawlers import saving
from crawlers.drafts import Refused, clean
from crawlers.models import CrawlRun, Post, RejectedRecord, Source
from crawlers.saving import LeaseLost, known_ids, save_batch
from crawlers.signals import posts_saved
from tests.crawlers.samples import NOW, post_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    kettle = Subject.objects.create(slug="kettle", name="水壶")
    return Source.objects.create(
        slug="s", name="信源", spider="feed", platform="jd", subject=kettle
    )


@pytest.fixture
def run(source):
    return CrawlRun.objects.create(source=source, started_at=NOW)


@pytest.fixture
def heard():
    counts = []

    def receive(count, **kwargs):
        counts.append(count)

    posts_saved.connect(receive)
    yield counts
    posts_saved.disconnect(receive)


def test_a_batch_is_stored_with_everything_that_belongs_to_it(source, run, heard):
    records = [
        post_record(author="小小鱼", author_id="77", extra={"a": [1, "二"]}),
        clean(post_record(native_id="2", subject="kettle"), now=NOW),
        post_record(native_id="3", text=""),
        Refused({"row": 4}, "看不懂"),
    ]
    saved = save_batch(records, now=NOW, source=source, run=run, checkpoint={"page": 3})
    assert (saved.accepted, saved.duplicates) == (2, 0)
    assert [index for index, _ in saved.rejected] == [2, 3]
    post = Post.objects.get(native_id="1")
    assert (post.author, post.subject_slug, post.state, post.extra) == (
        "小**鱼",
        "kettle",
        "new",
        {"a": [1, "二"]},
    )
    assert len(post.author_hash) == 32
    assert post.fetched_at == NOW
    source.refresh_from_db()
    run.refresh_from_db()
    assert source.checkpoint == {"page": 3}
    assert (run.accepted, run.duplicates, run.rejected) == (2, 0, 2)
    assert set(RejectedRecord.objects.values_list("reason", flat=True)) == {
        "看不懂",
        "text（正文）是空的，也没有评分",
    }
    assert heard == [2]


def test_duplicates_are_counted_exactly_also_within_the_batch(source, run):
    save_batch([post_record(native_id="1", likes=1)], now=NOW)
    saved = save_batch(
        [post_record(native_id=native_id, likes=9) for native_id in ("1", "2", "2", "3", "1")],
        now=NOW,
        source=source,
        run=run,
    )
    assert (saved.accepted, saved.duplicates) == (2, 3)
    assert Post.objects.get(native_id="1").likes == 1


def test_the_same_id_of_another_kind_is_another_post():
    saved = save_batch(
        [post_record(), post_record(kind="comment"), post_record(platform="pdd")], now=NOW
    )
    assert saved.accepted == 3


def test_many_posts_fit_whatever_a_statement_holds():
    records = [post_record(native_id=str(number)) for number in range(1201)]
    assert save_batch(records, now=NOW).accepted == 1201
    assert save_batch(records, now=NOW).duplicates == 1201
    assert Post.objects.count() == 1201


def test_nothing_is_stored_when_anything_fails(source, run):
    with (
        patch.object(saving.RejectedRecord.objects, "bulk_create", side_effect=DatabaseError),
        pytest.raises(DatabaseError),
    ):
        save_batch([post_record()], now=NOW, source=source, run=run, checkpoint={"page": 9})
    source.refresh_from_db()
    run.refresh_from_db()
    assert (Post.objects.count(), source.checkpoint, run.accepted) == (0, {}, 0)


def test_a_receiver_that_fails_takes_the_batch_with_it():
    def fail(**kwargs):
        raise RuntimeError("no")

    posts_saved.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            save_batch([post_record()], now=NOW)
    finally:
        posts_saved.disconnect(fail)
    assert not Post.objects.exists()


def test_the_same_bad_record_is_kept_once_for_a_source(source):
    for _ in range(2):
        saved = save_batch([post_record(kind="x")], now=NOW, source=source)
        assert len(saved.rejected) == 1
    assert RejectedRecord.objects.count() == 1


def test_a_hostile_record_can_be_kept_as_rejected():
    deep: dict[str, object] = {}
    for _ in range(900):
        deep = {"a": deep}
    bad = {"kind": "x\0\ud83d", "n": float("inf"), "long": "长" * 30_000, "deep": deep}
    assert len(save_batch([bad], now=NOW).rejected) == 1


def test_an_unknown_subject_is_rejected_and_the_rest_goes_on():
    saved = save_batch([post_record(subject="nobody"), post_record(native_id="2")], now=NOW)
    assert saved.accepted == 1
    assert saved.rejected == [(0, "subject：没有代号为“nobody”的监测对象")]


def test_an_empty_batch_moves_only_the_checkpoint(source, heard):
    assert save_batch([], now=NOW, source=source, checkpoint={"etag": "x"}).accepted == 0
    source.refresh_from_db()
    assert source.checkpoint == {"etag": "x"}
    assert heard == []


def test_known_ids_are_those_of_the_same_platform_and_kind():
    save_batch([post_record(), post_record(native_id="2", kind="comment")], now=NOW)
    assert known_ids("jd", "review", ["1", "2", "3"]) == {"1"}


def test_what_was_stored_since_a_moment_was_not_known_before_it():
    save_batch([post_record()], now=NOW)
    assert known_ids("jd", "review", ["1"], before=NOW) == set()
    assert known_ids("jd", "review", ["1"], before=NOW + timedelta(seconds=1)) == {"1"}


def test_a_reason_that_quotes_what_no_database_takes_is_kept_all_the_same(source):
    records = [post_record(published_at="\ud800\x00"), post_record(native_id="2")]
    saved = save_batch(records, now=NOW, source=source)
    assert (saved.accepted, len(saved.rejected)) == (1, 1)
    assert RejectedRecord.objects.get().reason.startswith("published_at")


def test_a_run_that_has_lost_its_lease_stores_nothing_more(source):
    Source.objects.update(lease_token="another run's")
    with pytest.raises(LeaseLost):
        save_batch([post_record()], now=NOW, source=source, checkpoint={"a": 1})
    assert not Post.objects.exists()
    assert Source.objects.get().checkpoint != {"a": 1}
