"""Posts become mentions: claim, compute with no transaction open, write all or nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from catalog.matching import Matcher
from catalog.models import Subject
from crawlers.models import Post
from nlp.analysis import CLEARLY_NEGATIVE, NO_OPINION, Analysis, Analyst, Item
from nlp.categories import Category
from nlp.index import reach
from nlp.normalise import normalise
from nlp.rules import Hit
from nlp.scorer import load_scorer
from opinion import buckets, claims, clusters, detectors, rule_store
from opinion.bulk import insert, insert_new
from opinion.detectors.situation import Usual
from opinion.models import Mention, Signal
from opinion.signals import signals_raised

logger = logging.getLogger(__name__)


class Analyses(Protocol):
    """What turns texts into opinions; `nlp.analysis.Analyst` is one."""

    @property
    def versions(self) -> str:
        """Name the model and the rules, in at most 80 characters."""
        ...

    def analyse(self, items: Sequence[Item]) -> list[Analysis]:
        """Return one analysis for each item, in order."""
        ...


class LeaseLost(Exception):
    """Another worker has taken the posts over; what was computed must not be written."""


@dataclass(frozen=True)
class Draft:
    """What a pass is about to write."""

    posts: list[Post]
    mentions: list[Mention]
    places: dict[int, clusters.Place]
    usual: Usual


def score_pending(*, now: datetime, limit: int = 200, analyst: Analyses | None = None) -> int:
    """Score up to `limit` posts that wait; return how many. Any number may do so at once.

    Mentions, buckets, clusters, signals and whatever receivers of `signals_raised` write stand or
    fall together. Where a batch fails, its posts are tried one by one, so that a bad one stops no
    other: it is tried again later and is `failed`, with its error, after the third time. Trouble
    with the database is nobody's fault: the posts go back and the error is raised.
    """
    claim = claims.claim(now=now, limit=limit)
    if not claim.posts:
        return 0
    try:
        return _score(claim.posts, claim.token, analyst or _analyst(), now)
    except (OperationalError, InterfaceError):
        _give_back(claim)
        raise
    except LeaseLost:
        logger.warning("the lease on %s posts was lost; nothing written", len(claim.posts))
        return 0
    except Exception:
        logger.exception("a batch of %s posts failed; trying them alone", len(claim.posts))
        return sum(_score_alone(post, claim.token, analyst, now) for post in claim.posts)


def _give_back(claim: claims.Claim) -> None:
    try:
        claims.release(claim.posts, claim.token)
    except (OperationalError, InterfaceError):
        logger.warning("could not give %s posts back; their lease will end", len(claim.posts))


def _score_alone(post: Post, token: str, analyst: Analyses | None, now: datetime) -> int:
    try:
        return _score([post], token, analyst or _analyst(), now)
    except (OperationalError, InterfaceError):
        raise
    except LeaseLost:
        return 0
    except Exception as exc:
        logger.exception("post %s could not be scored", post.pk)
        claims.fail(post, token, error=f"{type(exc).__name__}: {exc}", now=now)
        return 0


def _score(posts: list[Post], token: str, analyst: Analyses, now: datetime) -> int:
    draft = compute(posts, analyst, now=now)
    with transaction.atomic():
        if not claims.finish(posts, token):
            raise LeaseLost
        _write(draft, now)
    return len(posts)


def compute(posts: list[Post], analyst: Analyses, *, now: datetime) -> Draft:
    """Work out what the posts say about whom; reads the database, writes nothing."""
    matcher = Matcher(Subject.objects.filter(active=True).order_by("pk"))
    texts = [normalise(post.text).text for post in posts]
    about = [
        # As written too: normalising hides @names and links, and a brand may be named there.
        matcher.match(
            f"{post.text}\n{text}",
            platform=post.platform,
            product_id=post.product_id,
            hint=post.subject_slug,
        )
        for post, text in zip(posts, texts, strict=True)
    ]
    spoken = [number for number, subjects in enumerate(about) if subjects]
    analyses = analyst.analyse([_item(posts[number]) for number in spoken])
    opinions = dict(zip(spoken, analyses, strict=True))
    places = clusters.place(
        [
            (posts[number], texts[number])
            for number, analysis in opinions.items()
            if analysis.label != NO_OPINION
        ],
        now=now,
    )
    mentions = [
        _mention(posts[number], subject, analysis, places.get(posts[number].pk), now)
        for number, analysis in opinions.items()
        for subject in about[number]
    ]
    for mention in mentions:
        mention.versions = analyst.versions
    return Draft(posts, mentions, places, detectors.usual(mentions, now=now))


def _item(post: Post) -> Item:
    return Item(post.text, platform=post.platform, kind=post.kind, rating=post.rating)


def _mention(
    post: Post, subject: Subject, analysis: Analysis, place: clusters.Place | None, now: datetime
) -> Mention:
    worth = clusters.worth(place.position) if place else 1.0
    return Mention(
        post=post,
        subject=subject,
        label=analysis.label,
        p_neg=analysis.p_neg,
        p_neu=analysis.p_neu,
        p_pos=analysis.p_pos,
        level=analysis.level.value if analysis.level else "",
        category=_main_category(analysis),
        categories=list(analysis.categories),
        hits=[_plain(hit) for hit in analysis.hits],
        suppressed=[
            {**_plain(one.hit), "reason": str(one.reason), "label": one.label}
            for one in analysis.suppressed
        ],
        credibility=0.0 if analysis.label == NO_OPINION else worth,
        reach=reach(post.likes, post.comments, post.reposts),
        published_at=post.published_at,
        scored_at=now,
    )


def _plain(hit: Hit) -> dict[str, str | int]:
    return {
        "rule": hit.rule,
        "category": hit.category.value,
        "level": hit.level.value,
        "text": hit.text,
        "start": hit.start,
        "end": hit.end,
    }


def _main_category(analysis: Analysis) -> str:
    if analysis.categories:
        return str(analysis.categories[0])
    return Category.OTHER.value if analysis.p_neg >= CLEARLY_NEGATIVE else ""


def _write(draft: Draft, now: datetime) -> None:
    clusters.save(draft.places.values())
    for mention in draft.mentions:
        place = draft.places.get(mention.post_id)
        mention.cluster = place.group.row if place else None
    insert(draft.mentions, key=["post_id", "subject_id"])
    buckets.add(buckets.sums_of((mention, mention.post) for mention in draft.mentions))
    found = detectors.look(draft.mentions, draft.usual, now=now)
    signals = insert_new(found, key="key")
    if signals:
        signals.sort(key=_order)
        signals_raised.send(sender=None, signals=signals, now=now)


def _order(signal: Signal) -> tuple[int, str, str]:
    """Every worker comes to the same incidents in the same order."""
    return signal.subject_id, signal.category, signal.key


_ready: tuple[object, Analyst] | None = None


def _analyst() -> Analyst:
    """Return the shipped analyst over the rules as they are now."""
    global _ready
    rules = rule_store.current()
    if _ready is None or _ready[0] is not rules:
        _ready = (rules, Analyst(load_scorer(settings.SENTIMENT_MODEL), rules))
    return _ready[1]
