"""load, export and check as a person meets them."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError

from alerts.models import ManualEntry
from catalog.models import Subject, Team
from console import configuration, surroundings
from crawlers.models import Source
from opinion.models import Rule

pytestmark = pytest.mark.django_db

FILES = {
    "teams.yaml": "- {slug: pr, name: 公关部, party: pr}\n",
    "subjects.yaml": "- {slug: xinghe, name: 星禾, aliases: [XingHe]}\n",
    "sources.yaml": (
        "- slug: news\n  name: 资讯\n  spider: feed\n  platform: news\n  subject: xinghe\n"
        "  params: {url: 'https://example.org/feed.xml', delay: 2.5}\n"
    ),
    "rules/quality.yaml": (
        "- id: leak\n  category: quality\n  any: [漏水]\n"
        "  examples: {match: [壶底漏水了], no_match: [一直很好用]}\n"
    ),
    "manual.yaml": (
        "- level: severe\n  category: quality\n  owner: pr\n  measures: [下架]\n"
        "  tasks: {pr: [备口径]}\n  response_minutes: 30\n  resolution_minutes: 240\n"
        "  ladder: [pr]\n"
        "- {level: severe, category: '*', owner: pr}\n"
        "- {level: normal, category: '*', owner: pr}\n"
        "- {level: watch, category: '*', owner: pr}\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "配置"
    (path / "rules").mkdir(parents=True)
    for name, text in FILES.items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def run(*arguments: Any) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except SystemExit as exc:
        return int(str(exc.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_folder_becomes_rows_and_a_second_load_changes_nothing(folder: Path) -> None:
    code, out, err = run("load", folder)
    assert (code, err) == (0, "")
    assert out.count("新增 1，更新 0，不变 0") == 4
    source = Source.objects.get()
    assert (source.subject, source.params["delay"]) == (Subject.objects.get(), 2.5)
    entry = ManualEntry.objects.get(category="quality")
    assert (entry.owner, entry.tasks) == (Team.objects.get(), {"pr": ["备口径"]})
    assert (entry.response_minutes, entry.ladder) == (30, ["pr"])
    assert ManualEntry.objects.filter(category="").count() == 3
    code, out, err = run("load", folder)
    assert code == 0
    assert "新增 0，更新 0，不变 4" in out
    assert "新增 1" not in out


def test_one_file_or_the_rules_alone_may_be_loaded(folder: Path) -> None:
    assert run("load", folder / "teams.yaml")[0] == 0
    assert run("load", folder / "rules")[0] == 0
    assert run("load", folder / "rules" / "quality.yaml")[0] == 0
    assert (Team.objects.count(), Rule.objects.count(), Subject.objects.count()) == (1, 1, 0)


def test_a_load_leaves_what_a_running_source_has_learnt(folder: Path) -> None:
    run("load", folder)
    Source.objects.update(checkpoint={"seen": 3}, lease_token="x", failures=2)
    path = folder / "sources.yaml"
    path.write_text(FILES["sources.yaml"].replace("name: 资讯", "name: 新闻"), encoding="utf-8")
    assert "信源：新增 0，更新 1" in run("load", folder)[1]
    source = Source.objects.get()
    assert (source.name, source.checkpoint, source.lease_token) == ("新闻", {"seen": 3}, "x")


def test_every_mistake_is_listed_and_only_good_files_are_loaded(folder: Path) -> None:
    (folder / "subjects.yaml").write_text("- {slug: xinghe}\n- {slug: b, nme: 乙}\n", "utf-8")
    (folder / "rules" / "service.yaml").write_text(
        FILES["rules/quality.yaml"].replace("壶底漏水了", "很好"), encoding="utf-8"
    )
    code, out, err = run("load", folder)
    assert code == 1
    lines = err.splitlines()
    subjects = folder / "subjects.yaml"
    assert f"{subjects}:1: name：缺少字段" in lines
    assert any(line.startswith(f"{subjects}:2: nme：没有这个字段") for line in lines)
    assert f"{folder / 'sources.yaml'}:1: subject：没有监测对象 xinghe" in lines
    assert any(line.startswith(f"{folder / 'rules' / 'service.yaml'}:4: ") for line in lines)
    assert lines[-1] == "5 处有误，所在文件未载入"
    assert (Team.objects.count(), Rule.objects.count(), ManualEntry.objects.count()) == (1, 1, 4)
    assert (Subject.objects.count(), Source.objects.count()) == (0, 0)
    assert "关键词规则：新增 1" in out


def test_the_same_entry_twice_is_a_mistake_that_names_both_places(folder: Path) -> None:
    (folder / "rules" / "zz.yaml").write_text(FILES["rules/quality.yaml"], encoding="utf-8")
    code, _, err = run("load", folder)
    assert code == 1
    first = folder / "rules" / "quality.yaml"
    assert f"{folder / 'rules' / 'zz.yaml'}:1: 关键词规则 leak 已在 {first}:1 写过" in err
    assert Rule.objects.count() == 1


@pytest.mark.parametrize("name", ["nothing", "empty", "other.txt"])
def test_nothing_to_load_is_said_plainly(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other.txt").write_text("hello", encoding="utf-8")
    code, out, err = run("load", tmp_path / name)
    assert (code, out) == (1, "")
    assert str(tmp_path / name) in err


def test_edits_by_people_are_kept_and_named(folder: Path) -> None:
    run("load", folder)
    Rule.objects.update(level="severe")
    code, out, _ = run("load", folder)
    assert code == 0
    assert "关键词规则：新增 0，更新 0，不变 0，保留人工改动 1（leak；--force 覆盖）" in out
    assert "关键词规则：新增 0，更新 1" in run("load", folder, "--force")[1]


def test_what_is_exported_loads_as_the_same(folder: Path, tmp_path: Path) -> None:
    run("load", folder)
    code, out, _ = run("export", tmp_path / "out")
    assert code == 0
    assert f"{tmp_path / 'out' / 'rules' / 'quality.yaml'}：1 条" in out
    code, out, err = run("load", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "不变 4" in out
    assert not any(word in out for word in ("新增 1", "更新 1", "保留"))


def test_an_export_that_cannot_be_written_says_where(folder: Path) -> None:
    run("load", folder)
    code, _, err = run("export", folder / "teams.yaml")
    assert code == 1
    assert str(folder / "teams.yaml") in err


def test_check_finds_a_good_configuration_good(folder: Path) -> None:
    code, out, err = run("check", folder)
    assert (code, err) == (0, "")
    assert "危机手册：读到 4 条" in out
    assert out.endswith("一切就绪\n")
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("sources.yaml", "subject: xinghe", "subject: nobody", ":1: subject：没有监测对象 nobody"),
        (
            "sources.yaml",
            "spider: feed",
            "spider: fed",
            ":3: spider：没有名为“fed”的爬虫，是不是 feed？",
        ),
        ("manual.yaml", "owner: pr\n  measures", "owner: nobody\n  measures", "owner：没有团队"),
        ("manual.yaml", "ladder: [pr]", "ladder: [pr, boss]", ":1: ladder：没有团队 boss"),
        ("manual.yaml", "- {level: watch, category: '*', owner: pr}", "", "级别 watch（关注）"),
        ("manual.yaml", "minutes: 240", "minutes: 20", "不应大于"),
        ("manual.yaml", "category: quality", "category: noise", ":2: category：“noise”不可用"),
        ("rules/quality.yaml", "壶底漏水了", "很好", ":4: "),
        ("teams.yaml", "party: pr", "party: pr, robot: 公关群", ":1: robot：没有机器人 公关群"),
    ],
)
def test_check_names_a_mistake_with_its_place(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    path = folder / file
    assert old in FILES[file]
    path.write_text(FILES[file].replace(old, new), encoding="utf-8")
    code, out, err = run("check", folder)
    assert code == 1
    assert [line for line in err.splitlines() if line.startswith(f"{path}:") and said in line]
    assert "一切就绪" not in out


def test_check_names_a_rule_that_a_person_made_unusable(folder: Path) -> None:
    run("load", folder)
    Rule.objects.update(spec={"pattern": "("})
    code, _, err = run("check", folder)
    assert code == 1
    assert "数据库里的规则 leak 用不了" in err


def test_what_is_shipped_loads_and_passes() -> None:
    files = configuration.read(configuration.DEFAULTS)
    assert [mistake for file in files for mistake in file.mistakes] == []
    names = configuration.names_in(files)
    assert [wrong for file in files for wrong in configuration.unresolved(file, names)] == []
    assert run("load")[0] == 0
    assert run("check")[0] == 0


def test_tables_that_are_missing_are_no_traceback(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: Any) -> None:
        raise OperationalError("no such table: catalog_team")

    monkeypatch.setattr(configuration, "names_in_database", missing)
    code, _, err = run("load", folder)
    assert code == 1
    assert "还没有建好表：运行 fenghuo migrate" in err


def test_a_data_directory_that_cannot_be_written_is_named(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings.DATA_DIR = tmp_path / "file"
    [finding] = [found for found in surroundings.findings() if "数据目录" in found.text]
    assert not finding.ok
    assert str(tmp_path / "file") in finding.text


def test_servers_that_do_not_answer_get_a_line_each_without_secrets(
    folder: Path, tmp_path: Path
) -> None:
    environment = os.environ | {
        "FENGHUO_DATABASE_URL": "postgres://house:geheim1@127.0.0.1:1/fenghuo",
        "FENGHUO_BROKER_URL": "redis://:geheim2@127.0.0.1:1/0",
        "FENGHUO_WECOM_ROBOTS": "默认=geheim3",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    start = [sys.executable, "-c", "from config.command import main; main()"]
    for command in (["check", str(folder)], ["load", str(folder)]):
        done = subprocess.run(
            [*start, *command], env=environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 1
        assert "数据库 127.0.0.1:1/fenghuo 不可用" in done.stderr
        assert "Traceback" not in done.stderr
        assert "geheim" not in done.stdout + done.stderr
        if command[0] == "check":
            assert "消息中间件 redis://127.0.0.1:1 连不上" in done.stderr
            assert "企业微信机器人：默认" in done.stdout
