"""The roles of the console: groups with permissions, made when the database is migrated.

A role is a floor: what is listed here is given again on each migration, and what an administrator
added to a group stays.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

SEEN_BY_ALL = (
    *("catalog.subject", "catalog.team", "catalog.person"),
    *("crawlers.source", "crawlers.post", "crawlers.crawlrun", "crawlers.rejectedrecord"),
    *("opinion.mention", "opinion.rule", "opinion.signal", "opinion.feedback"),
    *("alerts.incident", "alerts.manualentry", "alerts.notification", "alerts.channelstate"),
)
"""Models that every role may view."""

MANAGED = ("catalog.subject", "catalog.team", "catalog.person", "crawlers.source", "opinion.rule")
"""Models that 管理 edits."""

_VIEWS = tuple(name.replace(".", ".view_") for name in SEEN_BY_ALL)
_CORRECTS = ("opinion.add_feedback",)
"""Whoever reads posts may say what the machine got wrong."""

_EDITS = tuple(
    name.replace(".", f".{verb}_")
    for name in (*MANAGED, "alerts.manualentry")
    for verb in ("add", "change", "delete")
)

ON_DUTY = "值班公关"
SERVICE = "客服"
ANALYST = "分析"
MANAGER = "管理"

ROLES: dict[str, tuple[str, ...]] = {
    ON_DUTY: (
        *_VIEWS,
        *_CORRECTS,
        "alerts.handle_incident",
        "alerts.verify_incident",
        "alerts.lower_level",
    ),
    SERVICE: (*_VIEWS, *_CORRECTS, "alerts.handle_incident"),
    ANALYST: (*_VIEWS, *_CORRECTS, "opinion.add_rule", "opinion.change_rule"),
    MANAGER: (
        *_VIEWS,
        *_CORRECTS,
        *_EDITS,
        "alerts.handle_incident",
        "alerts.verify_incident",
        "alerts.lower_level",
        "alerts.see_personal_data",
    ),
}

STAFF_ROLES = frozenset({ANALYST, MANAGER})
"""Roles whose people also use the administration pages."""


def ensure_roles(**_: Any) -> None:
    """Make the groups that are missing and give each its permissions."""
    for role, names in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.add(*Permission.objects.filter(_any_of(names)))


def _any_of(names: tuple[str, ...]) -> Q:
    wanted = Q()
    for name in names:
        app, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return wanted
