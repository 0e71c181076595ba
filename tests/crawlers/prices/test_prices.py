"""Prices as series: what lengthens a run, what opens one, and what changes nothing."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from catalog.models import Subject
from crawlers.models import Price, RatingSummary, Source
from crawlers.prices import PriceSeen, history
from crawlers.ratings_seen import RatingSeen
from crawlers.saving import save_batch
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SEEN = PriceSeen("jd", "100001", NOW, price_fen=1000, name="某牌 V8")


def at(hours, fen=1000, **changes):
    return replace(SEEN, seen_at=NOW + hours * HOUR, price_fen=fen, **changes)


def store(*seen, source=None):
    done = save_batch(list(seen), now=NOW, source=source)
    return done.accepted, done.duplicates


def runs(**of):
    found = history("jd", "100001", **of)
    return [
        (run.price_fen, int((run.first_at - NOW) / HOUR), int((run.last_at - NOW) / HOUR))
        for run in found
    ]


def test_a_price_that_stays_lengthens_its_run():
    assert store(at(0), at(1)) == (1, 1)
    assert store(at(5)) == (0, 1)
    assert runs() == [(1000, 0, 5)]


def test_a_price_that_changes_opens_a_run_also_when_it_comes_back():
    assert store(at(0), at(1, 900), at(2), at(3)) == (3, 1)
    assert runs() == [(1000, 0, 0), (900, 1, 1), (1000, 2, 3)]


def test_the_same_again_changes_nothing():
    seen = [at(0), at(1), at(2, 900), at(3, 900)]
    store(*seen)
    before = list(Price.objects.values())
    assert store(*seen) == (0, 4)
    assert list(Price.objects.values()) == before


def test_what_comes_late_finds_its_place():
    store(at(4), at(6, 900))
    store(at(5))
    assert runs() == [(1000, 4, 5), (900, 6, 6)]
    store(at(2))
    assert runs() == [(1000, 2, 5), (900, 6, 6)]
    store(at(1, 800))
    assert runs() == [(800, 1, 1), (1000, 2, 5), (900, 6, 6)]


def test_what_contradicts_a_run_it_lies_within_is_not_believed():
    store(at(0), at(4))
    assert store(at(2, 900)) == (0, 1)
    assert store(at(4, 900)) == (0, 1)
    assert runs() == [(1000, 0, 4)]


def test_runs_never_overlap_whatever_the_order():
    chance = random.Random(7)
    for _ in range(30):
        Price.objects.all().delete()
        seen = [at(hour, chance.choice([900, 1000])) for hour in range(12)]
        chance.shuffle(seen)
        for start in range(0, 12, 4):
            store(*seen[start : start + 4])
        found = runs()
        assert all(one[2] < other[1] and one[0] != other[0] for one, other in pairwise(found))


def test_any_of_the_values_opens_a_run_a_name_does_not():
    store(at(0))
    assert store(at(1, name="新名字", url="https://x.example/")) == (0, 1)
    for change in (
        {"list_fen": 2000},
        {"final_fen": 900},
        {"coupon": "满300减40"},
        {"available": False},
    ):
        assert store(at(Price.objects.count() + 1, **change)) == (1, 0)


def test_variants_and_platforms_stand_apart():
    store(at(0), at(0, 900, variant="白色"), at(0, 800, platform="tmall"))
    assert [run.variant for run in history("jd", "100001")] == ["", "白色"]
    assert runs(variant="白色") == [(900, 0, 0)]
    assert len(history("tmall", "100001")) == 1


def test_history_is_cut_to_the_time_asked_for():
    store(at(0), at(1), at(2, 900), at(5, 800))
    assert runs(since=NOW + 2 * HOUR) == [(900, 2, 2), (800, 5, 5)]
    assert runs(until=NOW + HOUR) == [(1000, 0, 1)]


def test_the_subject_is_the_pages_else_the_sources():
    subject = Subject.objects.create(slug="rival", name="某牌")
    source = Source.objects.create(
        slug="s", name="s", spider="prices", platform="jd", subject=subject
    )
    store(at(0), at(0, variant="白色", subject="other"), source=source)
    assert [(run.subject_slug, run.source) for run in history("jd", "100001")] == [
        ("rival", source),
        ("other", source),
    ]


def test_words_that_are_too_long_are_cut():
    store(
        replace(
            SEEN,
            product_id="9" * 99,
            variant="规" * 300,
            name="名" * 999,
            coupon="券" * 999,
            seller="店" * 999,
        )
    )
    run = Price.objects.get()
    assert (len(run.product_id), len(run.variant), len(run.coupon)) == (64, 120, 200)


def test_sums_of_reviews_are_kept_while_they_stay_the_same():
    seen = RatingSeen("jd", "100001", NOW, 23000, 22000, 600, 400, 0.97, 0.01, rounded=True)
    save_batch([seen, replace(seen, seen_at=NOW + HOUR)], now=NOW)
    save_batch([replace(seen, seen_at=NOW + 2 * HOUR, poor=500, poor_rate=0.02)], now=NOW)
    first, second = RatingSummary.objects.order_by("first_at")
    assert (first.first_at, first.last_at, first.poor) == (NOW, NOW + HOUR, 400)
    assert (second.total, second.good_rate, second.poor_rate, second.rounded) == (
        23000,
        0.97,
        0.02,
        True,
    )


def test_a_dry_run_shows_amounts_in_yuan():
    cells = at(0, 189900, high_fen=199900, coupon="满300减40", available=True).cells()
    assert cells["页面价"] == "1899.00 至 1999.00"
    assert cells["在售"] == "是"
