"""A house with a PR team on duty, a manual and two robots."""

from dataclasses import dataclass
from typing import Any

import pytest

from catalog.models import Party, Person, Subject, Team
from tests.alerts.factories import make_entry, make_person, make_subject, make_team


@dataclass
class House:
    """Who is there."""

    subject: Subject
    pr: Team
    service: Team
    boss: Team
    lin: Person
    zhou: Person
    chen: Person


@pytest.fixture(autouse=True)
def robots(settings: Any) -> dict[str, str]:
    settings.WECOM_ROBOTS = {"公关群": "key-of-pr-1111", "客服群": "key-of-service-2222"}
    settings.WECOM_BASE_URL = "https://wecom.example"
    settings.BASE_URL = "https://console.example"
    return settings.WECOM_ROBOTS


@pytest.fixture
def house(db: None) -> House:
    lin = make_person("linxiao", "林晓")
    zhou = make_person("zhoumin", "周敏")
    chen = make_person("chenyiming", "陈一鸣")
    pr = make_team("pr", Party.PR, name="公关组", duty=lin)
    service = make_team("service", Party.SERVICE, name="客服组", duty=zhou, robot="客服群")
    boss = make_team("boss", Party.BRAND, name="品牌负责人", duty=chen)
    for person, team in [(lin, pr), (zhou, service), (chen, boss)]:
        person.team = team
        person.save()
    make_entry(pr, "severe", ladder=["boss", "service"])
    make_entry(service, "normal", ladder=["pr"])
    make_entry(service, "watch")
    return House(make_subject(), pr, service, boss, lin, zhou, chen)
