"""Who scores which posts: a lease, so that two workers share the work and a dead one loses it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from crawlers.models import Post

LEASE = timedelta(seconds=60)
"""How long a worker may take for one claim before another takes it over."""

ATTEMPTS = 3
RETRY_AFTER = {1: timedelta(minutes=1), 2: timedelta(minutes=10)}
"""When a post that failed is tried again, by the times it has failed."""


@dataclass(frozen=True)
class Claim:
    """Posts that this worker may score as long as they carry `token`."""

    token: str
    posts: list[Post]


def claim(*, now: datetime, limit: int) -> Claim:
    """Lease up to `limit` unscored posts, oldest first; no other worker gets the same ones.

    On PostgreSQL rows that another claim is just taking are passed over, so nobody waits; on SQLite
    the statement is alone by nature. An empty claim means that nothing is free at the moment.
    """
    token = str(uuid.uuid4())
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    moment = connection.ops.adapt_datetimefield_value
    # 'new' is written out: SQLite uses the partial index only for a literal.
    sql = f"""
        WITH picked AS (
            SELECT id FROM crawlers_post
            WHERE state = 'new' AND (lease_until IS NULL OR lease_until <= %s)
            ORDER BY id LIMIT %s {skip}
        )
        UPDATE crawlers_post SET lease_token = %s, lease_until = %s
        WHERE id IN (SELECT id FROM picked)
        RETURNING id
    """  # noqa: S608  (`skip` is one of two constants)
    with connection.cursor() as cursor:
        cursor.execute(sql, [moment(now), limit, token, moment(now + LEASE)])
        ids = sorted(row[0] for row in cursor.fetchall())
    return Claim(token, list(Post.objects.filter(pk__in=ids).order_by("pk")) if ids else [])


def finish(posts: list[Post], token: str) -> bool:
    """Mark the posts scored; False when the lease on any of them was lost meanwhile."""
    mine = Post.objects.filter(
        pk__in=[post.pk for post in posts], state=Post.State.NEW, lease_token=token
    )
    changed = mine.update(state=Post.State.SCORED, lease_token="", lease_until=None, error="")
    return bool(changed == len(posts))


def release(posts: list[Post], token: str) -> None:
    """Give the posts back at once, without holding it against them."""
    Post.objects.filter(pk__in=[post.pk for post in posts], lease_token=token).update(
        lease_token="", lease_until=None
    )


def fail(post: Post, token: str, *, error: str, now: datetime) -> None:
    """Record that the post, alone, could not be scored; the third time it stays failed."""
    failures = post.attempts + 1
    over = failures >= ATTEMPTS
    Post.objects.filter(pk=post.pk, state=Post.State.NEW, lease_token=token).update(
        attempts=F("attempts") + 1,
        error=error[:300],
        state=Post.State.FAILED if over else Post.State.NEW,
        lease_token="",
        lease_until=None if over else now + RETRY_AFTER[failures],
    )
