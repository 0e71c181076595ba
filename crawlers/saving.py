"""The one way into the table of posts: a batch, its checkpoint and its rejects, or nothing."""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import DateTimeField, F, JSONField

from catalog.models import Subject
from crawlers import authors
from crawlers.cleaning import storable
from crawlers.drafts import PostDraft, Refused, Rejected, clean
from crawlers.models import CrawlRun, Post, RejectedRecord, Source
from crawlers.observing import Observation, Stored
from crawlers.signals import posts_saved

Record = Mapping[str, Any] | PostDraft | Refused | Observation
_PARAMETERS = 20_000  # PostgreSQL takes 65,535 in one statement, SQLite says itself
_RECORD_BYTES = 20_000


class LeaseLost(Exception):
    """Another run has the source: what this one would store of its progress is out of date."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch: every record is in exactly one of the three."""

    accepted: int
    duplicates: int
    rejected: list[tuple[int, str]]
    """(index in the batch, reason)"""


def save_batch(
    records: Sequence[Record],
    *,
    now: datetime,
    source: Source | None = None,
    run: CrawlRun | None = None,
    checkpoint: Mapping[str, Any] | None = None,
) -> Saved:
    """Store the records that are new, and all that belongs to them, in one transaction.

    A post that is there already, or stands twice in the batch, is counted and left as it is;
    observations store themselves.
    With a `source`, its `checkpoint` moves on in the same transaction (unless the source has
    another lease than the one given: LeaseLost, and nothing is stored), and a draft that names no
    subject is about the source's. With a `run`, the run's counts grow.
    """
    drafts, rejected = _sorted_out(records, now)
    own = source.subject.slug if source is not None and source.subject is not None else ""
    rows = [_columns(draft, now, source, own) for draft in _first(drafts)]
    with transaction.atomic():
        posts = _insert(rows)
        observed = _observe(records, now, source)
        accepted = posts + observed.accepted
        duplicates = len(drafts) - posts + observed.duplicates
        _reject(records, rejected, now, source, run)
        if source is not None and checkpoint is not None:
            mine = Source.objects.filter(pk=source.pk, lease_token=source.lease_token)
            if not mine.update(checkpoint=storable(checkpoint)):
                raise LeaseLost(f"{source.slug} is another run's by now")
        if run is not None:
            CrawlRun.objects.filter(pk=run.pk).update(
                accepted=F("accepted") + accepted,
                duplicates=F("duplicates") + duplicates,
                rejected=F("rejected") + len(rejected),
            )
        if posts:
            posts_saved.send(sender=None, count=posts)
    return Saved(accepted, duplicates, rejected)


def known_ids(
    platform: str, kind: str, ids: Collection[str], before: datetime | None = None
) -> set[str]:
    """Return those of the native ids that are stored; with `before`, that were so by then."""
    if not ids:
        return set()
    # Asked for every page of every list: the query by hand costs a fraction of the ORM's.
    table = connections[DEFAULT_DB_ALIAS].ops.quote_name(Post._meta.db_table)
    places = ", ".join(["%s"] * len(ids))
    where = f"platform = %s AND kind = %s AND native_id IN ({places})"
    values = [platform, kind, *ids]
    if before is not None:
        where += " AND fetched_at < %s"
        values.append(connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(before))
    statement = f"SELECT native_id FROM {table} WHERE {where}"  # noqa: S608 (the model's own name)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(statement, values)
        return {native_id for (native_id,) in cursor.fetchall()}


def _sorted_out(
    records: Sequence[Record], now: datetime
) -> tuple[list[PostDraft], list[tuple[int, str]]]:
    drafts: list[tuple[int, PostDraft]] = []
    rejected: list[tuple[int, str]] = []
    for index, record in enumerate(records):
        if isinstance(record, Observation):
            continue
        if isinstance(record, Refused):
            rejected.append((index, record.reason))
            continue
        try:
            draft = record if isinstance(record, PostDraft) else clean(record, now=now)
        except Rejected as exc:
            rejected.append((index, exc.reason))
        else:
            drafts.append((index, draft))
    named = {draft.subject for _, draft in drafts if draft.subject}
    there = set(Subject.objects.filter(slug__in=named).values_list("slug", flat=True))
    for index, draft in drafts:
        if draft.subject and draft.subject not in there:
            rejected.append((index, f"subject：没有代号为“{draft.subject}”的监测对象"))
    bad = {index for index, _ in rejected}
    return [draft for index, draft in drafts if index not in bad], sorted(rejected)


def _observe(records: Sequence[Record], now: datetime, source: Source | None) -> Stored:
    """Store the batch's observations, kind by kind in a fixed order."""
    kinds: dict[type[Observation], list[Observation]] = {}
    for record in records:
        if isinstance(record, Observation):
            kinds.setdefault(type(record), []).append(record)
    accepted = duplicates = 0
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        stored = kind.store(kinds[kind], now=now, source=source)
        accepted += stored.accepted
        duplicates += stored.duplicates
    return Stored(accepted, duplicates)


def _first(drafts: Iterable[PostDraft]) -> list[PostDraft]:
    """Return one draft per identity, the first; sorted, so that two batches never deadlock."""
    first: dict[tuple[str, str, str], PostDraft] = {}
    for draft in drafts:
        first.setdefault(draft.identity, draft)
    return [first[identity] for identity in sorted(first)]


def _columns(draft: PostDraft, now: datetime, source: Source | None, own: str) -> dict[str, Any]:
    return {
        "platform": draft.platform,
        "kind": draft.kind,
        "native_id": draft.native_id,
        "source": source.pk if source is not None else None,
        "subject_slug": draft.subject or own,
        "product_id": draft.product_id,
        "text": draft.text,
        "url": draft.url,
        "author": authors.masked(draft.author),
        "author_hash": authors.fingerprint(draft.platform, draft.author_id, draft.author),
        "rating": draft.rating,
        "likes": draft.likes,
        "comments": draft.comments,
        "reposts": draft.reposts,
        "published_at": draft.published_at,
        "published_estimated": draft.published_estimated,
        "fetched_at": now,
        "extra": dict(draft.extra),
    }


def _insert(rows: Sequence[dict[str, Any]]) -> int:
    """Insert the posts that are not there yet; return how many were not.

    `bulk_create(ignore_conflicts=True)` does not tell how many it ignored, and looking first is
    wrong as soon as another process inserts too. The statement's own row count is exact.
    """
    database = connections[DEFAULT_DB_ALIAS]
    fields = [field for field in Post._meta.concrete_fields if not field.primary_key]
    names_of = [field.name for field in fields]
    defaults = {field.name: field.get_default() for field in fields}
    # Straight to what the database wants: the fields' own way there checks each value anew.
    times = [field.name for field in fields if isinstance(field, DateTimeField)]
    trees = {field.name: field.encoder for field in fields if isinstance(field, JSONField)}
    names = ", ".join(database.ops.quote_name(field.column) for field in fields)
    table = database.ops.quote_name(Post._meta.db_table)
    into = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608 (all names are the model's)
    places = f"({', '.join(['%s'] * len(fields))})"

    def values(row: dict[str, Any]) -> Iterator[Any]:
        whole = defaults | row
        for name in times:
            whole[name] = database.ops.adapt_datetimefield_value(whole[name])
        for name, encoder in trees.items():
            whole[name] = database.ops.adapt_json_value(whole[name], encoder)
        return map(whole.__getitem__, names_of)

    size = max(1, (database.features.max_query_params or _PARAMETERS) // len(fields))
    inserted = 0
    with database.cursor() as cursor:
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            statement = f"{into}{', '.join([places] * len(chunk))} ON CONFLICT DO NOTHING"
            cursor.execute(statement, [value for row in chunk for value in values(row)])
            inserted += cursor.rowcount
    return inserted


def _reject(
    records: Sequence[Record],
    rejected: Sequence[tuple[int, str]],
    now: datetime,
    source: Source | None,
    run: CrawlRun | None,
) -> None:
    rows = []
    for index, said in rejected:
        reason = storable(said)  # it quotes what the site wrote
        record = _kept(records[index])
        key = json.dumps([source.pk if source else None, reason, record], sort_keys=True)
        rows.append(
            RejectedRecord(
                source=source,
                run=run,
                reason=reason[:300],
                record=record,
                fingerprint=hashlib.sha256(key.encode()).hexdigest()[:32],
                at=now,
            )
        )
    RejectedRecord.objects.bulk_create(rows, ignore_conflicts=True)


def _kept(record: Record) -> dict[str, Any]:
    """Return the record as JSON that can be stored; of one that is too long, its beginning."""
    if isinstance(record, PostDraft):
        record = {"platform": record.platform, "native_id": record.native_id, "text": record.text}
    elif isinstance(record, Refused):
        record = record.record
    elif isinstance(record, Observation):
        record = record.cells()
    plain: Any = storable(record)
    kept = plain if isinstance(plain, dict) else {"value": plain}
    text = json.dumps(kept, ensure_ascii=False)
    return kept if len(text.encode()) <= _RECORD_BYTES else {"cut": text[: _RECORD_BYTES // 4]}
