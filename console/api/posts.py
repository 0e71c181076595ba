"""Posts come in over HTTP."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError

from config import clock
from console.api.tokens import Bearer
from crawlers.saving import save_batch

router = Router(auth=Bearer("ingest"))
MOST_POSTS = 1000


class PostIn(Schema):
    """One collected document; (platform, kind, native_id) is its identity."""

    platform: str
    kind: str
    native_id: str
    text: str
    published_at: datetime
    url: str | None = None
    author: str | None = None
    author_id: str | None = None
    rating: int | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    subject: str | None = None


class RejectedPost(Schema):
    index: int
    error: str


class IngestOut(Schema):
    """What became of the posts; `rejected` names each by its place in the request."""

    accepted: int
    duplicates: int
    rejected: list[RejectedPost]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "maxItems": MOST_POSTS,
                    "items": PostIn.json_schema(),
                }
            }
        },
    }
}


@router.post("", response={202: IngestOut}, openapi_extra=_BODY, summary="送入帖文")
def ingest(request: HttpRequest) -> Status:
    """Store up to 1,000 posts. One bad post does not stop the rest."""
    saved = save_batch(_records(request.body), now=clock.now())
    said = {
        "accepted": saved.accepted,
        "duplicates": saved.duplicates,
        "rejected": [{"index": index, "error": error} for index, error in saved.rejected],
    }
    return Status(202, said)


def _records(body: bytes) -> list[Any]:
    try:
        payload = json.loads(body)
    except ValueError as exc:
        raise HttpError(400, f"the body is not JSON: {exc}") from None
    if isinstance(payload, dict) and "posts" in payload:
        payload = payload["posts"]
    if not isinstance(payload, list):
        raise HttpError(422, "the body must be a JSON list of posts")
    if len(payload) > MOST_POSTS:
        raise HttpError(422, f"{len(payload)} posts; send at most {MOST_POSTS} at once")
    return payload
