"""The HTTP API: tokens, scopes, posts in, incidents and index out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.models import Incident
from catalog.models import Person, Subject
from console.api import tokens
from console.models import ApiToken
from crawlers.models import Post

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def a_post(**changes: Any) -> dict[str, Any]:
    return {
        "platform": "jd",
        "kind": "review",
        "native_id": "1",
        "text": "用了三天壶底漏水",
        "published_at": "2026-11-22T05:00:00Z",
        **changes,
    }


@pytest.fixture
def incident() -> Incident:
    subject = Subject.objects.create(slug="xinghe", name="星禾小家电")
    return Incident.objects.create(
        subject=subject,
        category="quality",
        level="severe",
        summary="电热水壶漏水",
        opened_at=NOW,
        last_signal_at=NOW,
        response_due_at=NOW + timedelta(minutes=30),
    )


def test_posts_are_accepted_counted_as_duplicates_and_rejected_by_place(api: Any) -> None:
    body = [a_post(), a_post(native_id="2"), a_post(native_id="2"), a_post(platform="")]
    answer = api("POST", "/posts", body)
    assert answer.status_code == 202
    said = answer.json()
    assert (said["accepted"], said["duplicates"]) == (2, 1)
    assert [entry["index"] for entry in said["rejected"]] == [3]
    assert said["rejected"][0]["error"]
    assert Post.objects.count() == 2


def test_a_record_that_is_no_object_is_rejected_and_the_rest_goes_on(api: Any) -> None:
    said = api("POST", "/posts", ["nonsense", 7, None, a_post()]).json()
    assert said["accepted"] == 1
    assert [entry["index"] for entry in said["rejected"]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{not json", 400), (b"\xff\xfe", 400), (b'{"a": 1}', 422), (b'"text"', 422)],
)
def test_a_body_that_is_no_list_of_posts_is_refused_in_words(
    api: Any, body: bytes, status: int
) -> None:
    answer = api("POST", "/posts", body)
    assert answer.status_code == status
    assert "detail" in answer.json()


def test_more_than_a_thousand_posts_are_refused_whole(api: Any) -> None:
    answer = api("POST", "/posts", [a_post(native_id=str(n)) for n in range(1001)])
    assert answer.status_code == 422
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/posts", "read,incidents"),
        ("GET", "/incidents", "ingest"),
        ("GET", "/incidents/1", "ingest,incidents"),
        ("POST", "/incidents/1/acknowledge", "read,ingest"),
        ("GET", "/subjects/x/index", "ingest"),
        ("POST", "/feedback", "read,ingest"),
    ],
)
def test_each_call_needs_its_scope(api: Any, method: str, path: str, scope: str) -> None:
    assert api(method, path, [], scope=scope).status_code == 401


@pytest.mark.parametrize("path", ["/posts", "/incidents", "/incidents/1/resolve"])
def test_no_token_no_entry(client: Client, path: str) -> None:
    assert client.post(f"/api/v1{path}").status_code in (401, 405)


def test_a_revoked_token_no_longer_works(api: Any, client: Client) -> None:
    token = tokens.issue("old", ["read"], now=NOW)
    ApiToken.objects.filter(name="old").update(revoked_at=NOW)
    answer = client.get("/api/v1/incidents", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


def test_only_the_hash_of_a_token_is_kept() -> None:
    token = tokens.issue("kept", ["read"], now=NOW)
    row = ApiToken.objects.get(name="kept")
    assert token not in json.dumps([row.digest, row.name, row.scopes])


def test_an_unknown_scope_is_named() -> None:
    with pytest.raises(tokens.UnknownScope, match="wirte"):
        tokens.issue("x", ["read", "wirte"], now=NOW)


def test_incidents_are_listed_and_filtered(api: Any, incident: Incident) -> None:
    assert api("GET", "/incidents?state=open&level=severe&subject=xinghe").json()["total"] == 1
    assert api("GET", "/incidents?state=verified").json()["total"] == 0
    assert api("GET", "/incidents?state=closed").status_code == 422
    assert api("GET", "/incidents?limit=0").status_code == 422


def test_an_incident_is_acknowledged_once(api: Any, incident: Incident) -> None:
    answer = api("POST", f"/incidents/{incident.pk}/acknowledge", {})
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "acknowledged"
    assert api("POST", f"/incidents/{incident.pk}/acknowledge", {}).status_code == 409


def test_assigning_names_a_person_who_exists(api: Any, incident: Incident) -> None:
    Person.objects.create(username="linxiao", name="林晓")
    path = f"/incidents/{incident.pk}/assign"
    assert api("POST", path, {"person": "nobody"}).status_code == 422
    assert api("POST", path, {"person": "linxiao"}).json()["owner"] == "linxiao"


@pytest.mark.parametrize("path", ["/incidents/999", "/subjects/none/index"])
def test_what_does_not_exist_is_404(api: Any, path: str) -> None:
    assert api("GET", path).status_code == 404


def test_the_index_comes_with_its_evidence_and_parts(api: Any, incident: Incident) -> None:
    said = api("GET", "/subjects/xinghe/index?window=24h").json()
    assert 0 <= said["value"] <= 100
    assert {"evidence", "mentions", "thin", "moves"} <= said.keys()
    assert api("GET", "/subjects/xinghe/index?window=fortnight").status_code == 422


def test_the_description_of_the_api_needs_a_login(client: Client, admin_client: Client) -> None:
    assert client.get("/api/v1/docs").status_code == 302
    assert admin_client.get("/api/v1/docs").status_code == 200
    described = admin_client.get("/api/v1/openapi.json").json()["paths"]
    assert "/api/v1/posts" in described
