import pytest

from alerts import manual
from alerts.models import ManualEntry
from nlp.categories import Category
from nlp.levels import Level
from tests.alerts.factories import make_entry, make_team

pytestmark = pytest.mark.django_db


def test_the_entry_of_level_and_category_comes_before_the_one_for_the_rest():
    pr = make_team("pr")
    make_entry(pr, "severe", measures=["其余"])
    make_entry(pr, "severe", "safety", measures=["停售"], response_minutes=10)
    book = manual.read()
    safety = book.entry_for(Level.SEVERE, Category.SAFETY)
    assert (safety.measures, safety.response) == (["停售"], manual.RESPONSE / 3)
    assert book.entry_for(Level.SEVERE, Category.PRICE).measures == ["其余"]


@pytest.mark.parametrize("level", Level)
def test_an_empty_manual_still_gives_tasks_and_a_clock(level):
    entry = manual.entry_for(level, Category.OTHER)
    assert entry.measures
    assert any(entry.tasks.values())
    assert (entry.response is None) == (level is Level.WATCH)
    assert entry.source == "内置"
    assert entry.owner is None


def test_without_an_entry_the_pr_team_answers():
    pr = make_team("pr")
    assert manual.entry_for(Level.SEVERE, Category.OTHER).owner == pr


def test_a_target_left_blank_is_the_usual_one_and_watch_has_none():
    pr = make_team("pr")
    make_entry(pr, "normal", response_minutes=None, resolution_minutes=None)
    make_entry(pr, "watch", response_minutes=10, resolution_minutes=20)
    book = manual.read()
    normal = book.entry_for(Level.NORMAL, Category.PRICE)
    assert (normal.response, normal.resolution) == (manual.RESPONSE, manual.RESOLUTION)
    watch = book.entry_for(Level.WATCH, Category.PRICE)
    assert (watch.response, watch.resolution) == (None, None)


def test_the_whole_manual_is_read_in_two_queries(django_assert_num_queries):
    pr = make_team("pr")
    for category in list(Category)[:5]:
        make_entry(pr, "severe", category)
    with django_assert_num_queries(2):
        book = manual.read()
        for category in Category:
            assert book.entry_for(Level.SEVERE, category).snapshot()["level"] == "severe"


def test_a_snapshot_survives_changes_of_the_manual():
    pr = make_team("pr", name="公关组")
    make_entry(pr, "severe", ladder=["boss"])
    snapshot = manual.entry_for(Level.SEVERE, Category.SAFETY).snapshot()
    ManualEntry.objects.all().delete()
    assert snapshot == {
        "level": "severe",
        "category": "safety",
        "source": "严重 · 其余",
        "owner": "pr",
        "owner_name": "公关组",
        "measures": ["暂停该批次销售"],
        "tasks": {"pr": ["备致歉口径"], "engineering": ["排查 K3 批次"]},
        "script": "",
        "response_minutes": 30,
        "resolution_minutes": 240,
        "ladder": ["boss"],
    }
