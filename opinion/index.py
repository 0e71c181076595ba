"""The negative-emotion index of subjects: its value, its evidence, and what moved it.

Read from buckets, so the cost is the number of buckets, never the number of posts. A bucket is
as old as its middle. The prior π is the same for all moments of one reading, so a change is never
a change of yardstick.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models import Case, F, FloatField, IntegerField, Value, When

from catalog.models import Subject
from crawlers import platforms
from nlp import index as nei
from nlp.categories import Category
from nlp.levels import Level
from opinion.buckets import WIDTH
from opinion.habits import habits
from opinion.models import Bucket, Mention

DAY = timedelta(hours=24)

ENOUGH = 10.0
"""Evidence (Σ w) below which an index is thin: shown as such, and no reason for an alarm."""


class Row(NamedTuple):
    """One bucket, as the index needs it."""

    platform: str
    category: str
    at: datetime
    mentions: int
    negative: int
    weight: float
    weighted_p: float


@dataclass(frozen=True)
class Move:
    """How many points of a change one platform or category accounts for.

    The key `#fading` stands for what was there before and merely grew older.
    """

    kind: Literal["platform", "category"]
    key: str
    label: str
    points: float


@dataclass(frozen=True)
class Reading:
    """A subject's index over a window, and how it differs from the window's earlier place.

    `value` 0 to 100; `evidence` is Σ w; `mentions` and `negative` count the window. `change` is in
    points, and so are `moves`, largest first: those of either kind add up to the change. `thin`
    means too little evidence to conclude anything.
    """

    value: float
    evidence: float
    mentions: int
    negative: int
    change: float
    moves: list[Move]
    thin: bool


@dataclass(frozen=True)
class Point:
    """The index at one moment of a series."""

    at: datetime
    value: float
    evidence: float


def reading(
    subject: Subject, *, now: datetime, window: timedelta = DAY, compared: timedelta = DAY
) -> Reading:
    """Return the index over the last `window`, compared with `compared` ago."""
    return readings([subject], now=now, window=window, compared=compared)[subject.pk]


def readings(
    subjects: Iterable[Subject],
    *,
    now: datetime,
    window: timedelta = DAY,
    compared: timedelta = DAY,
) -> dict[int, Reading]:
    """Return the readings of many subjects by primary key, in as many queries as for one."""
    wanted = {subject.pk: subject for subject in subjects}
    rows = load_rows(wanted, since=now - window - compared, until=now)
    usual = habits(wanted, now=now)
    return {
        pk: _read(
            Scale.of(subject, usual[pk].prior),
            before=within(rows[pk], now - compared, window),
            after=within(rows[pk], now, window),
            moments=(now - compared, now),
        )
        for pk, subject in wanted.items()
    }


def series(
    subject: Subject, *, now: datetime, window: timedelta = DAY, points: int = 48
) -> list[Point]:
    """Return the 24-hour index at `points` moments of the last `window`, the last one `now`."""
    return serieses([subject], now=now, window=window, points=points)[subject.pk]


def serieses(
    subjects: Iterable[Subject], *, now: datetime, window: timedelta = DAY, points: int = 48
) -> dict[int, list[Point]]:
    """Return the series of many subjects by primary key, in as many queries as for one."""
    wanted = {subject.pk: subject for subject in subjects}
    rows = load_rows(wanted, since=now - window - DAY, until=now)
    usual = habits(wanted, now=now)
    moments = [now - window * step / points for step in range(points - 1, -1, -1)]
    return {
        pk: _series(Scale.of(subject, usual[pk].prior), rows[pk], moments)
        for pk, subject in wanted.items()
    }


@dataclass(frozen=True)
class Scale:
    """What a subject's index is measured with."""

    half_life: timedelta
    alpha: float
    prior: float

    @classmethod
    def of(cls, subject: Subject, prior: float) -> "Scale":
        """Return the subject's own settings beside its prior."""
        return cls(timedelta(hours=subject.half_life_hours), subject.alpha, prior)

    def cells(
        self, rows: Iterable[Row], at: datetime, key: Callable[[Row], str] = lambda row: ""
    ) -> list[nei.Cell]:
        """Return the rows as they weigh at a moment, summed by `key`."""
        fading: dict[datetime, float] = {}
        sums: dict[str, list[float]] = {}
        for row in rows:
            if row.at not in fading:
                age = max(at - row.at - WIDTH / 2, timedelta(0))
                fading[row.at] = nei.decay(age, self.half_life)
            total = sums.setdefault(key(row), [0.0, 0.0, 0])
            total[0] += fading[row.at] * row.weight
            total[1] += fading[row.at] * row.weighted_p
            total[2] += row.mentions
        return [nei.Cell((name,), w, wp, int(n)) for name, (w, wp, n) in sums.items()]

    def index(self, cells: Iterable[nei.Cell]) -> nei.Index:
        """Return the index that cells, already faded, give."""
        return nei.nei(cells, alpha=self.alpha, prior=self.prior)


def load_rows(subjects: Iterable[int], *, since: datetime, until: datetime) -> dict[int, list[Row]]:
    """Return the buckets that begin after `since` and not after `until`, oldest first."""
    rows: dict[int, list[Row]] = {pk: [] for pk in subjects}
    found = Bucket.objects.filter(subject__in=rows, at__gt=since, at__lte=until).order_by("at")
    for pk, *row in found.values_list("subject", *Row._fields):
        rows[pk].append(Row(*row))
    return rows


def within(rows: Iterable[Row], until: datetime, window: timedelta) -> list[Row]:
    """Return the rows of the window that ends at `until`."""
    return [row for row in rows if until - window < row.at <= until]


def _read(
    scale: Scale, *, before: list[Row], after: list[Row], moments: tuple[datetime, datetime]
) -> Reading:
    then, now = moments
    was = scale.index(scale.cells(before, then))
    value = scale.index(scale.cells(after, now))
    moves = [
        *_moves("platform", scale, before, after, moments),
        *_moves("category", scale, before, after, moments),
    ]
    return Reading(
        value=value.value,
        evidence=value.evidence,
        mentions=sum(row.mentions for row in after),
        negative=sum(row.negative for row in after),
        change=value.value - was.value,
        moves=sorted(moves, key=lambda move: -abs(move.points)),
        thin=value.evidence < ENOUGH,
    )


def _moves(
    kind: Literal["platform", "category"],
    scale: Scale,
    before: list[Row],
    after: list[Row],
    moments: tuple[datetime, datetime],
) -> Iterator[Move]:
    def key(row: Row) -> str:
        return row.platform if kind == "platform" else row.category

    then, now = moments
    parts = nei.explain(
        scale.cells(before, then, key),
        scale.cells(after, now, key),
        alpha=scale.alpha,
        prior=scale.prior,
        fade=nei.decay(now - then, scale.half_life),
    )
    for part in parts:
        name = part.key[0]
        if part.key == nei.FADING:
            label = "旧帖淡出"
        else:
            label = platforms.label(name) if kind == "platform" else category_label(name)
        yield Move(kind, name, label, part.points)


def category_label(category: str) -> str:
    """Return a category in the words of the pages; '' are the posts that complain of nothing."""
    return Category(category).label if category else "未归类"


def _series(scale: Scale, rows: list[Row], moments: Sequence[datetime]) -> list[Point]:
    points = []
    for moment in moments:
        index = scale.index(scale.cells(within(rows, moment, DAY), moment))
        points.append(Point(moment, index.value, index.evidence))
    return points


def telling_posts(
    *,
    mentions: Iterable[int] | None = None,
    subject: Subject | None = None,
    category: str = "",
    since: datetime | None = None,
    limit: int = 3,
) -> list[Mention]:
    """Return the mentions that tell most, with post and subject loaded; one of each cluster.

    Choose by primary keys, or by subject and main category. The worst level comes first; within a
    level, what is surely negative, credible and widely read.
    """
    chosen = Mention.objects.select_related("post", "subject")
    if mentions is not None:
        chosen = chosen.filter(pk__in=list(mentions))
    if subject is not None:
        chosen = chosen.filter(subject=subject)
    if category:
        chosen = chosen.filter(category=category)
    if since is not None:
        chosen = chosen.filter(published_at__gte=since)
    ranks = [When(level=level.value, then=Value(level.rank)) for level in Level]
    ordered = chosen.annotate(
        rank=Case(*ranks, default=Value(0), output_field=IntegerField()),
        force=F("p_neg") * F("credibility") * F("reach") * Value(1.0, output_field=FloatField()),
    ).order_by("-rank", "-force", "-published_at", "-pk")
    found: list[Mention] = []
    clusters: set[int] = set()
    for mention in ordered.iterator(chunk_size=50):
        if mention.cluster_id in clusters:
            continue
        clusters |= {mention.cluster_id} - {None}
        found.append(mention)
        if len(found) == limit:
            break
    return found
