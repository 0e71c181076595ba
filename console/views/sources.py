"""The page of sources: how each is doing, and what an operator can do about it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from config import clock
from console import sourcing
from console.permissions import requires
from crawlers.health import State
from crawlers.models import Source

CHANGE = "crawlers.change_source"


@require_GET
@requires("crawlers.view_source")
def sources(request: HttpRequest) -> HttpResponse:
    """Show all sources, those in trouble first."""
    now = clock.now()
    cards = sourcing.read_cards(now=now)
    context = {
        "section": "sources",
        "now": now,
        "cards": cards,
        "tallies": [
            (state.label, sourcing.TONES[state], count)
            for state in State
            if (count := sum(card.verdict.state is state for card in cards))
        ],
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "console/sources.html", context)


@require_POST
@requires("crawlers.view_source", to_change=CHANGE)
def run(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a source run as soon as a worker is free."""
    source = get_object_or_404(Source, slug=slug)
    if not source.enabled:
        messages.error(request, f"{source} 已停用，启用后才会采集")
    else:
        Source.objects.filter(pk=source.pk).update(next_run_at=clock.now())
        messages.success(request, f"{source} 马上采集")
    return redirect("sources")


@require_POST
@requires("crawlers.view_source", to_change=CHANGE)
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause a source, or enable it again: it then runs at once."""
    source = get_object_or_404(Source, slug=slug)
    if request.POST.get("enabled") == "1":
        Source.objects.filter(pk=source.pk).update(enabled=True, next_run_at=clock.now())
        messages.success(request, f"{source} 已启用，马上采集")
    else:
        Source.objects.filter(pk=source.pk).update(enabled=False)
        messages.success(request, f"{source} 已暂停；正在进行的这一次会采完")
    return redirect("sources")
