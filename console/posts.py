"""The posts of an incident, near-duplicates folded, the most telling first."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from alerts.models import Incident, IncidentPost
from console.corrections import Correction, correction
from console.marking import Piece, marked
from nlp.levels import Level
from nlp.masking import mask
from opinion.feedback import Verdict, verdicts
from opinion.models import Mention

LOOKED_AT = 3000
"""The latest posts of an incident that are sorted; older ones are counted, not listed."""

GROUPS_PER_PAGE = 10
FOLDED_SHOWN = 6
FOLDED_LENGTH = 60


class Slim(NamedTuple):
    """What the order of posts needs, without their texts."""

    pk: int
    cluster: int | None
    level: str
    p_neg: float
    reach: float
    published_at: datetime
    author: str

    @property
    def force(self) -> tuple[int, float, datetime]:
        rank = Level(self.level).rank if self.level else 0
        return (rank, self.p_neg * self.reach, self.published_at)


@dataclass(frozen=True)
class ShownPost:
    """A post as a card."""

    mention: Mention
    pieces: list[Piece]
    correction: Correction | None = None

    @property
    def engagement(self) -> str:
        """Likes, comments, reposts; empty when there are none."""
        post = self.mention.post
        named = (("赞", post.likes), ("评", post.comments), ("转", post.reposts))
        return " · ".join(f"{word} {count:,}" for word, count in named if count)


@dataclass(frozen=True)
class Group:
    """A telling post and those that say nearly the same."""

    head: ShownPost
    others: list[Mention]
    count: int
    authors: int

    @property
    def folded(self) -> bool:
        return self.count > 1


@dataclass(frozen=True)
class PostList:
    """One page of an incident's posts."""

    total: int
    groups: list[Group]
    group_count: int
    page: int
    pages: int


def read_posts(incident: Incident, page: int) -> PostList:
    """Return one page of the posts; a page beyond the last is the last."""
    slim = _slim(incident)
    ranked = _grouped(slim)
    pages = max(1, -(-len(ranked) // GROUPS_PER_PAGE))
    page = min(max(1, page), pages)
    chosen = ranked[(page - 1) * GROUPS_PER_PAGE : page * GROUPS_PER_PAGE]
    mentions = _load(s.pk for group in chosen for s in group[: 1 + FOLDED_SHOWN])
    judged = verdicts(group[0].pk for group in chosen)
    return PostList(
        total=incident.posts,
        groups=[_group(group, mentions, judged) for group in chosen if group[0].pk in mentions],
        group_count=len(ranked),
        page=page,
        pages=pages,
    )


def show(mention: Mention, verdict: Verdict | None) -> ShownPost:
    """Return a mention, with its post loaded, as a card; with it what people corrected."""
    pieces = marked(mention.post.text, mention.hits, mention.suppressed)
    return ShownPost(mention, pieces, correction(verdict) if verdict else None)


def short(mention: Mention) -> str:
    """Return the beginning of a post, masked."""
    text = " ".join(mask(mention.post.text).split())
    return text if len(text) <= FOLDED_LENGTH else f"{text[:FOLDED_LENGTH]}……"


def _slim(incident: Incident) -> list[Slim]:
    rows = (
        IncidentPost.objects.filter(incident=incident)
        .order_by("-pk")
        .values_list(
            "mention_id",
            "mention__cluster_id",
            "mention__level",
            "mention__p_neg",
            "mention__reach",
            "mention__published_at",
            "mention__post__author_hash",
        )
    )
    return [Slim(*row) for row in rows[:LOOKED_AT]]


def _grouped(slim: Iterable[Slim]) -> list[list[Slim]]:
    """Return the groups, the worst first; within one the most telling first."""
    groups: dict[object, list[Slim]] = defaultdict(list)
    for one in slim:
        groups[one.cluster or f"alone {one.pk}"].append(one)
    ordered = [sorted(group, key=lambda s: s.force, reverse=True) for group in groups.values()]
    return sorted(ordered, key=lambda group: _weight(group), reverse=True)


def _weight(group: Sequence[Slim]) -> tuple[int, float, datetime]:
    """What many say weighs more: the worst level first, then the summed force."""
    rank, _, latest = group[0].force
    return (rank, sum(s.force[1] for s in group), latest)


def _group(
    group: Sequence[Slim], mentions: dict[int, Mention], judged: dict[int, Verdict]
) -> Group:
    others = [mentions[s.pk] for s in group[1 : 1 + FOLDED_SHOWN] if s.pk in mentions]
    for other in others:
        other.short = short(other)
    authors = len({s.author or f"unknown {s.pk}" for s in group})
    head = show(mentions[group[0].pk], judged.get(group[0].pk))
    return Group(head, others, len(group), authors)


def _load(keys: Iterable[int]) -> dict[int, Mention]:
    return Mention.objects.select_related("post", "subject").in_bulk(list(keys))
