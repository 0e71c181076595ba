"""What a run tells of itself, and how it is held against its source's own history."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from crawlers import run_stats
from crawlers.drafts import clean
from crawlers.models import CrawlRun, Outcome, Source
from crawlers.run_stats import Figures, Tally, oddities, quiet_after, remembered
from tests.crawlers.samples import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
USUAL = {"runs": 30, "rows": 90, "seconds": 10, "fields": {"author": 0.98, "rating": 0.4}}


def draft(**fields: Any) -> Any:
    record = {"platform": "jd", "kind": "review", "native_id": "1", "text": "好", "rating": 5}
    return clean(record | {"published_at": "2024-01-02", "author": "某"} | fields, now=NOW)


def test_coverage_is_the_share_of_posts_that_have_a_field() -> None:
    tally = Tally()
    tally.see(draft())
    tally.see(draft(author="", url="https://jd.example/1", published_estimated=True))
    tally.see(draft(kind="social", rating=None))
    tally.see(draft(rating=None))
    assert tally.told() == {
        "kept": 4,
        "fields": {"author": 0.75, "time": 0.75, "url": 0.25, "text": 1.0, "rating": 0.667},
        "refused": {},
    }


def test_refusals_are_counted_by_what_they_have_in_common() -> None:
    tally = Tally()
    for reason in ("kind（类型）“a”不在其中", "kind（类型）“b”不在其中", "2031-01-01 在将来"):
        tally.refuse(reason)
    assert tally.told()["refused"] == {"kind（类型）“…”不在其中": 2, "… 在将来": 1}


def test_only_the_most_common_refusals_are_kept() -> None:
    tally = Tally()
    for number in range(40):
        tally.refuse("x" * number)
    assert len(tally.told()["refused"]) == 10


@pytest.mark.parametrize(
    ("figures", "seconds", "codes"),
    [
        (Figures(rows=90, kept=90, fields={"author": 1.0}), 10, []),
        (Figures(rows=9), 10, []),
        (Figures(rows=8), 10, ["rows"]),
        (Figures(rows=0, nothing_new=True), 10, []),
        (Figures(rows=90, kept=20, fields={"author": 0.48}), 10, ["fields"]),
        (Figures(rows=90, kept=20, fields={"author": 0.5}), 10, []),
        (Figures(rows=90, kept=4, fields={"author": 0.0}), 10, []),
        (Figures(rows=90, kept=20, fields={"rating": 0.0}), 10, []),  # seldom there anyway
        (Figures(rows=90), 70, []),
        (Figures(rows=90), 71, ["slow"]),
        (Figures(rows=1), 900, ["rows", "slow"]),
    ],
)
def test_a_run_is_held_against_the_usual(
    figures: Figures, seconds: float, codes: list[str]
) -> None:
    assert [code for code, _ in oddities(figures, seconds, USUAL)] == codes


def test_too_little_history_is_none() -> None:
    assert oddities(Figures(rows=0), 10**6, USUAL | {"runs": 9}) == []
    assert oddities(Figures(rows=0), 10**6, {}) == []


def found(*hours: float) -> list[datetime]:
    return [NOW - timedelta(hours=ago) for ago in hours]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], None),
        (range(5), None),
        (range(6), 24 * HOUR),  # known for a few hours only: its nights are not
        (range(0, 60, 1), 6 * HOUR),
        (range(0, 100, 10), 30 * HOUR),
        ([*range(30), *range(130, 160)], 6 * HOUR),  # one long failure among many gaps
    ],
)
def test_a_source_is_too_quiet_by_its_own_gaps(hours: Any, expected: timedelta | None) -> None:
    assert quiet_after(found(*hours), 10 * MINUTE) == expected


def make(**values: Any) -> Source:
    values = {"slug": "s", "name": "s", "spider": "feed", "platform": "news"} | values
    return Source.objects.create(**values)


def run_of(source: Source, ago: timedelta, **values: Any) -> CrawlRun:
    values = {"outcome": "ok", "rows": 90, "kept": 90, "fields": {"author": 1.0}} | values
    began = NOW - ago
    return CrawlRun.objects.create(
        source=source, started_at=began, finished_at=began + 10 * timedelta(seconds=1), **values
    )


def end(source: Source, figures: Figures, *, at: datetime = NOW, **values: Any) -> str:
    """End a run of ten seconds at `at`, as `runs` does."""
    accepted = values.pop("accepted", 0)
    run = CrawlRun.objects.create(
        source=source, started_at=at - timedelta(seconds=10), accepted=accepted
    )
    settings: dict[str, Any] = {"outcome": Outcome.OK, "why": "", "judged": True, "now": at}
    settings |= values
    odd, change = remembered(source, run, figures, **settings)
    CrawlRun.objects.filter(pk=run.pk).update(
        odd=odd, outcome=settings["outcome"], finished_at=at, **figures.columns()
    )
    Source.objects.filter(pk=source.pk).update(**change)
    source.refresh_from_db()
    return odd


GOOD = Figures(rows=90, kept=90, fields={"author": 1.0})
POOR = Figures(rows=90, kept=90, fields={"author": 0.1})


@pytest.mark.django_db
def test_an_odd_run_is_noted_and_never_becomes_the_usual_within_a_week() -> None:
    source = make()
    for number in range(20):
        run_of(source, HOUR + number * MINUTE)
    for number in range(30):
        assert "有作者的只占 10%" in end(source, POOR, at=NOW + number * MINUTE)
    assert source.odd["runs"] == 30
    assert source.usual["fields"] == {"author": 1.0}
    assert end(source, GOOD, at=NOW + HOUR) == ""
    assert source.odd is None


@pytest.mark.django_db
def test_what_has_lasted_a_week_is_how_things_are() -> None:
    source = make()
    for number in range(70):
        run_of(source, 8 * DAY + number * MINUTE, fields={"author": 0.1}, odd="有作者的少了")
    assert end(source, POOR) == ""
    assert source.usual["fields"] == {"author": 0.1}


@pytest.mark.django_db
def test_a_run_for_a_part_only_is_no_measure() -> None:
    source = make()
    for number in range(20):
        run_of(source, HOUR + number * MINUTE)
    assert end(source, Figures(rows=1), judged=False) == ""
    assert (source.odd, source.usual) == (None, None)


@pytest.mark.django_db
def test_trouble_keeps_its_beginning_until_a_good_run() -> None:
    source = make()
    began = NOW - timedelta(seconds=10)
    end(source, Figures(), outcome=Outcome.FAILED, why="爬虫出错")
    end(source, Figures(), outcome=Outcome.BLOCKED, why="HTTP 403", at=NOW + HOUR)
    assert (source.bad_since, source.trouble) == (began, "HTTP 403")
    end(source, Figures(), outcome=Outcome.STOPPED, why="被停止", at=NOW + HOUR)
    assert source.bad_since == began
    end(source, GOOD, at=NOW + 2 * HOUR)
    assert (source.bad_since, source.trouble) == (None, "")


@pytest.mark.django_db
def test_a_gap_is_told_until_a_run_has_none() -> None:
    source = make()
    end(source, Figures(gap="09:00 至 10:00"))
    assert (source.gap, source.gap_since) == ("09:00 至 10:00", NOW - timedelta(seconds=10))
    end(source, Figures(), at=NOW + HOUR)
    assert (source.gap, source.gap_since) == ("", None)


@pytest.mark.django_db
def test_finds_make_the_usual_gap() -> None:
    source = make(found_at=NOW - DAY)
    for number in range(60):
        run_of(source, number * HOUR, accepted=1)
    end(source, GOOD)
    assert source.found_at == NOW - DAY
    assert source.usual["quiet_s"] is None
    end(source, GOOD, accepted=3)
    assert source.found_at == NOW
    assert source.usual["quiet_s"] == 6 * 3600


@pytest.mark.django_db
def test_the_cost_of_ending_a_run_does_not_grow_with_its_history(
    django_assert_max_num_queries: Any,
) -> None:
    source = make()
    for number in range(100):
        run_of(source, number * MINUTE, accepted=1)
    run = CrawlRun.objects.create(source=source, started_at=NOW, accepted=1)
    with django_assert_max_num_queries(3):
        remembered(source, run, GOOD, outcome=Outcome.OK, why="", judged=True, now=NOW)


def test_figures_are_read_from_any_result() -> None:
    assert Figures.read({}) == Figures()
    told = {"rows": 3, "kept": 2, "reason": "finished", "gap": None, "block": None}
    assert Figures.read(told) == Figures(rows=3, kept=2)
    assert run_stats.Figures.read({"gap": "x" * 500}).gap == "x" * 200
