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
from nlp.normalise import Normalised, normalise
from nlp.rules import Hit
from nlp.scorer import load_scorer
from opinion import buckets, claims, clusters, detectors, rule_store
from opinion.brands import Brands, Company
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
    readings = _read(posts, analyst)
    opinions = {id(reading.post): reading for reading in readings}
    places = clusters.place(
        [
            (reading.post, reading.plain)
            for reading in opinions.values()
            if reading.analysis.label != NO_OPINION
        ],
        now=now,
    )
    mentions = [
        _mention(reading.post, subject, reading.analysis, places.get(reading.post.pk), now)
        for reading in readings
        for subject in reading.subjects
    ]
    for mention in mentions:
        mention.versions = analyst.versions
    return Draft(posts, mentions, places, detectors.usual(mentions, now=now))


@dataclass(frozen=True)
class _Reading:
    """What a post says about those of its subjects who stand in one company."""

    post: Post
    plain: Normalised
    subjects: list[Subject]
    analysis: Analysis


def _read(posts: Sequence[Post], analyst: Analyses) -> list[_Reading]:
    """Analyse each post that names somebody; once for each company it names them in."""
    watched = list(Subject.objects.filter(active=True).order_by("pk"))
    matcher, brands = Matcher(watched), Brands(watched)
    tasks: list[tuple[Post, Normalised, list[Subject]]] = []
    items: list[Item] = []
    for post in posts:
        plain = normalise(post.text)
        companies: dict[Company, list[Subject]] = {}
        for subject in _subjects(post, plain, matcher):
            companies.setdefault(brands.company(subject, plain.text), []).append(subject)
        for company, subjects in companies.items():
            tasks.append((post, plain, subjects))
            items.append(_item(post, plain, company))
    analyses = analyst.analyse(items)
    return [_Reading(*task, analysis) for task, analysis in zip(tasks, analyses, strict=True)]


def _subjects(post: Post, plain: Normalised, matcher: Matcher) -> list[Subject]:
    # As written too: normalising hides @names and links, and a brand may be named there.
    text = post.text if post.text == plain.text else f"{post.text}\n{plain.text}"
    return matcher.match(
        text, platform=post.platform, product_id=post.product_id, hint=post.subject_slug
    )


def _item(post: Post, plain: Normalised, company: Company) -> Item:
    return Item(
        post.text,
        platform=post.platform,
        kind=post.kind,
        rating=post.rating,
        names=company.names,
        rivals=company.rivals,
        plain=plain,
    )


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
