"""When texts appear, and what dates they bear."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from demo.posts import load_story
from demo.timeline import CHINA, LAG, Shown, schedule, visible

START = datetime(2024, 11, 18, 6, 0, tzinfo=UTC)
STORY = load_story()
HOURS = [datetime(2024, 11, 18, hour, 30, tzinfo=UTC) for hour in range(0, 24, 3)]
LISTS = [("shop", key) for key in ("K3", "A5", "P2", "H1", "R2")]
LISTS += [(platform, "") for platform in ("weibo", "tousu", "news", "rules")]


def of_moment(moment: str, start: datetime = START) -> list[Shown]:
    return [shown for shown in schedule(STORY, start) if shown.post.moment == moment]


@pytest.mark.parametrize("start", HOURS, ids=lambda start: f"{start:%H}")
def test_no_date_is_later_than_the_appearing(start: datetime) -> None:
    for shown in schedule(STORY, start):
        assert shown.published_at <= shown.appears_at - LAG / 2


def test_a_follow_up_is_never_dated_in_the_future() -> None:
    for shown in schedule(STORY, START):
        if shown.post.after:
            written_at = shown.published_at + timedelta(days=shown.post.after.days, minutes=20)
            assert written_at <= shown.appears_at


def test_the_schedule_is_the_same_every_time() -> None:
    assert schedule(STORY, START) == schedule(list(reversed(STORY)), START)


def test_lists_are_newest_first_and_only_grow() -> None:
    scheduled = schedule(STORY, START)
    dates = [shown.published_at for shown in scheduled]
    assert dates == sorted(dates, reverse=True)
    before: set[str] = set()
    for seconds in range(0, 4000, 7):
        here = {s.post.id for s in visible(scheduled, START + timedelta(seconds=seconds))}
        assert before <= here
        before = here
    assert len(before) == len(STORY)


@pytest.mark.parametrize(
    ("moment", "opens", "closes", "oldest"),
    [
        ("week", -15, 25, timedelta(days=7, hours=6)),
        ("side", 30, 75, timedelta(minutes=140)),
        ("leak", 25, 80, timedelta(minutes=150)),
        ("rumour", 70, 115, timedelta(minutes=40)),
    ],
)
def test_each_moment_keeps_its_window(
    moment: str, opens: float, closes: float, oldest: timedelta
) -> None:
    for shown in of_moment(moment):
        since = (shown.appears_at - START).total_seconds()
        assert opens <= since <= closes
        assert START - oldest <= shown.published_at


def test_the_leak_spreads_over_hours_up_to_now() -> None:
    dates = [shown.published_at for shown in of_moment("leak")]
    assert min(dates) < START - timedelta(minutes=130)
    assert max(dates) > START - timedelta(minutes=2)


def test_afterwards_one_post_a_minute_trickles_and_then_it_rests() -> None:
    appearing = sorted(shown.appears_at for shown in of_moment("after"))
    gaps = [(b - a).total_seconds() for a, b in pairwise(appearing)]
    assert len(appearing) >= 60
    assert max(gaps) < 120
    assert appearing[-1] <= START + timedelta(hours=1)


@pytest.mark.parametrize("start", HOURS, ids=lambda start: f"{start:%H}")
def test_people_sleep_at_night_during_the_week(start: datetime) -> None:
    for shown in of_moment("week", start):
        assert not 2 <= shown.published_at.astimezone(CHINA).hour < 7


@pytest.mark.parametrize(("platform", "product"), LISTS)
def test_every_list_has_something_at_the_start(platform: str, product: str) -> None:
    here = visible(schedule(STORY, START), START)
    assert any(s.post.platform == platform and s.post.product == product for s in here)


@pytest.mark.parametrize(("platform", "product"), LISTS)
@pytest.mark.parametrize("every", [5, 11, 30])
def test_reading_until_a_page_is_known_misses_nothing(
    platform: str, product: str, every: int
) -> None:
    scheduled = [
        shown
        for shown in schedule(STORY, START)
        if (shown.post.platform, shown.post.product) == (platform, product)
    ]
    known: set[str] = set()
    for seconds in range(0, 3700, every):
        here = [s.post.id for s in visible(scheduled, START + timedelta(seconds=seconds))]
        for first in range(0, len(here), 10):
            page = set(here[first : first + 10])
            if page <= known:
                break
            known |= page
    assert known == {shown.post.id for shown in scheduled}
