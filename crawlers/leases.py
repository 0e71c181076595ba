"""Who may run a source now: a lease that its holder renews, and that runs out by itself."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from crawlers.addresses import is_loopback, own_endpoints
from crawlers.known_spiders import hosts_of
from crawlers.models import Source
from crawlers.params import resolved

LEASE = timedelta(seconds=90)


def claim_due(now: datetime, limit: int) -> list[Source]:
    """Claim at most `limit` sources that are due, each for this caller alone.

    A host that another run is visiting is left alone until that run is over: one connection per
    host. Only this machine itself, where the demo's site lives, takes several.
    """
    with transaction.atomic():
        busy = set().union(*map(_hosts, Source.objects.filter(lease_until__gt=now)))
        claimed: list[Source] = []
        for source in _due(now).order_by(F("next_run_at").asc(nulls_first=True), "pk"):
            if len(claimed) >= limit:
                break
            hosts = _hosts(source)
            if hosts & busy:
                continue
            if _claim(source, _due(now), now):
                claimed.append(source)
                busy |= hosts
    return claimed


def claim(source: Source, now: datetime) -> bool:
    """Claim one source, due or not; False when another run has it."""
    return _claim(source, _free(now), now)


def renew(source: Source, now: datetime) -> bool:
    """Hold on to a source; False when the lease was lost."""
    mine = Source.objects.filter(pk=source.pk, lease_token=source.lease_token)
    return bool(mine.update(lease_until=now + LEASE))


def _hosts(source: Source) -> set[str]:
    hosts = {host for host, _ in own_endpoints(resolved(source.params))}
    if not source.params.get("replay"):
        hosts |= hosts_of(source.spider)
    return {host for host in hosts if not is_loopback(host)}


def _free(now: datetime) -> QuerySet[Source]:
    return Source.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now))


def _due(now: datetime) -> QuerySet[Source]:
    return _free(now).filter(Q(next_run_at=None) | Q(next_run_at__lte=now), enabled=True)


def _claim(source: Source, still: QuerySet[Source], now: datetime) -> bool:
    token, until = str(uuid.uuid4()), now + LEASE
    if not still.filter(pk=source.pk).update(lease_token=token, lease_until=until):
        return False
    source.lease_token, source.lease_until = token, until
    return True
