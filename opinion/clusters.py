"""Near-duplicate posts, and what a duplicate is worth.

A post joins the cluster whose founder's fingerprint is nearest to its own and near enough; else it
founds one. Only founders are compared with, so clusters do not drift. Posts of the same batch find
each other too. Two workers at the same moment may at worst found two clusters for one text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from crawlers.models import Post
from nlp import fingerprint as prints
from nlp.normalise import Normalised
from opinion.bulk import add_counts, insert
from opinion.founders import Founders, memory, unsigned
from opinion.models import Cluster, Mention

SHORTEST = 12
"""Shorter texts found no cluster: many people say "质量不好" without copying each other."""

FULL_WORTH = 3
"""So many members of a cluster count in full."""


def worth(position: int) -> float:
    """Return the credibility of the n-th member of a cluster: 1, 1, 1, 1/2, 1/3, …"""
    return 1.0 if position <= FULL_WORTH else 1 / (position - FULL_WORTH + 1)


@dataclass
class Group:
    """A cluster as one pass sees it: `row` is saved already, or will be."""

    row: Cluster
    joined: list[Post] = field(default_factory=list)
    known_authors: set[str] = field(default_factory=set)

    @property
    def is_new(self) -> bool:
        """Whether this pass founds it."""
        return self.row.pk is None

    def new_authors(self) -> int:
        """Count the authors it did not have; unnamed authors count as one each."""
        unnamed = sum(not post.author_hash for post in self.joined)
        named = {post.author_hash for post in self.joined} - {""} - self.known_authors
        return unnamed + len(named)


@dataclass(frozen=True)
class Place:
    """A post's place: its cluster, and the how-manieth it is there, from 1."""

    group: Group
    position: int


def place(texts: Sequence[tuple[Post, Normalised]], *, now: datetime) -> dict[int, Place]:
    """Find the cluster of each (post, normalised text); return places by the post's pk.

    Reads, but writes nothing. Posts with too short a text have no place.
    """
    marked = [
        (post, prints.fingerprint(plain)) for post, plain in texts if len(plain.text) >= SHORTEST
    ]
    if not marked:
        return {}
    nearest, rows = _nearest([mark for _, mark in marked], now)
    groups: dict[int, Group] = {}
    places: dict[int, Place] = {}
    for (post, mark), founder in zip(marked, nearest, strict=True):
        if founder not in groups:
            row = rows.get(founder) or Cluster(fingerprint=mark, founded_at=now)
            groups[founder] = Group(row)
        group = groups[founder]
        group.joined.append(post)
        places[post.pk] = Place(group, group.row.posts + len(group.joined))
    _learn_authors(groups.values())
    return places


def _nearest(marks: Sequence[int], now: datetime) -> tuple[list[int], dict[int, Cluster]]:
    """Return each mark's founder as a number, and the rows of those founders that have one."""
    for _ in range(2):
        founders = memory.founders(now)
        nearest = _compare(marks, founders)
        joined = {number for number in nearest if number < len(founders.pks)}
        saved = Cluster.objects.in_bulk([int(founders.pks[number]) for number in joined])
        rows = {
            number: row
            for number in joined
            if (row := saved.get(int(founders.pks[number])))
            and unsigned(row.fingerprint) == founders.prints[number]
        }
        if len(rows) == len(joined):
            break
        memory.forget()  # clusters were deleted, or this is another database
    return nearest, rows


def _compare(marks: Sequence[int], founders: Founders) -> list[int]:
    """Return each mark's nearest founder by its number; new founders are numbered on from there."""
    filled = len(founders.prints)
    values = np.concatenate([founders.prints, np.zeros(len(marks), np.uint64)])
    nearest = []
    for mark in marks:
        value = unsigned(mark)
        distances = np.bitwise_count(values[:filled] ^ value)
        best = int(distances.argmin()) if filled else 0
        if not filled or distances[best] > prints.NEAR:
            values[filled] = value
            best = filled
            filled += 1
        nearest.append(best)
    return nearest


def _learn_authors(groups: Iterable[Group]) -> None:
    old = {group.row.pk: group for group in groups if not group.is_new}
    authors = {post.author_hash for group in old.values() for post in group.joined} - {""}
    if not authors:
        return
    seen = Mention.objects.filter(cluster__in=list(old), post__author_hash__in=authors)
    for cluster, author in seen.values_list("cluster", "post__author_hash").distinct():
        old[cluster].known_authors.add(author)


def save(places: Iterable[Place]) -> None:
    """Write what `place` found: new clusters, and more members of old ones."""
    groups = list({id(place.group): place.group for place in places}.values())
    new = [group for group in groups if group.is_new]
    old = [group for group in groups if not group.is_new]
    for group in new:
        group.row.first_at = min(post.published_at for post in group.joined)
        group.row.last_at = max(post.published_at for post in group.joined)
        group.row.posts = len(group.joined)
        group.row.authors = group.new_authors()
    insert([group.row for group in new], key=["fingerprint"])
    add_counts(
        Cluster,
        [
            (
                group.row.pk,
                len(group.joined),
                group.new_authors(),
                max(post.published_at for post in group.joined),
                group.row.first_at,
                group.row.fingerprint,
                group.row.founded_at,
            )
            for group in old
        ],
        key=["id"],
        sums=["posts", "authors"],
        latest=["last_at"],
        first=["first_at", "fingerprint", "founded_at"],
    )
