"""Decides, hit by hit, whether its surroundings make it no complaint."""

from collections.abc import Callable, Collection

from nlp.rules import mood, voice
from nlp.rules.negation import negated
from nlp.rules.place import Place
from nlp.rules.reasons import Reason

# In this order: the first that holds is the reason that people are shown.
_JUDGES: tuple[tuple[Reason, Callable[[Place], bool]], ...] = (
    (Reason.COMPARISON, voice.compared),
    (Reason.NEGATED, negated),
    (Reason.HYPOTHETICAL, mood.supposed),
    (Reason.QUESTION, mood.asked),
    (Reason.QUOTED, voice.quoted),
    (Reason.OTHER_BRAND, voice.of_another),
    (Reason.RESOLVED, voice.resolved),
    (Reason.BOILERPLATE, voice.boilerplate),
)


def objection(place: Place, despite: Collection[Reason] = ()) -> Reason | None:
    """Return why the hit at `place` is no complaint, or None when it is one.

    Reasons in `despite` are not looked at.
    """
    for reason, holds in _JUDGES:
        if reason not in despite and holds(place):
            return reason
    return None
