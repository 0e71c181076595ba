"""What people found wrong in a post, sent from where they work."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from config import clock
from console.api.tokens import Bearer
from opinion import feedback
from opinion.models import Mention

router = Router(auth=Bearer("incidents"))


class FeedbackIn(Schema):
    """A post as it was sent in, and what is right of it.

    `verdict` is false_alarm (with `wrong_rules`, or all that hit), label (with `label`), category
    (with `categories`, [] for none) or confirmed. `subject` is needed for a post about several.
    """

    platform: str
    kind: str
    native_id: str
    verdict: str
    subject: str = ""
    label: str | None = None
    categories: list[str] | None = None
    wrong_rules: list[str] | None = None


class FeedbackOut(Schema):
    """The statement as it was kept, beside what the machine said."""

    subject: str
    verdict: str
    correct: dict[str, Any]
    said: dict[str, Any]
    at: datetime


@router.post("", response=FeedbackOut, summary="改判一条帖文")
def correct(request: HttpRequest, body: FeedbackIn) -> dict[str, Any]:
    """Keep one statement on one post; a later one wins, so it is taken back by another.

    404 when no such post has been scored; 422 in words when the statement cannot be kept.
    """
    mention = _mention(body)
    parts = body.dict(include={"label", "categories", "wrong_rules"}, exclude_none=True)
    try:
        kept = feedback.record(
            mention,
            body.verdict,
            actor=None,
            via=request.auth.name,
            now=clock.now(),
            correct=parts,
        )
    except feedback.UnusableFeedback as exc:
        raise HttpError(422, str(exc)) from None
    return {
        "subject": mention.subject.slug,
        "verdict": kept.kind,
        "correct": kept.correct,
        "said": kept.said,
        "at": kept.at,
    }


def _mention(body: FeedbackIn) -> Mention:
    rows = Mention.objects.select_related("subject").filter(
        post__platform=body.platform, post__kind=body.kind, post__native_id=body.native_id
    )
    if body.subject:
        rows = rows.filter(subject__slug=body.subject)
    found = list(rows.order_by("subject__slug"))
    if not found:
        raise HttpError(404, "no such post, or it is not scored yet, or not about that subject")
    if len(found) > 1:
        names = ", ".join(mention.subject.slug for mention in found)
        raise HttpError(422, f"subject: the post is about {names}; name one")
    return found[0]
