"""The memory of clusters follows the database, also another process's and an emptied one."""

from datetime import timedelta

import pytest

from nlp.normalise import normalise
from opinion import clusters
from opinion.founders import MEMORY, Memory, memory
from opinion.models import Cluster
from tests.opinion.makers import NOW, different, make_post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    memory.forget()


def found(at: int = 0, fingerprint: int = 1) -> Cluster:
    moment = NOW + timedelta(minutes=at)
    return Cluster.objects.create(
        fingerprint=fingerprint, founded_at=moment, first_at=moment, last_at=moment
    )


def test_what_others_found_is_seen_once() -> None:
    mine = Memory()
    first = found()
    assert list(mine.founders(NOW).pks) == [first.pk]
    second = found(fingerprint=-1)
    assert list(mine.founders(NOW).pks) == [first.pk, second.pk]
    known = mine.founders(NOW)
    assert list(known.pks) == [first.pk, second.pk]
    assert list(known.prints) == [1, 2**64 - 1]


def test_a_week_is_remembered() -> None:
    mine = Memory()
    old, young = found(), found(at=5)
    assert len(mine.founders(NOW + MEMORY - timedelta(seconds=1)).pks) == 2
    assert list(mine.founders(NOW + MEMORY).pks) == [young.pk]
    assert list(mine.founders(NOW).pks) == [old.pk, young.pk]


def test_a_cluster_that_is_gone_takes_in_nobody() -> None:
    text = f"星禾{different(1)}"
    first = make_post(text)
    clusters.save(clusters.place([(first, normalise(text))], now=NOW).values())
    Cluster.objects.all().delete()
    again = clusters.place([(first, normalise(text))], now=NOW)
    assert again[first.pk].group.is_new
    assert again[first.pk].position == 1


def test_another_cluster_under_the_same_number_is_no_match() -> None:
    text, other = f"星禾{different(1)}", f"星禾{different(2)}"
    post = make_post(text)
    places = clusters.place([(post, normalise(text))], now=NOW)
    clusters.save(places.values())
    row = places[post.pk].group.row
    Cluster.objects.filter(pk=row.pk).update(fingerprint=clusters.prints.fingerprint(other))
    assert clusters.place([(post, normalise(text))], now=NOW)[post.pk].group.is_new
    joined = clusters.place([(post, normalise(other))], now=NOW)
    assert joined[post.pk].group.row == row


def test_unnamed_authors_count_each_and_named_ones_once() -> None:
    text = f"星禾{different(4)}"
    posts = [make_post(text, author_hash=name) for name in ("a", "a", "b", "", "")]
    clusters.save(clusters.place([(post, normalise(text)) for post in posts], now=NOW).values())
    cluster = Cluster.objects.get()
    assert (cluster.posts, cluster.authors) == (5, 4)
    assert cluster.first_at == min(post.published_at for post in posts)


@pytest.mark.parametrize(("position", "worth"), [(1, 1), (3, 1), (4, 0.5), (5, 1 / 3), (12, 0.1)])
def test_the_third_copy_counts_in_full_and_later_ones_less(position: int, worth: float) -> None:
    assert clusters.worth(position) == pytest.approx(worth)
