"""People who may log in: adding one, changing one."""

import secrets

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from catalog.models import Person, Team
from console.roles import STAFF_ROLES


class UnknownName(Exception):
    """A role or a team of that name does not exist; the message names it and the known ones."""


@transaction.atomic
def save_person(
    username: str,
    *,
    name: str = "",
    roles: list[str] | None = None,
    team: str = "",
    admin: bool = False,
    password: str = "",
    new_password: bool = False,
) -> tuple[Person, str]:
    """Make or update a person; return it with the random password that was made for it, if any.

    A new person without `password` gets a random one; an old one keeps theirs unless `password`
    or `new_password` says otherwise. What is not given stays as it is.

    Raises UnknownName for a role or team that does not exist, and Django's ValidationError for a
    password that is too weak.
    """
    person, created = Person.objects.get_or_create(username=username)
    person.name = name or person.name
    if team:
        person.team = _team(team)
    if admin:
        person.is_staff = person.is_superuser = True
    groups = [_group(role) for role in roles or []]
    if STAFF_ROLES.intersection(roles or []):
        person.is_staff = True
    made = "" if password or not (created or new_password) else secrets.token_urlsafe(9)
    if password:
        validate_password(password, person)
    if password or made:
        person.set_password(password or made)
    person.save()
    person.groups.add(*groups)
    return person, made


def _team(slug: str) -> Team:
    try:
        return Team.objects.get(slug=slug)
    except Team.DoesNotExist:
        known = "、".join(Team.objects.values_list("slug", flat=True)) or "还没有团队"
        raise UnknownName(f"没有团队 {slug}（现有：{known}）") from None


def _group(role: str) -> Group:
    try:
        return Group.objects.get(name=role)
    except Group.DoesNotExist:
        known = "、".join(Group.objects.values_list("name", flat=True))
        raise UnknownName(f"没有角色 {role}（现有：{known}）") from None
