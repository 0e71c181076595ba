"""What the machine got wrong about one post of an incident, said by a person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from alerts.models import Incident, IncidentPost
from config import clock
from console.corrections import CORRECT, form
from console.permissions import requires
from console.posts import show
from opinion import feedback
from opinion.models import Feedback, Mention


@require_http_methods(["GET", "POST"])
@requires("alerts.view_incident")
def correct(request: HttpRequest, pk: int, mention: int) -> HttpResponse:
    """Show the form to correct a post; a POST keeps what it says."""
    if not request.user.has_perm(CORRECT):
        raise PermissionDenied
    incident = get_object_or_404(Incident.objects.select_related("subject"), pk=pk)
    found = _mention(incident, mention)
    if request.method == "GET":
        return _ask(request, incident, found)
    try:
        kept = _keep(request, found)
    except feedback.UnusableFeedback as exc:
        messages.error(request, f"{exc}，没有保存")
    else:
        messages.success(request, _done(kept))
    return redirect(_way_back(incident, request.POST.get("posts", "")))


def _ask(request: HttpRequest, incident: Incident, mention: Mention) -> HttpResponse:
    verdict = feedback.verdicts([mention.pk]).get(mention.pk)
    context = {
        "section": "queue",
        "now": clock.now(),
        "incident": incident,
        "mention": mention,
        "shown": show(mention, verdict),
        "form": form(mention, verdict),
        "posts": request.GET.get("posts", ""),
        "inside": bool(request.htmx),
    }
    part = "console/incident/correct.html" if request.htmx else "console/correct.html"
    return render(request, part, context)


def _keep(request: HttpRequest, mention: Mention) -> list[Feedback]:
    if "confirm" in request.POST:
        actor, now = request.user, clock.now()
        return [feedback.record(mention, feedback.Kind.CONFIRMED, actor=actor, now=now)]
    return feedback.revise(
        mention,
        label=request.POST.get("label", ""),
        categories=request.POST.getlist("category"),
        wrong_rules=request.POST.getlist("wrong"),
        actor=request.user,
        now=clock.now(),
    )


def _done(kept: list[Feedback]) -> str:
    if not kept:
        return "没有改动"
    confirmed = kept[0].kind == feedback.Kind.CONFIRMED
    return "已记下：这条帖文判得对" if confirmed else "已改判帖文，用于规则精确率与下次训练"


def _mention(incident: Incident, pk: int) -> Mention:
    """Return a mention that the incident's page may show: its posts, and what was ruled out."""
    mention = get_object_or_404(Mention.objects.select_related("post", "subject"), pk=pk)
    if mention.subject_id != incident.subject_id:
        get_object_or_404(IncidentPost, incident=incident, mention=mention)
    return mention


def _way_back(incident: Incident, posts: str) -> str:
    """Return the address of the page of posts that the person came from."""
    known = posts.isascii() and posts.isdigit() and len(posts) < 6
    query = f"?posts={posts}" if known else ""
    return f"{incident.get_absolute_url()}{query}#i-posts"
