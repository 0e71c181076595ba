"""Keyword rules: read from YAML, matched in one pass, undone by negation, questions and the like.

Errors: RuleErrors, raised by load_rules, carries a RuleError for every mistake.
"""

from nlp.rules.errors import RuleError, RuleErrors
from nlp.rules.loading import load_rules
from nlp.rules.matching import Hit, Matches, RuleSet, Suppressed
from nlp.rules.reasons import Reason
from nlp.rules.spec import Examples, Near, RuleSpec

__all__ = [
    "Examples",
    "Hit",
    "Matches",
    "Near",
    "Reason",
    "RuleError",
    "RuleErrors",
    "RuleSet",
    "RuleSpec",
    "Suppressed",
    "load_rules",
]
