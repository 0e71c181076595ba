"""Values over time, kept as runs: a row says what stayed the same from `first_at` to `last_at`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from crawlers.observing import Stored


class Sight:
    """One look at a series at a moment: `key` names the series, `values` are what was seen.

    `about` describes a new row; that it differs opens none.
    """

    __slots__ = ("about", "at", "key", "values")

    def __init__(
        self,
        at: datetime,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        about: Mapping[str, Any],
    ) -> None:
        self.at = at
        self.key = key
        self.values = values
        self.about = about


def store(series: type[Model], sights: Iterable[Sight]) -> Stored:
    """Add the sights to their series, within the caller's transaction.

    The same values lengthen a run, others open one: before, after, or in a gap between two. A
    sight that contradicts a run it lies within comes too late to be believed and changes nothing.
    """
    accepted = duplicates = 0
    for sight in sorted(sights, key=lambda sight: sight.at):
        if _add(series, sight):
            accepted += 1
        else:
            duplicates += 1
    return Stored(accepted, duplicates)


def _add(series: type[Model], sight: Sight) -> bool:
    """Return whether a new row was opened."""
    rows: QuerySet[Any] = series._default_manager.filter(**sight.key)
    before = rows.filter(first_at__lte=sight.at).order_by("-first_at").first()
    if before is not None and before.last_at >= sight.at:
        return False
    if before is not None and _same(before, sight):
        before.last_at = sight.at
        before.save(update_fields=["last_at"])
        return False
    after = rows.filter(first_at__gt=sight.at).order_by("first_at").first()
    if after is not None and _same(after, sight):
        after.first_at = sight.at
        after.save(update_fields=["first_at"])
        return False
    row = series(**sight.key, **sight.values, **sight.about)
    row.first_at = row.last_at = sight.at
    # Another process may have seen the same at the same moment: the constraint lets one in.
    series._default_manager.bulk_create([row], ignore_conflicts=True)
    return True


def _same(row: Any, sight: Sight) -> bool:
    return all(getattr(row, name) == value for name, value in sight.values.items())
