"""The crisis manual that is shipped: complete, specific and usable."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nlp.categories import Category
from nlp.levels import Level

DEFAULTS = Path(__file__).parents[2] / "config" / "defaults"
PARTIES = {"pr", "service", "engineering", "brand"}


def load(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = YAML(typ="safe").load(DEFAULTS / name)
    return entries


MANUAL = load("manual.yaml")
TEAMS = {team["slug"]: team for team in load("teams.yaml")}
BY_KEY = {(entry["level"], entry["category"]): entry for entry in MANUAL}

each_entry = pytest.mark.parametrize(
    "entry", MANUAL, ids=[f"{entry['level']}-{entry['category']}" for entry in MANUAL]
)


@pytest.mark.parametrize("level", [Level.SEVERE, Level.NORMAL])
@pytest.mark.parametrize("category", list(Category))
def test_every_severe_and_normal_category_has_an_entry(level, category):
    assert (level, category) in BY_KEY


def test_whatever_is_watched_has_an_entry():
    assert ("watch", "*") in BY_KEY


def test_a_source_that_fails_has_an_entry_of_the_operators():
    assert BY_KEY["watch", "source"]["owner"] == "operators"


def test_no_entry_stands_twice():
    assert len(BY_KEY) == len(MANUAL)


@each_entry
def test_levels_and_categories_are_known(entry):
    Level(entry["level"])
    assert entry["category"] in {"*", "source"} or Category(entry["category"])


@each_entry
def test_keys_are_those_of_the_manual(entry):
    known = {"level", "category", "owner", "measures", "tasks", "script"}
    known |= {"response_minutes", "resolution_minutes", "ladder"}
    assert set(entry) <= known


@each_entry
def test_owner_and_ladder_are_teams(entry):
    assert entry["owner"] in TEAMS
    assert entry["ladder"]
    assert set(entry["ladder"]) <= set(TEAMS)
    assert len(set(entry["ladder"])) == len(entry["ladder"])
    assert entry["ladder"][0] != entry["owner"]


@each_entry
def test_measures_are_few_and_each_says_something(entry):
    assert 3 <= len(entry["measures"]) <= 5
    assert all(8 <= len(measure) <= 60 for measure in entry["measures"])


@each_entry
def test_each_of_the_four_parties_has_its_tasks(entry):
    assert set(entry["tasks"]) == PARTIES
    for tasks in entry["tasks"].values():
        assert tasks
        assert all(5 <= len(task) <= 200 for task in tasks)


@each_entry
def test_the_script_is_one_paragraph_of_whole_sentences(entry):
    script = entry["script"]
    assert len(script) >= 15
    assert script.endswith("。")
    assert " " not in script.strip()
    assert "\n" not in script.strip()
    assert script.count("【") == script.count("】")


@each_entry
def test_severe_and_normal_have_a_clock_and_watch_has_none(entry):
    targets = (entry.get("response_minutes"), entry.get("resolution_minutes"))
    assert targets == ((None, None) if entry["level"] == "watch" else (30, 240))


@pytest.mark.parametrize("level", ["severe", "normal"])
def test_the_ladder_of_what_has_a_clock_ends_at_the_top(level):
    for entry in MANUAL:
        if entry["level"] == level:
            assert entry["ladder"][-1] == "leaders"


def test_scripts_of_severe_and_normal_leave_blanks_for_facts():
    assert all("【" in entry["script"] for entry in MANUAL if entry["level"] == "severe")


def test_no_text_is_copied_from_one_entry_to_another():
    measures = [measure for entry in MANUAL for measure in entry["measures"]]
    scripts = [entry["script"] for entry in MANUAL]
    assert len(set(measures)) == len(measures)
    assert len(set(scripts)) == len(scripts)


@pytest.mark.parametrize(
    ("category", "words"),
    [
        ("safety", ["停售", "封存", "就医", "报"]),
        ("counterfeit", ["鉴定", "溯源", "投诉"]),
        ("legal", ["法务", "材料", "期限"]),
        ("media", ["口径", "记者", "热搜"]),
        ("privacy", ["日志", "通知", "诈骗"]),
        ("false_ad", ["下线", "依据"]),
        ("after_sales", ["退款", "押金"]),
    ],
)
def test_severe_measures_are_those_of_the_trade(category, words):
    text = "".join(BY_KEY["severe", category]["measures"])
    assert [word for word in words if word not in text] == []


def test_every_party_has_a_team():
    assert {team["party"] for team in TEAMS.values()} == PARTIES
    assert len(TEAMS) == len(load("teams.yaml"))


@pytest.mark.parametrize("name", ["subjects.yaml", "sources.yaml"])
def test_nothing_is_watched_before_somebody_says_what(name):
    assert load(name) == []


@pytest.mark.parametrize("name", ["subjects.yaml", "sources.yaml"])
def test_the_example_in_the_comments_is_valid_yaml(name):
    lines = (DEFAULTS / name).read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("# - slug"))
    example = "\n".join(line[2:] for line in lines[start:] if line.startswith("#"))
    entries = YAML(typ="safe").load(example)
    assert all(entry["slug"] and entry["name"] for entry in entries)
