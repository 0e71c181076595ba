"""What is known about an incident when something about it is told.

`gather` is for the messages that explain (opened, risen, reopened, new posts), `describe` for the
short ones. Both read rows and give plain JSON with personal data masked; neither words a message.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from alerts import evidence
from alerts.models import Incident, IncidentPost
from alerts.notice import Facts, IndexFacts, PostFacts, Who
from catalog.models import Person, Subject, Team
from crawlers import health, platforms
from opinion import index
from opinion.models import Mention, Signal

RECENT = timedelta(hours=24)
CHANGE = timedelta(hours=1)
"""An alert says what moved just now; the day's change is the console's."""
MOST_SIGNALS = 2000
MOST_POSTS = 500


def who(person: Person | None, team: Team | None = None) -> Who:
    """Return whom to name: the person, and the team to name where no person is known."""
    known = person is not None
    return Who(
        name=str(person) if known else "",
        userid=person.wecom_userid if person else "",
        team=team.name if team else "",
    )


def describe(incident: Incident, *, now: datetime) -> Facts:
    """Return the facts that need no look at posts or index."""
    return Facts(
        number=incident.number,
        url=f"{settings.BASE_URL}{incident.get_absolute_url()}",
        queue_url=f"{settings.BASE_URL}/incidents",
        level=incident.level,
        subject=incident.subject.name,
        category=incident.get_category_display(),
        summary=incident.summary,
        at=now.isoformat(),
        posts=incident.posts,
        owner=who(incident.owner, incident.team),
        response_due=_iso(incident.response_due_at),
        resolution_due=_iso(incident.resolution_due_at),
        acknowledged=incident.acknowledged_at is not None,
    )


def gather(incidents: Sequence[Incident], *, now: datetime) -> dict[int, Facts]:
    """Return incident id -> all that a message about it may tell, for a handful of incidents."""
    readings = _readings({incident.subject for incident in incidents}, now)
    reasons = _reasons(incidents, now)
    known = {}
    for incident in incidents:
        facts = describe(incident, now=now)
        duty = incident.team.duty if incident.team else None
        if duty and duty != incident.owner:
            facts["also"] = who(duty)
        facts["index"] = readings.get(incident.subject_id)
        facts["why"] = reasons[incident.pk]
        facts["telling"] = telling_posts(incident, since=now - RECENT)
        facts["measures"] = list(incident.entry.get("measures", []))
        facts["tasks"] = dict(incident.entry.get("tasks", {}))
        known[incident.pk] = facts
    return known


def telling_posts(incident: Incident, *, since: datetime, most: int = 3) -> list[PostFacts]:
    """Return the posts that say it best, no two alike.

    Posts attached before `since` are looked at only where there are none after it.
    """
    linked = IncidentPost.objects.filter(incident=incident).order_by("-at", "-id")
    ids = linked.values_list("mention_id", flat=True)
    recent = list(ids.filter(at__gt=since)[:MOST_POSTS]) or list(ids[:MOST_POSTS])
    found = index.telling_posts(mentions=recent, limit=2 * most)
    unlike = {" ".join(each.post.text.split())[:60]: each for each in reversed(found)}
    chosen = [each for each in found if each in unlike.values()][:most]
    return [_post(mention, incident.category) for mention in chosen]


def _post(mention: Mention, category: str) -> PostFacts:
    post = mention.post
    counts = [("赞", post.likes), ("评", post.comments), ("转", post.reposts)]
    word, most = max(counts, key=lambda count: count[1])
    return PostFacts(
        platform=platforms.label(post.platform),
        rating=post.rating,
        text=evidence.excerpt(mention, category),
        count=f"{word} {most:,}" if most else "",
        url=post.url,
    )


def reading(incident: Incident, *, now: datetime) -> IndexFacts | None:
    """Return the index of the incident's subject, None when nobody spoke of it."""
    return _readings([incident.subject], now).get(incident.subject_id)


def _readings(subjects: Iterable[Subject], now: datetime) -> dict[int, IndexFacts]:
    read = index.readings(subjects, now=now, compared=CHANGE)
    sources = health.judge_all(now=now) if read else []
    return {
        pk: IndexFacts(
            value=round(each.value, 1),
            change=round(each.change, 1),
            mentions=each.mentions,
            thin=each.thin,
            hours=int(CHANGE.total_seconds() // 3600),
            gap=health.gap_of(pk, sources, now=now),
        )
        for pk, each in read.items()
        if each.mentions
    }


def _reasons(incidents: Sequence[Incident], now: datetime) -> dict[int, list[str]]:
    """Return incident id -> why it speaks: the words hit most, the last burst, the last index."""
    rows = (
        Signal.objects.filter(incidentsignal__incident__in=incidents, at__gt=now - RECENT)
        .order_by("-at", "-id")
        .select_related("subject")
        .annotate(incident_id=F("incidentsignal__incident_id"))
    )
    own = {incident.pk: incident.subject_id for incident in incidents}
    words: dict[int, Counter[str]] = defaultdict(Counter)
    latest: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows[:MOST_SIGNALS]:
        if row.detector == Signal.Detector.RULE:
            words[row.incident_id].update(set(map(str, row.evidence.get("words", []))))
        elif said := evidence.reason(row.detector, row.level, row.evidence, with_value=False):
            # A brand and its products share an incident; the figures are those of one of them.
            whose = "" if row.subject_id == own[row.incident_id] else f"{row.subject} "
            latest[row.incident_id].setdefault(row.detector, whose + said)
    reasons = {}
    for incident in incidents:
        common = words[incident.pk].most_common(2)
        hits = "、".join(f"“{word}” {count} 条" for word, count in common)
        others = [latest[incident.pk].get(detector, "") for detector in ("burst", "index")]
        reasons[incident.pk] = [line for line in [f"关键词{hits}" if hits else "", *others] if line]
    return reasons


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
