"""What moved an index, drawn as a strip or a waterfall of parts that add up; and its trend.

All sizes are SVG attributes in percent or view-box units; the templates only print them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Subject
from opinion.index import Move, Point, Reading

PARTS_IN_STRIP = 5
PARTS_IN_FALL = 6
WORTH_SPLITTING = 1.0
"""Points below which a change is not taken apart."""

SPARK_HEIGHT = 34.0
SPARK_SPAN = 50.0
"""Points that the height of a trend line stands for, so that rows compare."""

BIG_CHANGE = 10.0
_GAP = 0.6


@dataclass(frozen=True)
class Part:
    """One platform's or category's share of a change, and where its bar lies."""

    label: str
    points: float
    tone: str
    x: float
    width: float


def thresholds(subject: Subject) -> list[tuple[str, float]]:
    """Return the lines of a scale: name and value."""
    return [("关注", subject.watch_at), ("普通", subject.normal_at), ("严重", subject.severe_at)]


def level_of(value: float, subject: Subject) -> str:
    """Return the level whose line `value` has reached; empty below all of them."""
    lines = (
        ("severe", subject.severe_at),
        ("normal", subject.normal_at),
        ("watch", subject.watch_at),
    )
    return next((level for level, at in lines if value >= at), "")


def is_big(reading: Reading, subject: Subject) -> bool:
    """Tell whether a change is worth red: 10 points, or a line crossed upwards."""
    before = reading.value - reading.change
    crossed = any(before < at <= reading.value for _, at in thresholds(subject))
    return abs(reading.change) >= BIG_CHANGE or crossed


def parts(moves: Sequence[Move], kind: str, most: int) -> list[tuple[str, float]]:
    """Return the largest parts by name, rises first, the rest as one; in tenths they add up."""
    own = [move for move in moves if move.kind == kind and abs(move.points) >= 0.05]
    shown = sorted(own, key=lambda move: -abs(move.points))
    kept = [(move.label, move.points) for move in shown[:most]]
    if len(shown) > most:
        kept.append(("其他", sum(move.points for move in shown[most:])))
    total = sum(move.points for move in moves if move.kind == kind)
    kept = _in_tenths(kept, total)
    return sorted(kept, key=lambda part: (part[1] < 0, part[0] == "其他", -abs(part[1])))


def strip(reading: Reading) -> list[Part]:
    """Return the bars of a strip by platform; none when the change is too small to take apart."""
    chosen = parts(reading.moves, "platform", PARTS_IN_STRIP)
    size = sum(abs(points) for _, points in chosen)
    if size < WORTH_SPLITTING:
        return []
    room, x, drawn = 100 - _GAP * len(chosen), _GAP / 2, []
    for place, (label, points) in enumerate(chosen):
        width = room * abs(points) / size
        drawn.append(Part(label, points, _tone(place, label, points), round(x, 1), round(width, 1)))
        x += width + _GAP
    return drawn


def waterfall(reading: Reading, kind: str) -> list[Part]:
    """Return the bars that lead from the value before to the value now."""
    at = reading.value - reading.change
    drawn = []
    for place, (label, points) in enumerate(parts(reading.moves, kind, PARTS_IN_FALL)):
        low, high = sorted((_clamp(at), _clamp(at + points)))
        bar = Part(label, points, _tone(place, label, points), round(low, 1), round(high - low, 1))
        drawn.append(bar)
        at += points
    return drawn


@dataclass(frozen=True)
class Spark:
    """A trend as the paths of an SVG 100 wide and 34 high."""

    path: str
    limit: str
    first: float
    last: float


def spark(series: Sequence[Point], subject: Subject) -> Spark | None:
    """Return the trend line and, where it is in sight, the line of the severe threshold."""
    if len(series) < 2:
        return None
    values = [point.value for point in series]
    low = min(values) - 8
    span = max(SPARK_SPAN, max(values) - low + 2)

    def height(value: float) -> float:
        return round(SPARK_HEIGHT * (1 - (value - low) / span), 1)

    step = 100 / (len(values) - 1)
    path = " L".join(f"{place * step:.1f} {height(v)}" for place, v in enumerate(values))
    at = height(subject.severe_at)
    limit = f"M0 {at}H100" if 0 <= at <= SPARK_HEIGHT else ""
    return Spark(f"M{path}", limit, values[0], values[-1])


def _in_tenths(kept: list[tuple[str, float]], total: float) -> list[tuple[str, float]]:
    """Round to what is shown, and give the rounding to the largest, so that the sum is right."""
    rounded = [(label, round(points, 1)) for label, points in kept]
    if rounded:
        rest = round(total, 1) - sum(points for _, points in rounded)
        rounded[0] = (rounded[0][0], round(rounded[0][1] + rest, 1))
    return [(label, points) for label, points in rounded if points]


def _tone(place: int, label: str, points: float) -> str:
    if points < 0:
        return "fneg"
    return "f5" if label == "其他" or place > 3 else f"f{place + 1}"


def _clamp(value: float) -> float:
    return min(100.0, max(0.0, value))
