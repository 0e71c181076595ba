"""`fenghuo user`: new people, changed people, mistakes."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Person, Team


def run(*arguments: str, **named: Any) -> str:
    out = io.StringIO()
    call_command("user", *arguments, stdout=out, **named)
    return out.getvalue()


def test_a_new_person_gets_a_password_shown_once(team: Team) -> None:
    said = run("zhoumin", "--name", "周敏", "--role", "客服", "--team", "pr")
    password = said.split("密码 ")[1].split()[0]
    person = Person.objects.get(username="zhoumin")
    assert person.check_password(password)
    assert (person.name, person.team, person.is_staff) == ("周敏", team, False)
    assert [group.name for group in person.groups.all()] == ["客服"]
    assert "密码" not in run("zhoumin", "--name", "周小敏")
    assert Person.objects.get(username="zhoumin").check_password(password)


def test_a_forgotten_password_is_made_anew(team: Team) -> None:
    run("zhoumin")
    before = Person.objects.get(username="zhoumin").password
    assert "密码" in run("zhoumin", "--new-password")
    assert Person.objects.get(username="zhoumin").password != before


def test_an_administrator_may_do_everything(team: Team) -> None:
    run("root", "--admin")
    assert Person.objects.get(username="root").is_superuser


def test_managers_and_analysts_also_reach_the_settings(team: Team) -> None:
    run("chen", "--role", "管理")
    assert Person.objects.get(username="chen").is_staff


def test_a_password_may_come_from_standard_input(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("beacon-tower-9\n"))
    said = run("zhoumin", "--password-stdin")
    assert "beacon" not in said
    assert Person.objects.get(username="zhoumin").check_password("beacon-tower-9")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "--role", "老板"], "没有角色 老板（现有："),
        (["x", "--team", "nowhere"], "没有团队 nowhere（现有：pr）"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_saved(
    team: Team, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said) as caught:
        run(*arguments)
    assert caught.value.returncode == 2
    assert not Person.objects.filter(username="x").exists()


@pytest.mark.parametrize(
    ("typed", "said"), [("", "没有密码"), ("123\n", "密码太短，至少 8 个字符")]
)
def test_a_bad_password_is_refused(
    team: Team, monkeypatch: pytest.MonkeyPatch, typed: str, said: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(CommandError, match=said):
        run("x", "--password-stdin")
    assert not Person.objects.filter(username="x").exists()
