"""Addresses of the console's pages. Every view here declares who may open it."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, path

from console.api import api
from console.live import live
from console.permissions import public
from console.views import correction, health, inbox, incident, overview, queue, sessions, sources

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("login", public(sessions.Login.as_view()), name="login"),
    path("logout", public(LogoutView.as_view(next_page="login")), name="logout"),
    path("me", sessions.me, name="me"),
    path("me/theme", sessions.theme, name="theme"),
    path("incidents", queue.queue, name="queue"),
    path("incidents/rows", queue.rows, name="queue-rows"),
    path("incidents/acknowledge", queue.acknowledge, name="queue-acknowledge"),
    path("incidents/<int:pk>", incident.incident, name="incident"),
    path("incidents/<int:pk>/comment", incident.comment, name="incident-comment"),
    path("incidents/<int:pk>/tasks/<int:task>", incident.tick, name="incident-task"),
    path(
        "incidents/<int:pk>/posts/<int:mention>", correction.correct, name="incident-post-correct"
    ),
    path("incidents/<int:pk>/<slug:action>", incident.act, name="incident-act"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<slug:slug>/run", sources.run, name="source-run"),
    path("sources/<slug:slug>/switch", sources.switch, name="source-switch"),
    path("live", live, name="live"),
    path("demo/inbox", inbox.inbox, name="inbox"),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
]
