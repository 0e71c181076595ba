"""Signals become incidents.

All signals on one (subject, category) belong to one incident until it is closed; a brand and its
products share one (see `families`). What a signal does to its incident:

- none is open: it opens one, with manual entry, owner, tasks and clocks;
- it is worse than the incident: the level rises, the entry is taken anew (see `clocks.rise`);
- the incident is resolved, and the signal is worse, or as bad and resting on what was published
  after the resolution (a rule's post; five negative posts for an index or a burst, which stay high
  for hours): the incident opens again, with new clocks. A milder signal, or an older post found
  late, is only added, to be seen by whoever verifies;
- otherwise it is added, and told in the next digest of new posts.

A closed incident stays closed: what comes later opens a new one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from alerts import digests, evidence, facts, families, manual, notices
from alerts.events import EventKind, event
from alerts.models import (
    Incident,
    IncidentEvent,
    IncidentPost,
    IncidentSignal,
    Task,
    Timer,
)
from alerts.notices import Notice
from alerts.opening import Case, Changes, begin, new_incident, raise_level, reopen
from alerts.signals import incident_changed
from nlp.levels import Level
from opinion.models import Signal

_TRIES = 5
_SAVED = [
    "level",
    "state",
    "summary",
    "owner",
    "team",
    "entry",
    "outcome",
    "response_due_at",
    "resolution_due_at",
    "acknowledged_at",
    "resolved_at",
    "last_signal_at",
    "posts",
    "nei_at_opening",
]


def on_signals_raised(
    sender: object, signals: Sequence[Signal], now: datetime, **kwargs: Any
) -> None:
    """Receive new signals within the scoring transaction."""
    attach(signals, now=now)


def attach(signals: Sequence[Signal], *, now: datetime) -> list[Incident]:
    """Attach saved signals to their incidents; return the incidents touched.

    Attaching a signal again changes nothing. Two workers that raise the first signal of a
    (subject, category) at once get one incident: the second waits for the first to commit.
    """
    with transaction.atomic():
        cases = _cases(signals, now)
        if not cases:
            return []
        book = manual.read()
        _hold(cases, book, now)
        _link(cases, now)
        changes = Changes()
        for case in cases:
            _judge(case, book, changes, now)
        explained = _explain(changes, cases, now)
        _save(cases, changes, now)
        notices.queue(explained, now=now)
        for case in cases:
            incident_changed.send(sender=None, incident_id=case.incident.pk)
    return [case.incident for case in cases]


def _cases(signals: Sequence[Signal], now: datetime) -> list[Case]:
    """Group what is new by (subject, category), sorted: all workers lock in the same order."""
    known = set(
        IncidentSignal.objects.filter(signal__in=signals).values_list("signal_id", flat=True)
    )
    fresh = [signal for signal in signals if signal.pk not in known]
    behind = evidence.mentions_behind(fresh, now=now)
    homes = families.homes(fresh)
    groups: dict[tuple[int, str], Case] = {}
    for signal in fresh:
        key = homes[signal.subject_id, signal.category]
        groups.setdefault(key, Case(key)).add(signal, behind[signal.pk])
    return [groups[key] for key in sorted(groups)]


def _hold(cases: Sequence[Case], book: manual.Manual, now: datetime) -> None:
    """Give every case its open incident, locked until the end of the transaction.

    Missing ones are inserted first and all are locked afterwards, both in sorted order, so no two
    workers wait for each other. Between the two steps someone may close an incident: then again.
    """
    for _ in range(_TRIES):
        present = _open_incidents(cases, lock=False)
        missing = [case for case in cases if case.key not in present]
        Incident.objects.bulk_create(
            [new_incident(case, book, now) for case in missing], ignore_conflicts=True
        )
        held = _open_incidents(cases, lock=True)
        if len(held) == len(cases):
            break
    else:
        raise RuntimeError("incidents keep being closed while signals are attached to them")
    # An incident that another worker opened has its first event; one that is ours has none yet.
    begun = set(
        IncidentEvent.objects.filter(incident__in=held.values(), kind=EventKind.OPENED).values_list(
            "incident_id", flat=True
        )
    )
    for case in cases:
        case.incident = held[case.key]
        case.fresh = case.incident.pk not in begun


def _open_incidents(cases: Sequence[Case], *, lock: bool) -> dict[tuple[int, str], Incident]:
    by_category: dict[str, list[int]] = {}
    for subject_id, category in (case.key for case in cases):
        by_category.setdefault(category, []).append(subject_id)
    wanted = Q()
    for category, subjects in by_category.items():
        wanted |= Q(category=category, subject_id__in=subjects)
    rows = Incident.objects.filter(wanted).exclude(state=Incident.State.VERIFIED)
    rows = rows.order_by("subject_id", "category")
    if lock:
        rows = rows.select_related("subject", "owner", "team__duty")
        rows = rows.select_for_update(of=("self",))
    return {(incident.subject_id, incident.category): incident for incident in rows}


def _link(cases: Sequence[Case], now: datetime) -> None:
    """Tie signals and posts to the incidents, and count the posts that are new to each.

    The incidents are locked, so what is not there now is not being added by anyone else.
    """
    links = [
        IncidentSignal(incident=case.incident, signal=signal)
        for case in cases
        for signal in case.signals
    ]
    IncidentSignal.objects.bulk_create(links, ignore_conflicts=True)
    posts = {post for case in cases for post in case.mentions}
    known = set(
        IncidentPost.objects.filter(
            incident__in=[case.incident for case in cases], mention__post__in=posts
        ).values_list("incident_id", "mention__post_id")
    )
    rows = []
    for case in cases:
        new = [m for post, m in case.mentions.items() if (case.incident.pk, post) not in known]
        rows += [IncidentPost(incident=case.incident, mention=mention, at=now) for mention in new]
        case.new_posts = len(new)
        case.incident.posts += len(new)
        case.incident.last_signal_at = max(case.incident.last_signal_at, now)
    IncidentPost.objects.bulk_create(rows, batch_size=500)


def _judge(case: Case, book: manual.Manual, changes: Changes, now: datetime) -> None:
    """Decide what the new signals do to their incident."""
    incident = case.incident
    if case.fresh:
        begin(case, changes, now)
        return
    resolved = incident.state == Incident.State.RESOLVED
    if resolved and _opens_again(case):
        reopen(case, book, changes, now)
    elif not resolved and case.level.rank > Level(incident.level).rank:
        raise_level(case, book, changes, now)
    elif case.new_posts and not resolved:
        changes.grown.append(incident)
    changes.events += [
        event(incident, EventKind.SIGNAL, now=now, reason=line, data={"signal": signal.pk})
        for signal in case.signals
        if (line := evidence.reason(signal.detector, signal.level, signal.evidence))
    ]


def _opens_again(case: Case) -> bool:
    held, resolved_at = Level(case.incident.level).rank, case.incident.resolved_at
    if case.level.rank > held or resolved_at is None:
        return True
    return any(
        evidence.is_new_since(resolved_at, signal, case.behind[signal.pk])
        for signal in case.signals
        if Level(signal.level).rank >= held
    )


def _explain(changes: Changes, cases: Sequence[Case], now: datetime) -> list[Notice]:
    """Give every notice its facts, and a new incident the index that it opened at."""
    told = [notice.incident for notice in changes.notices]
    known = facts.gather(told, now=now)
    for case in cases:
        index = known[case.incident.pk].get("index") if case.incident.pk in known else None
        if case.fresh and index:
            case.incident.nei_at_opening = index["value"]
    return [
        replace(notice, facts={**known[notice.incident.pk], **notice.facts})
        for notice in changes.notices
    ]


def _save(cases: Sequence[Case], changes: Changes, now: datetime) -> None:
    Incident.objects.bulk_update([case.incident for case in cases], _SAVED)
    IncidentEvent.objects.bulk_create(changes.events)
    Task.objects.bulk_create(changes.tasks)
    Timer.objects.bulk_create(changes.timers)
    digests.schedule(changes.grown, now=now)
