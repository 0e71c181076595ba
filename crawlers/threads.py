"""Which posts' comments are read again, and when: often while a post is young, then ever rarer.

A spider that finds posts yields `ThreadSeen` for those with comments (`seen_in` makes one of the
post's record). A spider that reads comments asks `due` what to visit and yields `ThreadVisited`
after a thread's last page, behind the comments themselves: a visit that breaks off stays due.
`next_visit` is the whole rule of the schedule, `jumped` the whole rule of coming back.

    search:    record = self.post(...); yield record
               if (seen := threads.seen_in(record, now=self.clock())) is not None: yield seen
    comments:  for thread in threads.due(platform, now, limit): ... thread.address
               yield ThreadVisited(platform, thread.native_id, new_comments=3, total=120)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db.models import F

from catalog.models import Subject
from crawlers.cleaning import storable
from crawlers.counts import LARGEST, parse_count
from crawlers.models import Source, Thread
from crawlers.observing import Observation, Stored
from crawlers.times import parse_time

SOONEST = timedelta(minutes=10)
LATEST = timedelta(hours=24)
SHARE_OF_AGE = 8
CLOSED_AFTER = timedelta(days=14)
QUIET_AFTER = timedelta(days=2)
QUIET_VISITS = 3
_LEAST_JUMP = 5
_JUMP_SHARE = 5
_MOST_QUIET = 1000
_CHUNK = 500


def next_visit(*, published_at: datetime, now: datetime, quiet_visits: int) -> datetime | None:
    """Return when a thread that was visited at `now` is visited next; None: never again.

    An eighth of its age later, but 10 minutes at least and a day at most. After two weeks it is
    closed, and after two days as soon as three visits in a row brought nothing new.
    """
    age = max(now - published_at, timedelta(0))
    if age >= CLOSED_AFTER or (age > QUIET_AFTER and quiet_visits >= QUIET_VISITS):
        return None
    return now + min(max(age / SHARE_OF_AGE, SOONEST), LATEST)


def jumped(before: int, count: int) -> bool:
    """Tell whether a count of comments grew so much that the thread is visited at once.

    By a fifth, and by five at least.
    """
    return count >= before + max(_LEAST_JUMP, before // _JUMP_SHARE)


@dataclass(frozen=True, slots=True)
class DueThread:
    """A thread to visit now. `subject` names the subject that its post was collected for, or ""."""

    bookkeeping: ClassVar[bool] = True

    platform: str
    native_id: str
    published_at: datetime
    comments: int
    address: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""


def due(platform: str, now: datetime, limit: int) -> list[DueThread]:
    """Return at most `limit` threads of the platform whose visit is due, the longest due first."""
    rows = list(
        Thread.objects.filter(platform=platform, next_visit_at__lte=now).order_by(
            "next_visit_at", "pk"
        )[: max(limit, 0)]
    )
    named = {row.subject_slug for row in rows if row.subject_slug}
    there = set(Subject.objects.filter(slug__in=named).values_list("slug", flat=True))
    return [
        DueThread(
            platform=row.platform,
            native_id=row.native_id,
            published_at=row.published_at,
            comments=row.comments,
            address=row.address if isinstance(row.address, dict) else {},
            subject=row.subject_slug if row.subject_slug in there else "",
        )
        for row in rows
    ]


def seen_in(
    record: Mapping[str, Any], *, now: datetime, address: Mapping[str, Any] | None = None
) -> "ThreadSeen | None":
    """Return what a post's record says of its thread; None when it has no comments.

    None too when its time or its count cannot be read: the record itself is refused for that.
    `address` is what the comments' spider needs beside the post's id.
    """
    try:
        comments = parse_count(record.get("comments"))
        published_at = min(parse_time(record.get("published_at") or "", now=now), now)
    except (ValueError, TypeError, AttributeError):
        return None
    native_id = str(record.get("native_id") or "")
    if not comments or not 0 < len(native_id) <= 128:
        return None
    return ThreadSeen(
        platform=str(record["platform"]),
        native_id=native_id,
        published_at=published_at,
        comments=comments,
        address=dict(address or {}),
    )


@dataclass(frozen=True, slots=True)
class ThreadSeen(Observation):
    """A post that has comments, as a search shows it.

    The first sight makes its thread due at once; a later one only when its count has jumped since
    the last visit, and then also a thread that was closed. A thread belongs to the subject of the
    source that saw it first.
    """

    platform: str
    native_id: str
    published_at: datetime
    comments: int
    address: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store them. A schedule is no find: nothing is counted."""
        most: dict[tuple[str, str], Self] = {}
        for one in sorted(observed, key=lambda one: (one.platform, one.native_id, one.comments)):
            if one.comments > 0:
                most[one.platform, one.native_id] = one
        there = _threads(most)
        subject = source.subject.slug if source is not None and source.subject is not None else ""
        Thread.objects.bulk_create(
            [
                Thread(
                    platform=one.platform,
                    native_id=one.native_id,
                    subject_slug=subject,
                    published_at=one.published_at,
                    address=storable(one.address),
                    comments=min(one.comments, LARGEST),
                    next_visit_at=now,
                )
                for identity, one in most.items()
                if identity not in there
            ],
            ignore_conflicts=True,
            batch_size=_CHUNK,
        )
        for identity, thread in there.items():
            count = min(most[identity].comments, LARGEST)
            if jumped(thread.comments, count):
                Thread.objects.filter(pk=thread.pk).update(
                    comments=count, quiet_visits=0, next_visit_at=now
                )
        return Stored(0, 0)


@dataclass(frozen=True, slots=True)
class ThreadVisited(Observation):
    """A thread whose comments were read to the end of what the visit wanted.

    `new_comments` were not stored before; `total` is the site's own count where it names one, the
    count that a later jump is measured from. `gone`: the post is deleted, the thread is closed.
    A post that has no thread (the operator named it) is passed over.
    """

    bookkeeping: ClassVar[bool] = True

    platform: str
    native_id: str
    new_comments: int = 0
    gone: bool = False
    total: int | None = None

    @classmethod
    def store(cls, observed: Sequence[Self], *, now: datetime, source: Source | None) -> Stored:
        """Store them; of two visits of one thread in a batch the last counts. Counts nothing."""
        last = {(one.platform, one.native_id): one for one in observed}
        for identity, thread in _threads(last).items():
            last[identity]._note(thread, now)
        return Stored(0, 0)

    def _note(self, thread: Thread, now: datetime) -> None:
        quiet = 0 if self.new_comments else min(thread.quiet_visits + 1, _MOST_QUIET)
        following = next_visit(published_at=thread.published_at, now=now, quiet_visits=quiet)
        total = thread.comments if self.total is None else min(max(self.total, 0), LARGEST)
        Thread.objects.filter(pk=thread.pk).update(
            visits=F("visits") + 1,
            quiet_visits=quiet,
            comments=total,
            next_visit_at=None if self.gone else following,
        )


def _threads(wanted: Mapping[tuple[str, str], Any]) -> dict[tuple[str, str], Thread]:
    """Return the stored threads of these (platform, native_id), in a fixed order."""
    found: dict[tuple[str, str], Thread] = {}
    for platform in sorted({platform for platform, _ in wanted}):
        ids = sorted(native_id for of, native_id in wanted if of == platform)
        for start in range(0, len(ids), _CHUNK):
            rows = Thread.objects.filter(
                platform=platform, native_id__in=ids[start : start + _CHUNK]
            )
            found |= {(platform, row.native_id): row for row in rows.order_by("native_id")}
    return found
