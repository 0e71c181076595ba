"""What went wrong, in words; and the headers that every page carries."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from catalog.models import Person
from console.views import overview
from tests.console.conftest import PASSWORD
from tests.console.reading import html, text

TEMPLATES = Path(__file__).resolve().parents[2] / "console" / "templates"


def test_a_failure_shows_a_number_that_the_log_knows(
    pages: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: Any, **named: Any) -> None:
        raise ZeroDivisionError("a secret of the database")

    monkeypatch.setattr(overview.reading, "read_overview", fail)
    pages.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        response = pages.get("/")
    assert response.status_code == 500
    number = re.search(r"编号 ([0-9A-F]{4}) 给管理员", text(response))
    assert number is not None
    assert f"error {number.group(1)} at GET /" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "secret" not in html(response)
    assert "Traceback" not in html(response)


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_says_so(client: Client) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "没有这一页" in text(response)


def test_an_old_form_says_that_nothing_was_saved(lin: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/login", {"username": "linxiao", "password": PASSWORD})
    assert response.status_code == 403
    assert "没有保存" in text(response)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/login", "/nowhere"])
def test_nothing_inline_and_nothing_foreign_may_run(client: Client, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_what_one_person_sees_is_kept_by_no_cache(pages: Client) -> None:
    assert "no-store" in pages.get("/").headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("base", "told"), [("https://f.example", True), ("http://127.0.0.1:8000", False)]
)
def test_https_is_asked_for_where_there_is_https(settings: Any, base: str, told: bool) -> None:
    settings.BASE_URL = base
    assert ("Strict-Transport-Security" in Client().get("/login").headers) is told


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_a_template_holds_nothing_that_the_policy_forbids(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"\son[a-z]+\s*=", source)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", source)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', source)
    assert "|safe" not in source
    assert "autoescape off" not in source


def test_static_files_are_served_whole(client: Client, rf: RequestFactory) -> None:
    response = client.get("/static/console/console.css")
    assert response.status_code == 200
    assert b".queue" in response.content
    assert "text/css" in response.headers["Content-Type"]
    assert client.get("/static/console/nothing.css").status_code == 404
