"""Keyword rules between YAML, the database and the rule engine."""

import logging
from pathlib import Path
from typing import Any

from django.db.models import Count, Max
from pydantic import ValidationError

from catalog.yaml_store import Located, Mistake, Mistakes, Store
from nlp.categories import Category
from nlp.rules import RuleErrors, RuleSet, RuleSpec, load_rules
from opinion.models import Rule

logger = logging.getLogger(__name__)

_COLUMNS = ("id", "category", "level")

_cached: tuple[object, RuleSet] | None = None


def current() -> RuleSet:
    """Return the enabled rules of the database, as they are at this moment.

    Built anew only when a rule was added, edited or removed since the last call in this process. A
    rule that a person has made unusable is left out and logged: it must not silence the others.
    """
    global _cached
    version = _version()
    if _cached is None or _cached[0] != version:
        specs = []
        for row in Rule.objects.filter(enabled=True).order_by("slug"):
            try:
                specs.append(spec_of(row))
            except ValidationError as exc:
                problem = exc.errors()[0]
                logger.error("rule %s is left out: %s %s", row.slug, problem["loc"], problem["msg"])
        _cached = (version, RuleSet(specs))
    return _cached[1]


def _version() -> object:
    """What changes with every edit. A delete by hand shows in the count or in the history."""
    rules = Rule.objects.aggregate(count=Count("pk"), latest=Max("updated_at"))
    history = Rule.history.aggregate(latest=Max("history_id"))
    return rules["count"], rules["latest"], history["latest"]


def spec_of(row: Rule) -> RuleSpec:
    """Return a row as the engine reads it; its columns win over its spec.

    Raises pydantic's ValidationError for a row that the engine cannot use.
    """
    columns = {"id": row.slug, "category": row.category, "level": row.level}
    return RuleSpec.model_validate({**row.spec, **columns})


class RuleStore(Store[RuleSpec]):
    """rules/*.yaml. Whether a rule is enabled is decided in the console, never by a file."""

    kind = "rules"
    label = "关键词规则"
    entry = RuleSpec

    def key(self, entry: RuleSpec) -> str:
        return entry.id

    def rows(self) -> dict[str, Any]:
        return {rule.slug: rule for rule in Rule.objects.order_by("slug")}

    def dump(self, row: Any) -> RuleSpec:
        """Return the row's spec; an unusable one, unchecked, so that it counts as edited."""
        try:
            return spec_of(row)
        except ValidationError:
            columns = {"id": row.slug, "category": row.category, "level": row.level}
            return RuleSpec.model_construct(**{**row.spec, **columns})

    def save(self, entry: RuleSpec, row: Any | None) -> None:
        rule = row or Rule(slug=entry.id)
        rule.category = entry.category.value
        rule.level = entry.least_level.value
        rule.spec = {
            name: value
            for name, value in entry.model_dump(
                mode="json", by_alias=True, exclude_defaults=True
            ).items()
            if name not in _COLUMNS
        }
        rule._change_reason = "fenghuo load"
        rule.save()

    def read(self, path: Path) -> list[Located[RuleSpec]]:
        try:
            specs = load_rules(path)
        except RuleErrors as exc:
            raise Mistakes(
                [Mistake(str(error.file), error.line, error.message) for error in exc.errors]
            ) from None
        return [
            Located(_with_level(spec), spec.origin.file or str(path), spec.origin.line or 1)
            for spec in specs
        ]

    def dump_plain(self, entry: RuleSpec) -> dict[str, Any]:
        plain = entry.model_dump(mode="json", by_alias=True, exclude_defaults=True, warnings=False)
        if plain.get("level") == Category(entry.category).default_level:
            del plain["level"]
        return plain


def _with_level(spec: RuleSpec) -> RuleSpec:
    """Say the level even where it is the category's own: the row has a column for it."""
    return spec.model_copy(update={"level": spec.least_level})
