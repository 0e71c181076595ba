"""Finding trouble in what a pass has just written.

A detector is a function from `Situation` to signals, none of which need be new: the unique key of a
signal says what it is about, and a key that exists is not raised again. No detector asks the
database; a pass loads the situation of all its subjects at once. Competitors raise no signals:
their trouble is nobody's incident here.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from opinion.detectors import burst, rule_hit, threshold
from opinion.detectors.situation import FRESH, HOUR, Situation, Usual, watched
from opinion.habits import habits, same_hours
from opinion.index import DAY, load_rows
from opinion.models import Mention, Signal

DETECTORS: list[Callable[[Situation], Iterable[Signal]]] = [
    rule_hit.detect,
    threshold.detect,
    burst.detect,
]


def usual(mentions: Iterable[Mention], *, now: datetime) -> Usual:
    """Read what the detectors will compare with: at most two queries, none for old posts."""
    moved = watched(mentions, now=now, within=DAY)
    if not moved:
        return Usual()
    return Usual(habits(moved, now=now), same_hours(moved, now=now))


def look(mentions: Sequence[Mention], expected: Usual, *, now: datetime) -> list[Signal]:
    """Return the signals, not yet saved, of a pass that wrote `mentions` and their buckets."""
    subjects = watched(mentions, now=now, within=FRESH)
    if not subjects:
        return []
    moved = watched(mentions, now=now, within=DAY)
    situation = Situation(
        now=now,
        subjects=subjects,
        mentions=[m for m in mentions if m.subject_id in subjects and m.published_at > now - FRESH],
        usual=expected,
        rows=load_rows(moved, since=now - DAY - HOUR, until=now) if moved else {},
        recent=threshold.recent(moved, now=now) if moved else (),
    )
    return [signal for detect in DETECTORS for signal in detect(situation)]
