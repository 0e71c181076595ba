"""The sums that the index is read from: five minutes of a subject, a platform and a category."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crawlers.models import Post
from opinion.bulk import add_counts
from opinion.models import Bucket, Mention

WIDTH = timedelta(minutes=5)
KEY = ("subject_id", "platform", "category", "at")
SUMS = ("mentions", "scored", "negative", "reviews", "bad_reviews", "weight", "weighted_p")
BAD_RATING = 2
"""A review with so many stars or fewer is bad."""

Key = tuple[int, str, str, datetime]
Sums = tuple[float, ...]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def start_of(moment: datetime) -> datetime:
    """Return the start of the five minutes that `moment` falls into."""
    return moment - (moment - _EPOCH) % WIDTH


def key_of(mention: Mention, post: Post) -> Key:
    """Return the one bucket that a mention is counted in."""
    return (
        mention.subject_id,
        post.platform,
        mention.category,
        start_of(mention.published_at),
    )


def counts_of(mention: Mention, post: Post) -> Sums:
    """Return what one mention adds, in the order of `SUMS`."""
    review = post.kind == Post.Kind.REVIEW
    negative = mention.label == Mention.Label.NEGATIVE
    bad = review and (negative if post.rating is None else post.rating <= BAD_RATING)
    weight = mention.credibility * mention.reach
    has_opinion = mention.label != Mention.Label.NONE
    return (1, has_opinion, negative, review, bad, weight, weight * mention.p_neg)


def sums_of(mentions: Iterable[tuple[Mention, Post]]) -> dict[Key, Sums]:
    """Return what the mentions add up to, by bucket."""
    totals: dict[Key, Sums] = {}
    nothing = (0,) * len(SUMS)
    for mention, post in mentions:
        key = key_of(mention, post)
        pairs = zip(totals.get(key, nothing), counts_of(mention, post), strict=True)
        totals[key] = tuple(a + b for a, b in pairs)
    return totals


def add(sums: dict[Key, Sums]) -> None:
    """Add sums to the buckets; safe beside any number of others who do the same."""
    add_counts(Bucket, [(*key, *counts) for key, counts in sums.items()], key=KEY, sums=SUMS)


@dataclass(frozen=True)
class Difference:
    """A bucket that does not hold what its mentions add up to."""

    key: Key
    kept: Sums
    counted: Sums


def recount(*, subjects: Iterable[int] | None = None) -> list[Difference]:
    """Count every mention again; return the buckets that differ (none: all is well).

    `subjects` limits the recount to the subjects with these primary keys. Reads every mention, so
    it is for tests and for an operator in doubt. Weights may differ by rounding, counts never.
    """
    mentions = Mention.objects.select_related("post").order_by("pk")
    buckets = Bucket.objects.order_by("pk")
    if subjects is not None:
        wanted = list(subjects)
        mentions = mentions.filter(subject__in=wanted)
        buckets = buckets.filter(subject__in=wanted)
    counted = sums_of((mention, mention.post) for mention in mentions.iterator(chunk_size=2000))
    kept: dict[Key, Sums] = {
        row[: len(KEY)]: row[len(KEY) :] for row in buckets.values_list(*KEY, *SUMS).iterator()
    }
    nothing = (0,) * len(SUMS)
    differences = [
        Difference(key, kept.get(key, nothing), counted.get(key, nothing))
        for key in sorted(kept.keys() | counted.keys())
    ]
    return [d for d in differences if not _alike(d.kept, d.counted)]


def _alike(kept: Sums, counted: Sums) -> bool:
    return all(abs(a - b) <= 1e-6 * max(1.0, abs(b)) for a, b in zip(kept, counted, strict=True))
