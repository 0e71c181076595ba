"""Administration: every page opens, a bad rule is refused, the machine's rows are read-only."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from console import admin as ours
from console.models import ApiToken
from opinion.models import Rule

pytestmark = pytest.mark.django_db
MODELS = [model for model in admin.site._registry if model.__module__ != "axes.models"]

GOOD = {
    "slug": "leak",
    "category": "quality",
    "level": "normal",
    "enabled": "on",
    "spec": '{"any": ["漏水"], "examples": {"match": ["壶底漏水"], "no_match": ["不漏水"]}}',
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_form_opens(model: type, admin_client: Client) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    assert admin_client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    add = admin_client.get(reverse(f"admin:{name}_add"))
    read_only = isinstance(admin.site._registry[model], ours.ReadOnly)
    assert add.status_code == (403 if read_only else 200)


def test_a_stranger_is_sent_to_the_consoles_login(client: Client) -> None:
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/login")


def test_someone_who_is_not_staff_is_kept_out(client: Client, django_user_model: type) -> None:
    person = django_user_model.objects.create_user("linxiao", password="a long password")
    client.force_login(person)
    assert client.get("/admin/opinion/rule/", follow=True).status_code == 403


def test_a_rule_is_saved_when_its_own_examples_hold(admin_client: Client) -> None:
    assert admin_client.post("/admin/opinion/rule/add/", GOOD).status_code == 302
    assert Rule.objects.get().spec["any"] == ["漏水"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ('{"any": []}', "examples"),
        (
            '{"any": ["漏水"], "typo": 1, "examples": {"match": ["漏水"], "no_match": ["好"]}}',
            "typo",
        ),
        ('{"any": ["漏水"], "examples": {"match": ["很好用"], "no_match": ["好"]}}', "很好用"),
        ("[1]", "字段"),
    ],
)
def test_a_rule_that_the_engine_would_refuse_is_not_saved(
    admin_client: Client, spec: str, said: str
) -> None:
    answer = admin_client.post("/admin/opinion/rule/add/", {**GOOD, "spec": spec})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Rule.objects.exists()


def test_a_token_can_be_stopped_but_never_read(admin_client: Client) -> None:
    token = ApiToken.objects.create(
        name="export", digest="d" * 64, scopes=["read"], created_at="2026-11-22T00:00:00Z"
    )
    listed = admin_client.get("/admin/console/apitoken/").content.decode()
    assert "d" * 64 not in listed
    admin_client.post(
        "/admin/console/apitoken/", {"action": "revoke", "_selected_action": [token.pk]}
    )
    token.refresh_from_db()
    assert token.revoked_at is not None
