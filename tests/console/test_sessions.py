"""Login, lock, logout, look and password."""

from typing import Any

import pytest
from django.test import Client

from catalog.models import Person
from tests.console.conftest import PASSWORD
from tests.console.reading import html, text


def log_in(client: Client, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login", {"username": "linxiao", "password": password, **more})


def test_the_right_password_opens_the_overview(client: Client, lin: Person) -> None:
    response = log_in(client)
    assert response.status_code == 302
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("asked", "given"),
    [("/incidents/7", "/incidents/7"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_after_the_login_one_is_where_one_wanted_to_be(
    client: Client, lin: Person, asked: str, given: str
) -> None:
    assert log_in(client, next=asked).headers["Location"] == given


def test_a_wrong_password_says_how_many_tries_are_left(client: Client, lin: Person) -> None:
    log_in(client, "wrong")
    response = log_in(client, "wrong")
    assert response.status_code == 422
    assert "账号或密码不对，还可以试 3 次" in text(response)
    assert 'aria-invalid="true"' in html(response)


def test_an_unknown_name_is_answered_like_a_wrong_password(client: Client, lin: Person) -> None:
    response = client.post("/login", {"username": "nobody", "password": "x"})
    assert "账号或密码不对，还可以试 4 次" in text(response)


def test_after_five_wrong_passwords_the_right_one_does_not_help(
    client: Client, lin: Person
) -> None:
    for _ in range(5):
        last = log_in(client, "wrong")
    assert last.status_code == 429
    assert "15 分钟后再试" in text(last)
    assert log_in(client).status_code == 429


def test_a_good_login_forgets_the_bad_ones(client: Client, lin: Person) -> None:
    log_in(client, "wrong")
    log_in(client)
    client.logout()
    assert "还可以试 4 次" in text(log_in(client, "wrong"))


@pytest.mark.parametrize(("keep", "ends_with_browser"), [("1", False), ("", True)])
def test_staying_logged_in_is_a_choice(
    client: Client, lin: Person, keep: str, ends_with_browser: bool
) -> None:
    log_in(client, keep=keep)
    assert client.session.get_expire_at_browser_close() is ends_with_browser


def test_logout_needs_a_post(pages: Client) -> None:
    assert pages.get("/logout").status_code == 405
    assert pages.post("/logout").headers["Location"] == "/login"
    assert pages.get("/").status_code == 302


def test_the_look_is_kept_with_the_person(pages: Client, lin: Person) -> None:
    response = pages.post("/me/theme", {"theme": "dark", "next": "/incidents?tab=mine"})
    assert response.headers["Location"] == "/incidents?tab=mine"
    assert '<html lang="zh-CN" data-theme="dark">' in html(pages.get("/"))


def test_an_unknown_look_and_a_foreign_address_are_ignored(pages: Client, lin: Person) -> None:
    response = pages.post("/me/theme", {"theme": "pink", "next": "https://evil.example"})
    assert response.headers["Location"] == "/me"
    lin.refresh_from_db()
    assert lin.theme == ""


def test_a_new_password_works_and_keeps_one_logged_in(pages: Client, lin: Person) -> None:
    new = "smoke-by-day-7"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert pages.post("/me", form).status_code == 302
    assert pages.get("/me").status_code == 200
    lin.refresh_from_db()
    assert lin.check_password(new)


def test_a_wrong_old_password_is_said_at_its_field(pages: Client) -> None:
    form = {"old_password": "no", "new_password1": "a-b-c-d-1", "new_password2": "a-b-c-d-1"}
    response = pages.post("/me", form)
    assert response.status_code == 422
    assert "旧密码" in text(response)


def test_the_page_of_a_person_names_role_and_team(pages: Client) -> None:
    said = text(pages.get("/me"))
    assert "值班公关" in said
    assert "林晓" in said
