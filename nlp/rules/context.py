"""Decides, hit by hit, whether its surroundings make it no complaint."""

from collections.abc import Callable, Collection

from nlp.rules import brands, fiction, hearsay, mending, mood, others, set_phrases
from nlp.rules.negation import negated
from nlp.rules.place import Place
from nlp.rules.reasons import Reason

# In this order: the first that holds is the reason that people are shown.
_JUDGES: tuple[tuple[Reason, Callable[[Place], bool]], ...] = (
    (Reason.COMPARISON, others.compared),
    (Reason.NEGATED, negated),
    (Reason.HYPOTHETICAL, mood.supposed),
    (Reason.HYPOTHETICAL, fiction.imagined),
    (Reason.QUESTION, mood.asked),
    (Reason.QUOTED, hearsay.quoted),
    (Reason.OTHER_BRAND, brands.of_rival),
    (Reason.OTHER_BRAND, others.of_another),
    (Reason.OTHER_BRAND, others.of_namesake),
    (Reason.SETTLED, mending.settled),
    (Reason.RESOLVED, mending.resolved),
    (Reason.BOILERPLATE, set_phrases.boilerplate),
)


def objection(place: Place, despite: Collection[Reason] = ()) -> Reason | None:
    """Return why the hit at `place` is no complaint, or None when it is one.

    Reasons in `despite` are not looked at.
    """
    for reason, holds in _JUDGES:
        if reason not in despite and holds(place):
            return reason
    return None
