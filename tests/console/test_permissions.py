"""No page without a permission, and every role sees what it should."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern

from catalog.models import Person
from console import urls
from console.permissions import EVERYONE
from console.roles import ROLES, ensure_roles
from tests.alerts.factories import open_incident

PAGES = [
    "/",
    "/incidents",
    "/incidents/1",
    "/incidents/1/posts/1",
    "/incidents/rows",
    "/sources/",
    "/me",
    "/live",
    "/demo/inbox",
]
POSTS = [
    "/incidents/acknowledge",
    "/incidents/1/acknowledge",
    "/incidents/1/resolve",
    "/incidents/1/comment",
    "/incidents/1/tasks/1",
    "/incidents/1/posts/1",
    "/sources/weibo/run",
    "/sources/weibo/switch",
    "/me/theme",
]
OPEN_TO_ALL = {"login", "logout", "healthz", "metrics"}


OWN_ROUTES = [entry for entry in urls.urlpatterns if isinstance(entry, URLPattern)]
"""The console's own addresses; what the administration and the API include answers for itself."""


@pytest.mark.parametrize("route", OWN_ROUTES, ids=lambda route: str(route.pattern))
def test_every_route_declares_its_permission(route: URLPattern) -> None:
    permission = getattr(route.callback, "permission", None)
    assert permission, f"{route.pattern}: add requires(...), signed_in or public"
    if permission == EVERYONE:
        assert route.name in OPEN_TO_ALL


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_someone_unknown_is_sent_to_the_login(client: Client, page: str) -> None:
    response = client.get(page)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login?next=")


@pytest.mark.django_db
@pytest.mark.parametrize("page", POSTS)
def test_someone_unknown_changes_nothing(client: Client, page: str) -> None:
    assert client.post(page).headers["Location"].startswith("/login?next=")


@pytest.mark.parametrize("page", ["/", "/incidents", "/live"])
def test_someone_without_a_role_is_told_so(client: Client, lin: Person, page: str) -> None:
    lin.groups.clear()
    client.force_login(lin, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(page)
    assert response.status_code == 403
    assert "找管理员开通" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "action", "status"),
    [
        ("值班公关", "acknowledge", 302),
        ("客服", "acknowledge", 302),
        ("分析", "acknowledge", 403),
        ("客服", "verify", 403),
        ("客服", "lower", 403),
        ("管理", "lower", 302),
    ],
)
def test_a_role_may_do_what_it_is_for(
    client: Client, person: Callable[..., Person], at: Any, role: str, action: str, status: int
) -> None:
    incident = open_incident()
    made = person("someone", role)
    client.force_login(made, backend="django.contrib.auth.backends.ModelBackend")
    data = {"reason": "个例", "level": "watch"}
    assert client.post(f"/incidents/{incident.pk}/{action}", data).status_code == status


def test_a_reader_gets_no_buttons(client: Client, person: Callable[..., Person], at: Any) -> None:
    incident = open_incident()
    client.force_login(
        person("reader", "分析"), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get(f"/incidents/{incident.pk}").content.decode()
    assert "hx-post" not in page
    assert "<textarea" not in page


@pytest.mark.django_db
def test_roles_keep_what_an_administrator_added() -> None:
    from django.contrib.auth.models import Group, Permission

    ensure_roles()
    group = Group.objects.get(name="客服")
    extra = Permission.objects.get(codename="verify_incident")
    group.permissions.add(extra)
    ensure_roles()
    assert extra in group.permissions.all()
    assert Group.objects.filter(name__in=ROLES).count() == len(ROLES)
