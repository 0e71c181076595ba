"""Rules between YAML, rows and the engine."""

from pathlib import Path
from typing import Any

import pytest

from catalog.yaml_store import Mistakes
from nlp.levels import Level
from nlp.normalise import normalise
from opinion import rule_store
from opinion.models import Rule
from opinion.rule_store import RuleStore

pytestmark = pytest.mark.django_db

YAML = """\
- id: leak
  category: quality
  any: [漏水, 渗水]
  level: severe
  examples:
    match: [壶底漏水了]
    no_match: [一直很好用]
- id: slow-parcel
  category: logistics
  any: [快递太慢]
  examples:
    match: [快递太慢了]
    no_match: [快递很快]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def load(path: Path, **options: Any) -> Any:
    store = RuleStore()
    return store.load([located.entry for located in store.read(path)], **options)


def hits(text: str) -> list[str]:
    return [hit.rule for hit in rule_store.current().match(normalise(text)).hits]


def test_loaded_rules_judge_texts(file: Path) -> None:
    assert hits("壶底漏水了") == []
    assert load(file).added == ["leak", "slow-parcel"]
    assert hits("壶底漏水了") == ["leak"]
    rule = Rule.objects.get(slug="slow-parcel")
    assert (rule.category, rule.level, rule.enabled) == ("logistics", "watch", True)
    assert "id" not in rule.spec


def test_a_second_load_changes_nothing(file: Path) -> None:
    load(file)
    before = list(Rule.objects.values())
    again = load(file)
    assert (again.added, again.changed, again.kept) == ([], [], [])
    assert list(Rule.objects.values()) == before
    assert Rule.history.count() == 2


def test_an_edit_a_new_rule_and_a_removed_one_are_picked_up_at_once(file: Path) -> None:
    load(file)
    first = rule_store.current()
    assert rule_store.current() is first
    rule = Rule.objects.get(slug="leak")
    rule.spec = {**rule.spec, "any": ["冒烟"]}
    rule.save()
    assert hits("壶底漏水了") == []
    assert hits("壶底冒烟了") == ["leak"]
    rule.enabled = False
    rule.save()
    assert hits("壶底冒烟了") == []
    Rule.objects.filter(slug="slow-parcel").delete()
    assert hits("快递太慢了") == []


def test_the_columns_win_over_the_spec(file: Path) -> None:
    load(file)
    rule = Rule.objects.get(slug="leak")
    rule.level, rule.category = "watch", "safety"
    rule.spec = {**rule.spec, "level": "severe", "category": "quality"}
    rule.save()
    [hit] = rule_store.current().match(normalise("壶底漏水了")).hits
    assert (hit.level, hit.category) == (Level.WATCH, "safety")


def test_an_unusable_rule_silences_no_other(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    load(file)
    rule = Rule.objects.get(slug="slow-parcel")
    rule.spec = {"pattern": "("}
    rule.save()
    assert hits("壶底漏水了") == ["leak"]
    assert "slow-parcel" in caplog.text
    assert load(file).kept == ["slow-parcel"]


def test_what_a_person_edited_or_deleted_is_kept_unless_forced(file: Path) -> None:
    load(file)
    rule = Rule.objects.get(slug="leak")
    rule.level = "normal"
    rule.save()
    Rule.objects.filter(slug="slow-parcel").delete()
    file.write_text(YAML.replace("渗水", "滴水"), encoding="utf-8")
    assert load(file).kept == ["leak", "slow-parcel"]
    assert Rule.objects.get().level == "normal"
    forced = load(file, force=True)
    assert (forced.changed, forced.added) == (["leak"], ["slow-parcel"])
    assert Rule.objects.get(slug="leak").level == "severe"


def test_a_rule_switched_off_by_a_person_follows_its_file_and_stays_off(file: Path) -> None:
    load(file)
    rule = Rule.objects.get(slug="leak")
    rule.enabled = False
    rule.save()
    file.write_text(YAML.replace("渗水", "滴水"), encoding="utf-8")
    assert load(file).changed == ["leak"]
    rule.refresh_from_db()
    assert not rule.enabled
    assert rule.spec["any"] == ["漏水", "滴水"]


def test_mistakes_come_with_file_and_line(file: Path) -> None:
    file.write_text(YAML.replace("category: logistics", "category: parcels"), encoding="utf-8")
    with pytest.raises(Mistakes) as caught:
        RuleStore().read(file)
    [mistake] = caught.value.errors
    assert (mistake.file, mistake.line) == (str(file), 9)


def test_exported_rules_load_as_the_same(file: Path, tmp_path: Path) -> None:
    from catalog.yaml_store import write_list

    load(file)
    exported = RuleStore().export()
    assert "level" not in exported[1]
    write_list(tmp_path / "again.yaml", exported)
    again = load(tmp_path / "again.yaml")
    assert again.same == ["leak", "slow-parcel"]
