"""Valid rows for the tests of alerts. A test sets only what matters to it."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from alerts import incidents
from alerts.models import Incident, ManualEntry, Notification
from catalog.models import Party, Person, Subject, Team
from crawlers.models import Post
from opinion.models import Mention, Signal

NOW = datetime(2026, 11, 21, 6, 2, tzinfo=UTC)
"""14:02 in Shanghai, a Saturday."""

_numbers = count(1)


def make_subject(slug: str = "s2", name: str = "电热水壶 S2", **values: Any) -> Subject:
    return Subject.objects.get_or_create(slug=slug, defaults={"name": name, **values})[0]


def make_person(username: str, name: str = "", **values: Any) -> Person:
    return Person.objects.create(
        username=username, name=name, wecom_userid=values.pop("wecom_userid", username), **values
    )


def make_team(slug: str, party: Party = Party.PR, **values: Any) -> Team:
    return Team.objects.create(slug=slug, party=party, name=values.pop("name", slug), **values)


def make_entry(
    owner: Team, level: str = "severe", category: str = "", **values: Any
) -> ManualEntry:
    values = {
        "measures": ["暂停该批次销售"],
        "tasks": {"pr": ["备致歉口径"], "engineering": ["排查 K3 批次"]},
        "response_minutes": None if level == "watch" else 30,
        "resolution_minutes": None if level == "watch" else 240,
        **values,
    }
    return ManualEntry.objects.create(level=level, category=category, owner=owner, **values)


def make_mention(
    subject: Subject | None = None,
    text: str = "烧到一半壶底漏水，差点烫到孩子",
    *,
    hit: str = "漏水",
    category: str = "quality",
    level: str = "severe",
    published_at: datetime = NOW - timedelta(minutes=10),
    post: dict[str, Any] | None = None,
    **values: Any,
) -> Mention:
    number = next(_numbers)
    saved = Post.objects.create(
        **{
            "platform": "jd",
            "kind": "review",
            "native_id": f"p{number}",
            "text": text,
            "published_at": published_at,
            "fetched_at": published_at,
            "state": Post.State.SCORED,
            **(post or {}),
        }
    )
    place = text.find(hit)
    hits = [
        {
            "rule": "leak",
            "category": category,
            "level": level,
            "text": hit,
            "start": place,
            "end": place + len(hit),
        }
    ]
    return Mention.objects.create(
        **{
            "post": saved,
            "subject": subject or make_subject(),
            "label": "neg",
            "p_neg": 0.95,
            "p_neu": 0.04,
            "p_pos": 0.01,
            "level": level,
            "category": category,
            "categories": [category],
            "hits": hits if hit else [],
            "published_at": published_at,
            "scored_at": published_at,
            "versions": "t",
            **values,
        }
    )


def rule_signal(mention: Mention | None = None, *, at: datetime = NOW, **values: Any) -> Signal:
    mention = mention or make_mention()
    category = values.pop("category", mention.category)
    return Signal.objects.create(
        subject=mention.subject,
        category=category,
        detector="rule",
        level=values.pop("level", mention.level),
        key=f"rule:{mention.pk}:{category}",
        mention=mention,
        evidence={"rule": "leak", "words": [hit["text"] for hit in mention.hits], "count": 1},
        at=at,
        **values,
    )


def burst_signal(
    subject: Subject, *, level: str = "normal", category: str = "quality", at: datetime = NOW
) -> Signal:
    return Signal.objects.create(
        subject=subject,
        category=category,
        detector="burst",
        level=level,
        key=f"burst:{next(_numbers)}",
        evidence={"seen": 23, "expected": 2.1, "tail": 1e-9},
        at=at,
    )


def index_signal(
    subject: Subject, *, level: str = "normal", category: str = "quality", at: datetime = NOW
) -> Signal:
    return Signal.objects.create(
        subject=subject,
        category=category,
        detector="index",
        level=level,
        key=f"index:{next(_numbers)}",
        evidence={"value": 72.4, "threshold": 70, "change": 31.2, "evidence": 46, "mentions": 46},
        at=at,
    )


def open_incident(
    level: str = "severe", category: str = "quality", *, now: datetime = NOW, **values: Any
) -> Incident:
    """Open an incident by a rule's signal, as in life."""
    mention = make_mention(
        category=category, level=level, published_at=now - timedelta(minutes=10), **values
    )
    (incident,) = incidents.attach([rule_signal(mention, at=now)], now=now)
    return incident


def make_notification(
    level: str = "severe",
    kind: str = "opened",
    *,
    channel: str = "wecom:公关群",
    at: datetime = NOW,
    incident: Incident | None = None,
    **values: Any,
) -> Notification:
    number = next(_numbers)
    facts = {
        "number": f"E-{number}",
        "url": f"https://console.example/incidents/{number}",
        "queue_url": "https://console.example/incidents",
        "level": level,
        "subject": "电热水壶 S2",
        "category": "质量",
        "summary": f"壶底漏水 {number}",
        "at": at.isoformat(),
        **values.pop("facts", {}),
    }
    return Notification.objects.create(
        incident=incident,
        channel=channel,
        kind=kind,
        level=level,
        key=values.pop("key", f"{kind}:{number}@{channel}"),
        facts=facts,
        next_attempt_at=values.pop("next_attempt_at", at),
        created_at=at,
        **values,
    )
