"""The first start: which data it plays with, and the first login."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.models import Person, Subject, Team
from workers import demo_mode, first_run

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.mark.django_db
class TestDemoOrNot:
    @pytest.mark.parametrize(("wish", "demo"), [("auto", True), ("yes", True), ("no", False)])
    def test_where_nothing_is_configured(self, tmp_path: Path, wish: str, demo: bool) -> None:
        assert first_run._decide(wish, tmp_path, own_database=False) is demo
        assert demo_mode.is_demo(tmp_path) is demo

    def test_a_database_of_its_own_is_no_demo_unless_asked(self, tmp_path: Path) -> None:
        assert not first_run._decide("auto", tmp_path, own_database=True)
        assert first_run._decide("yes", tmp_path, own_database=True)

    def test_a_demo_stays_a_demo(self, tmp_path: Path) -> None:
        demo_mode.mark(tmp_path)
        Subject.objects.create(slug="xinghe", name="星禾")
        assert first_run._decide("auto", tmp_path, own_database=False)

    @pytest.mark.parametrize("wish", ["auto", "no"])
    def test_a_watched_brand_is_never_mixed_with_the_demo(self, tmp_path: Path, wish: str) -> None:
        Subject.objects.create(slug="ours", name="我们")
        assert not first_run._decide(wish, tmp_path, own_database=False)

    def test_asking_for_the_demo_over_real_data_is_refused(self, tmp_path: Path) -> None:
        Person.objects.create(username="lin")
        with pytest.raises(first_run.NotReady, match="换一个数据目录"):
            first_run._decide("yes", tmp_path, own_database=False)
        assert not demo_mode.is_demo(tmp_path)


@pytest.mark.django_db
class TestFirstLogin:
    def test_it_is_made_when_nobody_is_there(self) -> None:
        login = first_run._first_login(demo=False)
        assert login is not None
        person = Person.objects.get(username=login[0])
        assert person.is_superuser
        assert person.check_password(login[1])

    def test_it_is_made_once(self) -> None:
        first, second = first_run._first_login(demo=False), first_run._first_login(demo=False)
        assert first
        assert second is None

    def test_passwords_differ(self) -> None:
        first = first_run._first_login(demo=False)
        Person.objects.all().delete()
        assert first_run._first_login(demo=False) != first

    def test_in_the_demo_it_is_on_duty(self) -> None:
        Team.objects.create(slug="pr", name="公关组", party="pr")
        first_run._first_login(demo=True)
        duty = Team.objects.get(slug="pr").duty
        assert duty is not None
        assert duty.wecom_userid


class TestSettingTheDemoAside:
    def test_everything_of_the_demo_moves_and_nothing_else(self, tmp_path: Path) -> None:
        demo_mode.mark(tmp_path, 8001)
        (tmp_path / "fenghuo.sqlite3").write_text("demo")
        (tmp_path / "fenghuo.sqlite3-wal").write_text("wal")
        (tmp_path / "demo-site").mkdir()
        (tmp_path / "secret_key").write_text("k")
        folder = demo_mode.set_aside(tmp_path, NOW)
        assert sorted(path.name for path in folder.iterdir()) == [
            "demo-site", "demo.json", "fenghuo.sqlite3", "fenghuo.sqlite3-wal",
        ]  # fmt: skip
        assert {path.name for path in tmp_path.iterdir()} == {folder.name, "secret_key"}
        assert not demo_mode.is_demo(tmp_path)

    @pytest.mark.parametrize("text", ["", "[]", '{"site_port": "x"}', '{"site_port": 8001}'])
    def test_the_port_of_the_site_is_remembered_if_readable(
        self, tmp_path: Path, text: str
    ) -> None:
        (tmp_path / "demo.json").write_text(text)
        assert demo_mode.site_port(tmp_path) == (8001 if "8001" in text else 0)
