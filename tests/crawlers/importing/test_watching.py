"""The watched folder: what is picked up, when, where it goes, and what a death leaves behind."""

import signal
import subprocess
import sys
import time
import zipfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from crawlers.importing import Folder, ImportProblem, Postponed, import_file, service, watch
from crawlers.models import Post
from tests.crawlers.importing.making import HEADER, ROWS, delimited, written
from tests.crawlers.samples import NOW


class Killed(BaseException):
    """Stands for a process that dies here."""


@pytest.fixture
def said():
    return []


@pytest.fixture
def folder(tmp_path, said):
    return watching(tmp_path, said)


def watching(path, said, take=None):
    def plainly(file, rejected):
        return import_file(file, now=NOW, rejected=rejected)

    return Folder(path, take or plainly, said.append)


def good(folder, name="评价.csv", first=1, count=2):
    rows = [[str(number), "好用", "2024-01-15", "5", ""] for number in range(first, first + count)]
    return written(folder, delimited([HEADER, *rows]), name)


def there(path):
    return {
        str(found.relative_to(path))
        for found in path.rglob("*")
        if found.is_file() and not found.is_symlink()
    }


@pytest.mark.django_db
def test_a_file_that_has_come_to_rest_is_imported_once_and_put_aside(tmp_path, folder, said):
    good(tmp_path)
    assert [folder.look() for _ in range(4)] == [0, 1, 0, 0]
    assert Post.objects.count() == 2
    assert there(tmp_path) == {"已导入/评价.csv"}
    assert said == ["评价.csv：2 行，新增 2，重复 0，拒收 0；移到 已导入/评价.csv"]


@pytest.mark.django_db
def test_a_file_that_still_grows_is_left_alone(tmp_path, folder):
    path = good(tmp_path)
    for _ in range(3):
        folder.look()
        with path.open("a") as file:
            file.write("8,好,2024-01-15,5,\n")
    assert not Post.objects.exists()
    folder.look()
    folder.look()
    assert there(tmp_path) == {"已导入/评价.csv"}


@pytest.mark.django_db
def test_a_file_that_changes_while_it_is_imported_is_imported_again(tmp_path, said):
    path = good(tmp_path)

    def take(file, rejected):
        done = import_file(file, now=NOW, rejected=rejected)
        if len(said) == 0:
            with path.open("a") as more:
                more.write("77,好,2024-01-15,5,\n")
        return done

    folder = watching(tmp_path, said, take)
    for _ in range(4):
        folder.look()
    assert Post.objects.count() == 3
    assert there(tmp_path) == {"已导入/评价.csv"}
    assert "还在变" in said[0]


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_does_not_stop_the_rest(tmp_path, folder, said):
    written(tmp_path, b"\x89PNG\r\n", "图.csv")
    written(tmp_path, "评价内容\n", "空表.csv")
    written(tmp_path, delimited([HEADER, ["3.50E+18", "x", "", "", ""]]), "全坏.csv")
    good(tmp_path)
    folder.look()
    folder.look()
    assert there(tmp_path) == {
        "有问题/图.csv",
        "有问题/图.csv.reason.txt",
        "有问题/空表.csv",
        "有问题/空表.csv.reason.txt",
        "有问题/全坏.csv",
        "有问题/全坏.csv.reason.txt",
        "有问题/全坏.csv.rejected.csv",
        "已导入/评价.csv",
    }
    assert "PNG" in (tmp_path / "有问题" / "图.csv.reason.txt").read_text(encoding="utf-8")
    assert "丢失" in (tmp_path / "有问题" / "全坏.csv.rejected.csv").read_text(encoding="utf-8-sig")
    assert len(said) == 4
    assert folder.look() == 0


@pytest.mark.django_db
def test_rejected_rows_lie_beside_the_imported_file(tmp_path, folder):
    written(tmp_path, delimited([HEADER, *ROWS, ["9", "", "", "", ""]]))
    folder.look()
    folder.look()
    assert there(tmp_path) == {"已导入/reviews.csv", "已导入/reviews.csv.rejected.csv"}


@pytest.mark.django_db
def test_an_archive_that_was_read_in_part_wants_an_eye(tmp_path, folder):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("好.csv", delimited([HEADER, *ROWS]))
        packed.writestr("坏.csv", "甲,乙\n")
    folder.look()
    folder.look()
    assert Post.objects.count() == 2
    assert "坏.csv" in (tmp_path / "有问题" / "a.zip.reason.txt").read_text(encoding="utf-8")


@pytest.mark.django_db
def test_a_name_that_is_taken_gets_a_number(tmp_path, folder):
    for first in (1, 3, 5):
        good(tmp_path, first=first)
        folder.look()
        folder.look()
    assert there(tmp_path) == {f"已导入/评价{end}.csv" for end in ("", "-2", "-3")}
    assert Post.objects.count() == 6


@pytest.mark.django_db
def test_what_is_hidden_unfinished_linked_empty_or_ones_own_is_passed_by(tmp_path, folder):
    outside = tmp_path.parent / f"{tmp_path.name}-outside.csv"
    outside.write_text(delimited([HEADER, *ROWS]), encoding="utf-8")
    for name in (
        ".a.csv",
        "~$a.xlsx",
        "a.csv.part",
        "b.CRDOWNLOAD",
        "c.tmp",
        "x.csv.rejected.csv",
        "x.reason.txt",
    ):
        good(tmp_path, name)
    good(tmp_path, "火狐.csv")
    good(tmp_path, "火狐.csv.part")
    (tmp_path / "空.csv").touch()
    (tmp_path / "链接.csv").symlink_to(outside)
    (tmp_path / "里面").mkdir()
    good(tmp_path / "里面", "d.csv")
    before = there(tmp_path)
    assert [folder.look() for _ in range(3)] == [0, 0, 0]
    assert there(tmp_path) == before
    assert outside.exists()


@pytest.mark.django_db
def test_a_long_name_still_gets_its_reason(tmp_path, folder):
    name = "评" * 80 + ".csv"
    written(tmp_path, "甲,乙\n1,2\n", name)
    folder.look()
    folder.look()
    aside = sorted(found.name for found in (tmp_path / "有问题").iterdir())
    assert name in aside
    assert len(aside) == 2


@pytest.mark.django_db
def test_an_unforeseen_failure_is_told_like_any_other(tmp_path, said):
    def take(file, rejected):
        raise KeyError("x")

    good(tmp_path)
    folder = watching(tmp_path, said, take)
    folder.look()
    folder.look()
    assert "KeyError" in said[0]
    assert there(tmp_path) == {"有问题/评价.csv", "有问题/评价.csv.reason.txt"}


@pytest.mark.django_db
def test_a_database_that_is_away_leaves_every_file_and_is_told_once(tmp_path, said):
    away = [True]

    def take(file, rejected):
        if away[0]:
            raise Postponed("数据库用不了")
        return import_file(file, now=NOW, rejected=rejected)

    good(tmp_path)
    good(tmp_path, "b.csv", first=10)
    folder = watching(tmp_path, said, take)
    for _ in range(5):
        folder.look()
    assert len(said) == 1
    away[0] = False
    folder.look()
    assert there(tmp_path) == {"已导入/评价.csv", "已导入/b.csv"}


@pytest.mark.django_db
def test_a_file_that_cannot_be_moved_is_not_imported_over_and_over(tmp_path, said, monkeypatch):
    good(tmp_path)
    folder = watching(tmp_path, said)

    def refuse(*args):
        raise PermissionError(13, "不许")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    for _ in range(4):
        folder.look()
    assert len(said) == 1
    assert "移不走" in said[0]


@pytest.mark.django_db
def test_a_file_that_somebody_took_is_no_trouble(tmp_path, said):
    path = good(tmp_path)

    def take(file, rejected):
        path.unlink()
        return import_file(file, now=NOW, rejected=rejected)

    folder = watching(tmp_path, said, take)
    folder.look()
    folder.look()
    assert said == []
    assert there(tmp_path) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["before", "between", "after", "listed", "moving"])
def test_whenever_it_dies_nothing_is_lost_and_nothing_doubled(tmp_path, said, monkeypatch, moment):
    rows = [
        [str(number), "好用" if number % 9 else "", "2024-01-15", "", ""]
        for number in range(1, 1200)
    ]
    written(tmp_path, delimited([HEADER, *rows]), "大.csv")
    saves = []
    real = service.save_batch

    def save(*args, **kwargs):
        if (moment, len(saves)) in {("before", 0), ("between", 1)}:
            raise Killed
        saves.append(real(*args, **kwargs))
        if (moment, len(saves)) == ("after", 3):
            raise Killed
        return saves[-1]

    def die(*args):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(service, "save_batch", save)
        if moment in {"listed", "moving"}:
            patched.setattr(f"pathlib.Path.{'replace' if moment == 'listed' else 'rename'}", die)
        folder = watching(tmp_path, said)
        folder.look()
        with pytest.raises(Killed):
            folder.look()
    assert "大.csv" in there(tmp_path)
    later = watching(tmp_path, said)
    later.look()
    later.look()
    assert there(tmp_path) == {"已导入/大.csv", "已导入/大.csv.rejected.csv"}
    assert Post.objects.count() == 1199 - 133


def test_it_looks_and_waits_until_it_is_interrupted(tmp_path, said):
    waits = []

    def wait():
        waits.append(1)
        if len(waits) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(watching(tmp_path, said), wait)
    assert len(waits) == 3


def test_a_folder_that_is_none_is_a_problem(tmp_path, said):
    with pytest.raises(ImportProblem, match="没有这个文件夹"):
        watching(tmp_path / "无", said)


@pytest.mark.parametrize(
    "words",
    [[], ["a.csv", "--watch", "d"], ["--watch", "d", "--rejected", "r"], ["a.csv", "--every", "5"]],
)
def test_wrong_usage_is_status_two(words):
    with pytest.raises(CommandError) as caught:
        call_command("import", *words)
    assert caught.value.returncode == 2


@pytest.mark.django_db
def test_the_command_checks_what_was_asked_before_any_file_is_blamed(tmp_path):
    with pytest.raises(CommandError, match="nobody"):
        call_command("import", "--watch", str(tmp_path), "--subject", "nobody")
    mapping = written(tmp_path, "- name: x\n  table: y\n", "m.yaml")
    with pytest.raises(CommandError, match=r"m\.yaml:2"):
        call_command("import", "--watch", str(tmp_path), "--mapping", str(mapping))


def test_a_watcher_killed_again_and_again_stores_everything_once(world, tmp_path):
    watched = tmp_path / "盯"
    watched.mkdir()
    for number in range(3):
        good(watched, f"{number}.csv", first=number * 1200, count=1200)
    command = [sys.executable, "-m", "django", "import", "--watch", str(watched), "--every", "0.05"]
    for goal in (500, 2000, 3600):
        process = subprocess.Popen(
            command, env=world.environment(), stdout=subprocess.PIPE, text=True
        )
        until(
            lambda goal=goal: (
                posts(world) >= goal and (goal < 3600 or len(there(watched / "已导入")) == 3)
            )
        )
        ended_by = signal.SIGKILL if goal < 3600 else signal.SIGINT
        process.send_signal(ended_by)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, "已停止" in out) == (0, True)
    assert posts(world) == 3600
    assert there(watched) == {f"已导入/{number}.csv" for number in range(3)}


def posts(world):
    return world.rows("select count(*) from crawlers_post")[0][0]


def until(true, limit_s=120):
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
