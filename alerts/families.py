"""A brand and its products speak once: which subject's incident takes a signal.

A post about a kettle is also a post about its brand, and a kettle's trouble moves the brand's
index. Two incidents would call the same people twice, so a signal goes

- to the open incident of its own subject and category, where there is one;
- else to that of its brand, or for a brand to the worst of its products';
- else, for a brand, to the product that the same signals are about;
- else it opens one of its own.
"""

from collections.abc import Sequence

from django.db.models import Q

from alerts.models import Incident
from nlp.levels import Level
from opinion.models import Signal

Key = tuple[int, str]


def homes(signals: Sequence[Signal]) -> dict[Key, Key]:
    """Return for the (subject, category) of each signal the one whose incident takes it."""
    parents = {signal.subject_id: signal.subject.parent_id for signal in signals}
    keys = sorted({(signal.subject_id, signal.category) for signal in signals})
    open_ones = _open_in_families(parents, {category for _, category in keys})
    levels = _worst(signals)
    found: dict[Key, Key] = {}
    for subject, category in keys:
        relatives = [
            (rank, -member)
            for (member, kind), (parent, rank) in open_ones.items()
            if kind == category and (parent == subject or member == parents[subject])
        ]
        children = [
            (levels[member, kind], -member)
            for member, kind in keys
            if kind == category and parents[member] == subject
        ]
        if (subject, category) in open_ones or not (relatives or children):
            found[subject, category] = (subject, category)
        else:
            found[subject, category] = (-max(relatives or children)[1], category)
    # The product that a brand follows may itself follow: its brand has an open incident.
    return {key: found.get(home, home) for key, home in found.items()}


def _worst(signals: Sequence[Signal]) -> dict[Key, int]:
    worst: dict[Key, int] = {}
    for signal in signals:
        key = (signal.subject_id, signal.category)
        worst[key] = max(worst.get(key, 0), Level(signal.level).rank)
    return worst


def _open_in_families(
    parents: dict[int, int | None], categories: set[str]
) -> dict[Key, tuple[int | None, int]]:
    """Return the open incidents of the subjects, their parents and children: (parent, rank)."""
    family = set(parents) | {parent for parent in parents.values() if parent}
    rows = (
        Incident.objects.filter(Q(subject__in=family) | Q(subject__parent__in=list(parents)))
        .filter(category__in=categories)
        .exclude(state=Incident.State.VERIFIED)
        .values_list("subject_id", "category", "subject__parent_id", "level")
    )
    return {
        (subject, category): (parent, Level(level).rank)
        for subject, category, parent, level in rows
    }
