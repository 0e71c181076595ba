"""The negative-emotion index (NEI) of a subject, 0 to 100, and what moved it. Arithmetic only.

For mentions i with probability of negative p_i and weight w_i = decay · credibility · reach:

    NEI = 100 · (Σ w_i·p_i + α·π) / (Σ w_i + α)

π is the subject's usual rate of negative mentions, and α says how much evidence it takes to leave
it: with no evidence the index is 100·π.

What moved it. Write NEI = 100·A/D, with A = Σ w·p + α·π and D = Σ w + α, before (1) and after (2).
As A = v·D for v = NEI/100,

    v2 − v1 = (ΔA − v̄·ΔD) / D̄          v̄ = (v1 + v2)/2,  D̄ = (D1 + D2)/2

holds exactly, and its right side is a sum over keys: each key's part is
100 · (ΔΣw·p − v̄·ΔΣw) / D̄ over its own mentions, and the rest, 100 · (Δ(α·π) − v̄·Δα) / D̄, is the
part of the usual rate. So a key where nothing changed has no part; new mentions that are more
negative than the index raise it, and milder ones lower it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

Key = tuple[str, ...]

PRIOR: Key = ("#prior",)
"""The part of a change that is due to another usual rate."""

FADING: Key = ("#fading",)
"""The part of a change that is due to earlier mentions growing older."""

_USUAL_RATE = 0.1  # of negative mentions, for a subject without a history
_HISTORY = 50.0  # mentions that weigh as much as that assumption


@dataclass(frozen=True, slots=True)
class Cell:
    """Sums over the mentions that share `key`, decayed to the moment of reading."""

    key: Key
    weight: float  # Σ w
    weighted_p: float  # Σ w·p
    mentions: int


@dataclass(frozen=True, slots=True)
class Index:
    """A reading; `evidence` (Σ w) is how much it rests on."""

    value: float
    evidence: float
    mentions: int


@dataclass(frozen=True, slots=True)
class Part:
    """Points that `key` added to the index (or, below 0, took from it)."""

    key: Key
    points: float


def reach(likes: int, comments: int, reposts: int) -> float:
    """Return how far a post went: 1 for a post that nobody answered. Counts below 0 are 0."""
    return 1 + math.log2(1 + max(likes, 0) + 2 * max(comments, 0) + 3 * max(reposts, 0))


def decay(age: timedelta, half_life: timedelta) -> float:
    """Return what is left of a mention's weight: 1 when new or from the future, then halving.

    Raises ValueError for a half-life that is not positive.
    """
    if half_life <= timedelta():
        raise ValueError("the half-life must be positive")
    return float(2.0 ** -max(age / half_life, 0.0))


def smoothed_prior(negative: int, total: int) -> float:
    """Return a subject's usual negative rate (0 to 1), which a short history hardly moves."""
    return (negative + _HISTORY * _USUAL_RATE) / (total + _HISTORY)


def nei(cells: Iterable[Cell], *, alpha: float, prior: float) -> Index:
    """Read the index; the order of `cells` does not matter, to the last bit."""
    held = list(cells)
    evidence = math.fsum(cell.weight for cell in held)
    weighted_p = math.fsum(cell.weighted_p for cell in held)
    total = evidence + alpha
    share = (weighted_p + alpha * prior) / total if total > 0 else prior
    return Index(100 * min(max(share, 0.0), 1.0), evidence, sum(cell.mentions for cell in held))


def explain(
    before: Iterable[Cell],
    after: Iterable[Cell],
    *,
    alpha: float,
    prior: float,
    prior_before: float | None = None,
    fade: float = 1.0,
) -> list[Part]:
    """Say what moved the index between two readings; the points add up to its change.

    `prior_before` is the usual rate at the first reading, when it was another. `fade` is
    what `decay` left of the earlier mentions at the second reading: given, their growing
    older is a part of its own (FADING) and a key's part is what came in; left at 1, a
    key's part is all that changed there. Parts come biggest first, and none is zero.
    """
    then, now = _by_key(before), _by_key(after)
    old_prior = prior if prior_before is None else prior_before
    first = nei(then.values(), alpha=alpha, prior=old_prior)
    second = nei(now.values(), alpha=alpha, prior=prior)
    weight = (first.evidence + second.evidence) / 2 + alpha
    if weight <= 0:
        return _sorted({PRIOR: second.value - first.value})
    middle = (first.value + second.value) / 200

    def points(change_p: float, change_weight: float) -> float:
        return 100 * (change_p - middle * change_weight) / weight

    parts = {PRIOR: points(alpha * (prior - old_prior), 0.0)}
    none = Cell((), 0.0, 0.0, 0)
    for key in then.keys() | now.keys():
        old, new = then.get(key, none), now.get(key, none)
        parts[key] = points(new.weighted_p - fade * old.weighted_p, new.weight - fade * old.weight)
    faded_p = math.fsum(cell.weighted_p for cell in then.values())
    parts[FADING] = points((fade - 1) * faded_p, (fade - 1) * first.evidence)
    return _sorted(parts)


def _by_key(cells: Iterable[Cell]) -> dict[Key, Cell]:
    groups: dict[Key, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.key, []).append(cell)
    return {
        key: Cell(
            key,
            math.fsum(cell.weight for cell in group),
            math.fsum(cell.weighted_p for cell in group),
            sum(cell.mentions for cell in group),
        )
        for key, group in groups.items()
    }


def _sorted(parts: Mapping[Key, float]) -> list[Part]:
    found = [Part(key, points) for key, points in parts.items() if points]
    return sorted(found, key=lambda part: (-abs(part.points), part.key))
