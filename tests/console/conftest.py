"""A console with people in each role, and a clock that stands still."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from catalog.models import Party, Person, Team
from config import clock
from console.api import tokens
from console.roles import ensure_roles
from tests.alerts.factories import NOW, make_entry, make_person, make_team

PASSWORD = "beacon-tower-9"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the time that pages see; it is NOW until then."""

    def stand(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    stand(NOW)
    return stand


@pytest.fixture(autouse=True)
def no_outside(settings: Any) -> None:
    settings.SANDBOX_URL = ""
    settings.WECOM_ROBOTS = {"公关群": "key-1"}


@pytest.fixture
def team(db: None) -> Team:
    """A PR team whose manual answers for severe and normal incidents."""
    ensure_roles()
    found = make_team("pr", Party.PR, name="公关值班")
    make_entry(found, "severe", ladder=["pr"], script="先停用，我们上门取件。")
    make_entry(found, "normal")
    make_entry(found, "watch")
    return found


@pytest.fixture
def person(team: Team) -> Callable[..., Person]:
    """Make someone with a role."""

    def make(username: str, role: str, name: str = "") -> Person:
        made = make_person(username, name or username, team=team)
        made.set_password(PASSWORD)
        made.save()
        made.groups.add(Group.objects.get(name=role))
        return made

    return make


@pytest.fixture
def lin(person: Callable[..., Person], team: Team) -> Person:
    """林晓, on duty for PR."""
    made = person("linxiao", "值班公关", "林晓")
    team.duty = made
    team.save()
    return made


@pytest.fixture
def zhou(person: Callable[..., Person]) -> Person:
    """周敏, customer service."""
    return person("zhoumin", "客服", "周敏")


@pytest.fixture
def pages(client: Client, lin: Person, at: Any) -> Client:
    """A browser in which 林晓 is logged in."""
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def api(client: Client) -> Any:
    """Call the API with a token of the given scopes."""

    def call(method: str, path: str, body: Any = None, scope: str = "ingest,read,incidents") -> Any:
        token = tokens.issue("test", scope.split(","), now=NOW)
        return client.generic(
            method,
            f"/api/v1{path}",
            data=body if isinstance(body, bytes) else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    return call
