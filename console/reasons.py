"""Why an incident speaks: the words that were hit, the burst, the index; and what was ruled out."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts.models import Incident
from console.posts import ShownPost, show
from nlp.aspects import category_told
from nlp.levels import Level
from opinion.feedback import verdicts
from opinion.models import Mention, Rule, Signal

SIGNALS_LOOKED_AT = 3000
RULED_OUT_LOOKED_AT = 400
RULED_OUT_SHOWN = 5
RULES_SHOWN = 5
WORDS_SHOWN = 4
BEFORE_OPENING = timedelta(hours=24)


@dataclass(frozen=True)
class RuleHits:
    """One rule: in how many posts it hit, and with which words."""

    slug: str
    note: str
    posts: int
    words: list[tuple[str, int]]


@dataclass(frozen=True)
class RuledOut:
    """Posts with the same words that do not count, by reason, and some of them."""

    count: int
    reasons: list[tuple[str, int]]
    posts: list[ShownPost]


@dataclass(frozen=True)
class Reasons:
    """Everything the page says under 为什么预警."""

    rules: list[RuleHits]
    burst: dict[str, Any]
    index: dict[str, Any]
    ruled_out: RuledOut


def read_reasons(incident: Incident, *, now: datetime) -> Reasons:
    """Return why the incident was opened and kept open."""
    hits: dict[str, Counter[str]] = defaultdict(Counter)
    posts: Counter[str] = Counter()
    latest: dict[Any, dict[str, Any]] = {}
    rows = Signal.objects.filter(incidentsignal__incident=incident).order_by("-at", "-pk")
    for row in rows.select_related("subject")[:SIGNALS_LOOKED_AT]:
        if row.detector == Signal.Detector.RULE:
            rule = str(row.evidence.get("rule", ""))
            posts[rule] += 1
            hits[rule].update(set(map(str, row.evidence.get("words", []))))
        else:
            # A brand and its products share an incident; the figures are those of one of them.
            whose = "" if row.subject_id == incident.subject_id else str(row.subject)
            said = {**row.evidence, "at": row.at, "level": Level(row.level).label, "whose": whose}
            latest.setdefault(row.detector, said)
    return Reasons(
        rules=_rules(posts, hits),
        burst=latest.get(Signal.Detector.BURST, {}),
        index=latest.get(Signal.Detector.INDEX, {}),
        ruled_out=_ruled_out(incident, now=now),
    )


def _rules(posts: Counter[str], hits: dict[str, Counter[str]]) -> list[RuleHits]:
    common = posts.most_common(RULES_SHOWN)
    specs = dict(
        Rule.objects.filter(slug__in=[slug for slug, _ in common]).values_list("slug", "spec")
    )
    return [
        RuleHits(
            slug=slug,
            note=_note(slug, specs.get(slug, {})),
            posts=count,
            words=hits[slug].most_common(WORDS_SHOWN),
        )
        for slug, count in common
    ]


def _note(slug: str, spec: Mapping[str, Any]) -> str:
    """Return what the rule says of itself; the model's own alarms have no spec."""
    category = category_told(slug)
    told = f"模型从上下文判断有{category.label}问题" if category else ""
    return str(spec.get("note") or told)


def _ruled_out(incident: Incident, *, now: datetime) -> RuledOut:
    """Look for the incident's words where they were denied, asked about, quoted and the like."""
    mentions = (
        Mention.objects.filter(
            subject_id=incident.subject_id,
            published_at__gt=incident.opened_at - BEFORE_OPENING,
            published_at__lte=now,
        )
        .exclude(suppressed=[])
        .select_related("post", "subject")
        .order_by("-published_at")
    )
    reasons: Counter[str] = Counter()
    found = []
    for mention in mentions[:RULED_OUT_LOOKED_AT]:
        own = [one for one in mention.suppressed if one.get("category") == incident.category]
        if own and not any(hit.get("category") == incident.category for hit in mention.hits):
            reasons[str(own[0].get("label") or "其他")] += 1
            found.append(mention)
    some = found[:RULED_OUT_SHOWN]
    judged = verdicts(mention.pk for mention in some)
    shown = [show(mention, judged.get(mention.pk)) for mention in some]
    return RuledOut(len(found), reasons.most_common(), shown)
