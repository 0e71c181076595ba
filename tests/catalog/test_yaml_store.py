"""Strict reading of YAML, every mistake with its line; and rows that follow their file."""

from pathlib import Path
from typing import Any

import pytest

from catalog.models import Subject, Team
from catalog.stores import SubjectEntry, SubjectStore, TeamEntry, TeamStore
from catalog.yaml_store import Mistakes, read_list, write_list

TEAMS = """\
- slug: pr
  name: 公关部
  party: pr
- slug: service
  name: 客服部
  party: service
  robot: 客服群
"""


def mistakes(tmp_path: Path, text: str | bytes, entry: Any = TeamEntry) -> list[tuple[int, str]]:
    path = tmp_path / "teams.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Mistakes) as caught:
        read_list(path, entry)
    assert {mistake.file for mistake in caught.value.errors} == {str(path)}
    return [(mistake.line, mistake.message) for mistake in caught.value.errors]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- slug: a\n  name: 甲\n", 1, "party：缺少字段"),
        ("- slug: a\n  name: 甲\n  party: pr\n  phone: 1\n", 4, "phone：没有这个字段"),
        ("- slug: a\n  name: 甲\n  party: boss\n", 3, "“boss”不可用"),
        ("- slug: a\n  name: 360\n  party: pr\n", 2, "应为文字（数字请加引号）"),
        ("- slug: 甲\n  name: 甲\n  party: pr\n", 1, "slug"),
        ("teams:\n- slug: a\n", 1, "应为列表"),
        ("- just words\n", 1, "一组"),
        ("- slug: a\n  slug: b\n", 2, "YAML 写法有误"),
        ("- slug: [a\n", 2, "YAML 写法有误"),
        ("- slug: a\n\tname: b\n", 2, "YAML 写法有误"),
        ("- slug: a\n  name: 甲\n".encode("gbk"), 2, "不是 UTF-8"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, said: str
) -> None:
    [(found, message)] = mistakes(tmp_path, text)
    assert found == line
    assert said in message


def test_all_mistakes_are_found_at_once(tmp_path: Path) -> None:
    text = "- slug: a\n  name: 甲\n- slug: b\n  party: boss\n- slug: c\n  name: 丙\n  party: pr\n"
    assert [line for line, _ in mistakes(tmp_path, text)] == [1, 3, 4]


def test_lines_of_a_subject_must_rise(tmp_path: Path) -> None:
    text = "- slug: a\n  name: 甲\n  watch_at: 60\n"
    [(line, message)] = mistakes(tmp_path, text, SubjectEntry)
    assert (line, "依次不降" in message) == (1, True)


def test_a_missing_file_is_a_mistake_and_an_empty_one_is_not(tmp_path: Path) -> None:
    with pytest.raises(Mistakes, match="读不了"):
        read_list(tmp_path / "none.yaml", TeamEntry)
    empty = tmp_path / "empty.yaml"
    empty.write_text("# nothing yet\n", encoding="utf-8")
    assert read_list(empty, TeamEntry) == []


def test_product_numbers_need_no_quotes(tmp_path: Path) -> None:
    path = tmp_path / "subjects.yaml"
    path.write_text(
        "- slug: a\n  name: 甲\n  platform_ids: {jd: [100001, '7']}\n", encoding="utf-8"
    )
    [located] = read_list(path, SubjectEntry)
    assert located.entry.platform_ids == {"jd": ["100001", "7"]}
    assert located.line == 1


def teams(tmp_path: Path, text: str = TEAMS) -> list[TeamEntry]:
    path = tmp_path / "teams.yaml"
    path.write_text(text, encoding="utf-8")
    return [located.entry for located in TeamStore().read(path)]


@pytest.mark.django_db
def test_loading_twice_is_loading_once(tmp_path: Path) -> None:
    entries = teams(tmp_path)
    assert TeamStore().load(entries).added == ["pr", "service"]
    assert TeamStore().load(entries).same == ["pr", "service"]
    assert Team.objects.get(slug="service").robot == "客服群"


@pytest.mark.django_db
def test_a_row_follows_its_file_until_a_person_edits_it(tmp_path: Path) -> None:
    TeamStore().load(teams(tmp_path))
    renamed = teams(tmp_path, TEAMS.replace("公关部", "公共关系部"))
    assert TeamStore().load(renamed).changed == ["pr"]
    Team.objects.filter(slug="pr").update(name="品牌公关")
    assert TeamStore().load(teams(tmp_path)).kept == ["pr"]
    assert Team.objects.get(slug="pr").name == "品牌公关"
    assert TeamStore().load(teams(tmp_path), force=True).changed == ["pr"]
    assert Team.objects.get(slug="pr").name == "公关部"


@pytest.mark.django_db
def test_what_a_person_made_or_deleted_is_theirs(tmp_path: Path) -> None:
    Team.objects.create(slug="pr", name="自建", party="pr")
    loaded = TeamStore().load(teams(tmp_path))
    assert (loaded.added, loaded.kept) == (["service"], ["pr"])
    Team.objects.filter(slug="service").delete()
    assert TeamStore().load(teams(tmp_path)).kept == ["pr", "service"]
    assert TeamStore().load(teams(tmp_path), force=True).added == ["service"]


@pytest.mark.django_db
def test_a_load_that_fails_leaves_nothing(tmp_path: Path) -> None:
    entries = [*teams(tmp_path), "not an entry"]
    with pytest.raises(AttributeError):
        TeamStore().load(entries)  # type: ignore[list-item]  # the point of the test
    assert not Team.objects.exists()


@pytest.mark.django_db
def test_children_may_stand_before_their_parents(tmp_path: Path) -> None:
    store = SubjectStore()
    child = SubjectEntry(slug="k3", name="K3", kind="product", parent="xinghe", aliases=["壶"])
    parent = SubjectEntry(slug="xinghe", name="星禾", watch_at=30)
    assert store.load([child, parent]).added == ["xinghe", "k3"]
    assert Subject.objects.get(slug="k3").parent == Subject.objects.get(slug="xinghe")
    assert store.load([child, parent]).same == ["xinghe", "k3"]
    assert [reference.name for reference in store.references(child)] == ["xinghe"]


@pytest.mark.django_db
def test_what_is_exported_loads_as_the_same(tmp_path: Path) -> None:
    store = SubjectStore()
    store.load(
        [
            SubjectEntry(slug="b", name="乙", parent="z", platform_ids={"jd": ["1"]}),
            SubjectEntry(slug="z", name="甲: 有#怪 字符", excludes=["- 不算"], alpha=5),
        ]
    )
    write_list(tmp_path / "subjects.yaml", store.export())
    again = [located.entry for located in store.read(tmp_path / "subjects.yaml")]
    assert store.load(again).same == ["z", "b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["subjects.yaml"]
