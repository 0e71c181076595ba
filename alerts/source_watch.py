"""Sources that have gone silent become incidents for the operator, and close by themselves.

`crawlers.health` says how each source is. Trouble that lasts is told as a `watch` incident of the
category `source`, about the system itself. Its `cause` says which trouble it is: refusals of one
site for one kind of reason are one (five searches whose shared cookie has expired call for one new
cookie), everything else is told source by source.

The sweep may run twice, late or not at all: what it does follows from the rows alone. It opens an
incident once, notes which sources join or recover, and resolves and closes it when all of them are
well. Somebody who closed it knows: the same trouble opens no other while it lasts. Somebody who
resolved it while the next run still fails finds it open again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from alerts import facts, lifecycle, manual, notices, opening
from alerts.categories import SOURCE
from alerts.events import EventKind, event
from alerts.lifecycle import Action, State
from alerts.models import Incident, IncidentEvent, Task, Timer
from alerts.signals import incident_changed
from alerts.wording import moment
from catalog.models import Subject
from crawlers import health
from crawlers.health import BY_THE_CLOCK, Cause, Verdict
from nlp.levels import Level

SYSTEM = "fenghuo"
SYSTEM_NAME = "烽火"
SETTLES = timedelta(hours=1)
"""Everything is overdue after everything was down: so long the sources have to catch up."""
_WELL = {health.State.GREEN, health.State.NEW, health.State.OFF}
_CLOSES = [EventKind.VERIFY, EventKind.FALSE_ALARM]
_NAMED = 3


@dataclass(frozen=True)
class _Watch:
    """One look at all sources."""

    verdicts: dict[str, Verdict]
    groups: dict[str, list[Verdict]]
    now: datetime


def system() -> Subject:
    """Return the subject that the system's own incidents are about; no text is matched to it."""
    found: Subject = Subject.objects.get_or_create(
        slug=SYSTEM, defaults={"name": SYSTEM_NAME, "active": False}
    )[0]
    return found


def watch(*, now: datetime, awake_since: datetime | None = None) -> int:
    """Open, join and close the incidents of sources; return how many changed.

    `awake_since` is when the caller began to watch: for the first hour after it, no source is
    blamed for what time alone has brought.
    """
    verdicts = health.judge_all(now=now)
    settled = awake_since is None or now - awake_since >= SETTLES
    look = _Watch({v.source.slug: v for v in verdicts}, _groups(verdicts, settled, now), now)
    if not look.groups and not _open().exists():
        return 0
    with transaction.atomic():
        subject = Subject.objects.select_for_update().get(pk=system().pk)  # one watch at a time
        open_ones = {each.cause: each for each in _open().select_related("subject", "team")}
        new = [
            _raise(cause, group, subject, look)
            for cause, group in sorted(look.groups.items())
            if cause not in open_ones and _is_news(cause, group)
        ]
        kept = [_go_on(incident, look) for _, incident in sorted(open_ones.items())]
    return sum(new) + sum(kept)


def cause_of(verdict: Verdict) -> str:
    """Return what a trouble shares with others of its kind: the site and the kind of refusal."""
    if verdict.cause is not Cause.REFUSED:
        return f"source:{verdict.source.slug}"
    return f"{health.site_of(verdict.source)}:{health.refusal_of(verdict.source)}"


def _open() -> Any:
    return Incident.objects.filter(category=SOURCE).exclude(state=Incident.State.VERIFIED)


def _groups(verdicts: Iterable[Verdict], settled: bool, now: datetime) -> dict[str, list[Verdict]]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.lasts(now) and (settled or verdict.cause not in BY_THE_CLOCK):
            groups.setdefault(cause_of(verdict)[:120], []).append(verdict)
    return groups


def _is_news(cause: str, group: Sequence[Verdict]) -> bool:
    """Tell whether nobody has closed just this trouble already."""
    last = Incident.objects.filter(category=SOURCE, cause=cause).order_by("-verified_at").first()
    if last is None or last.verified_at is None:
        return True
    closing = last.events.filter(kind__in=_CLOSES).order_by("-at", "-id").first()
    if closing is None or closing.actor_id is None:  # it closed by itself
        return True
    return any(v.since is not None and v.since > last.verified_at for v in group)


def _raise(cause: str, group: Sequence[Verdict], subject: Subject, look: _Watch) -> bool:
    incident = Incident(
        subject=subject,
        category=SOURCE,
        cause=cause,
        level=Level.WATCH,
        summary=_summary(group, look.now),
        opened_at=look.now,
        last_signal_at=look.now,
    )
    opening.prepare(incident, manual.read()).save()
    changes = opening.Changes()
    opening.set_going(incident, _data(group), changes, look.now)
    IncidentEvent.objects.bulk_create(changes.events)
    Task.objects.bulk_create(changes.tasks)
    Timer.objects.bulk_create(changes.timers)
    known = facts.gather([incident], now=look.now)[incident.pk]
    known["why"] = [_line(verdict, look.now) for verdict in group]
    told = [replace(notice, facts={**known, **notice.facts}) for notice in changes.notices]
    notices.queue(told, now=look.now)
    incident_changed.send(sender=None, incident_id=incident.pk)
    return True


def _go_on(incident: Incident, look: _Watch) -> bool:
    """Note who joined and who recovered; close the incident when nobody is left."""
    before = _members(incident)
    group = {v.source.slug: v for v in look.groups.get(incident.cause, [])}
    staying = [slug for slug in before if slug not in group and _stays(slug, incident, look)]
    ill = [*group.values(), *(look.verdicts[slug] for slug in staying)]
    if not ill:
        return _close(incident, before, look)
    reopened = _reopen_in_vain(incident, ill, look)
    gone = [slug for slug in before if slug not in group and slug not in staying]
    lines = [
        *(f"又有：{_line(v, look.now)}" for slug, v in group.items() if slug not in before),
        *(f"{_name(slug, look)} {_fate(slug, look)}" for slug in gone),
        *(
            f"原因变了：{_line(v, look.now)}"
            for slug, v in group.items()
            if before.get(slug, v.short) != v.short
        ),
    ]
    if not lines:
        return reopened
    kept = _data(group.values())
    kept["sources"] |= {slug: before[slug] for slug in staying}
    event(incident, EventKind.SIGNAL, now=look.now, reason="；".join(lines), data=kept).save()
    Incident.objects.filter(pk=incident.pk).update(
        summary=_summary(ill, look.now), last_signal_at=look.now
    )
    incident_changed.send(sender=None, incident_id=incident.pk)
    return True


def _members(incident: Incident) -> dict[str, str]:
    """Return the sources the incident is about, with what was last told of each."""
    told = incident.events.filter(kind__in=[EventKind.OPENED, EventKind.SIGNAL])
    last = told.order_by("-at", "-id").first()
    return dict((last.data if last else {}).get("sources", {}))


def _stays(slug: str, incident: Incident, look: _Watch) -> bool:
    """A source that is neither well nor told of elsewhere stays, also while it is only doubtful."""
    verdict = look.verdicts.get(slug)
    if verdict is None or _is_well(verdict):
        return False
    return verdict.cause is Cause.HICCUP or cause_of(verdict)[:120] == incident.cause


def _is_well(verdict: Verdict) -> bool:
    return verdict.state in _WELL or verdict.cause in {Cause.SLOW, Cause.GAP}


def _close(incident: Incident, before: dict[str, str], look: _Watch) -> bool:
    said = "；".join(f"{_name(slug, look)} {_fate(slug, look)}" for slug in before)
    if incident.state != State.RESOLVED:
        incident = lifecycle.move(
            incident, Action.RESOLVE, actor=None, now=look.now, reason=said or "信源已恢复"
        )
    lifecycle.move(
        incident, Action.VERIFY, actor=None, now=look.now, reason=f"{said}，自动关闭".lstrip("，")
    )
    return True


def _reopen_in_vain(incident: Incident, ill: Sequence[Verdict], look: _Watch) -> bool:
    """Open a resolved incident again when a run since the resolution failed all the same."""
    if incident.state != State.RESOLVED or incident.resolved_at is None:
        return False
    if not health.failed_again([v.source for v in ill], after=incident.resolved_at):
        return False
    reason = f"解决后再采仍不行：{_summary(ill, look.now)}"
    lifecycle.move(incident, Action.REOPEN, actor=None, now=look.now, reason=reason)
    return True


def _data(group: Iterable[Verdict]) -> dict[str, Any]:
    return {"sources": {v.source.slug: v.short for v in group}}


def _summary(group: Sequence[Verdict], now: datetime) -> str:
    """Say it in a line: 微博搜索 需要登录，09:02 起; of several how many."""
    names = "、".join(v.source.name for v in group[:_NAMED])
    if len(group) > _NAMED:
        names = f"{group[0].platform} {len(group)} 个信源（{names} 等）"
    reasons = "、".join(dict.fromkeys(v.short for v in group))
    since = min((v.since for v in group if v.since), default=None)
    return f"{names} {reasons}{f'，{moment(since, now)} 起' if since else ''}"[:200]


def _line(verdict: Verdict, now: datetime) -> str:
    since = f"，{moment(verdict.since, now)} 起" if verdict.since else ""
    return f"{verdict.source.name} {verdict.reason}{since}"


def _name(slug: str, look: _Watch) -> str:
    return look.verdicts[slug].source.name if slug in look.verdicts else slug


def _fate(slug: str, look: _Watch) -> str:
    """Say what became of a source that the incident is no longer about."""
    verdict = look.verdicts.get(slug)
    if verdict is None:
        return "已删除"
    if verdict.state is health.State.OFF:
        return "已停用"
    return "已恢复" if _is_well(verdict) else f"换了原因：{verdict.reason}"
