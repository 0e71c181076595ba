"""Fills the database of a server under test: `python -m tests.browser.house fill|arrive`.

It runs as a process of its own, beside the server, as workers do.
"""

import os
import sys
from datetime import timedelta

PASSWORD = "beacon-tower-9"


def fill() -> None:
    """Make 林晓 of PR, a manual, and one incident of each level."""
    from django.contrib.auth.models import Group

    from catalog.models import Party
    from config import clock
    from tests.alerts.factories import (
        make_entry,
        make_person,
        make_subject,
        make_team,
        open_incident,
    )

    lin = make_person("linxiao", "林晓")
    lin.set_password(PASSWORD)
    lin.groups.add(Group.objects.get(name="值班公关"))
    team = make_team("pr", Party.PR, name="公关值班", duty=lin)
    lin.team = team
    lin.save()
    for level in ("severe", "normal", "watch"):
        make_entry(team, level)
    now = clock.now()
    kettle = make_subject("s2", "电热水壶 S2")
    open_incident("severe", "quality", now=now - timedelta(minutes=3), subject=kettle)
    open_incident("normal", "price", now=now, subject=kettle)
    open_incident("watch", "logistics", now=now, subject=kettle)


def arrive() -> None:
    """Open one more severe incident."""
    from config import clock
    from tests.alerts.factories import make_subject, open_incident

    open_incident(
        "severe",
        "safety",
        now=clock.now(),
        subject=make_subject("v8", "空气炸锅 V8"),
        text="炸到一半突然冒烟",
        hit="冒烟",
        post={"native_id": "arrived"},
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    {"fill": fill, "arrive": arrive}[sys.argv[1]]()
