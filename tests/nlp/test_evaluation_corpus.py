"""What the rules are measured by: severity and categories."""

import pytest

from nlp.analysis import Analysis
from nlp.evaluation.corpus import categories, severity, together
from nlp.levels import Level
from nlp.training.corpus import Example


def example(*kinds: str, severe: bool = False, phenomenon: str = "plain") -> Example:
    return Example("x", "文字", "neg", kinds, severe, phenomenon, "review", None)


def analysis(*kinds: str, level: Level | None = None) -> Analysis:
    return Analysis("neg", 0.9, 0.05, 0.05, list(kinds), level)


def test_severity_counts_what_was_found_and_what_was_raised_for_nothing():
    found = severity(
        [
            example(severe=True, phenomenon="safety_event"),
            example(severe=True),
            example(phenomenon="safety_lookalike"),
            example(phenomenon="safety_lookalike"),
            example(),
        ],
        [
            analysis(level=Level.SEVERE),
            analysis(level=Level.NORMAL),
            analysis(level=Level.SEVERE),
            analysis(level=None),
            analysis(level=Level.WATCH),
        ],
    )
    assert found.severe_found.share == pytest.approx(1 / 2)
    assert found.falsely_severe.share == pytest.approx(1 / 3)
    assert (found.safety_events_found.count, found.safety_events_found.of) == (1, 1)
    assert (found.lookalikes_severe.count, found.lookalikes_severe.of) == (1, 2)


def test_where_nothing_is_severe_there_is_no_share():
    assert severity([example()], [analysis()]).severe_found.share is None


def test_each_category_is_counted_for_itself_and_all_of_them_together():
    found = categories(
        [example("quality", "price"), example("quality"), example()],
        [analysis("quality"), analysis("service"), analysis("quality")],
    )
    assert list(found) == ["quality", "price", "service"]
    assert (found["quality"].precision, found["quality"].recall) == (0.5, 0.5)
    assert (found["price"].precision, found["price"].recall) == (None, 0)
    assert (found["service"].precision, found["service"].recall) == (0, None)
    whole = together(found.values())
    assert (whole.texts, whole.said, whole.right) == (3, 3, 1)
    assert whole.f1 == pytest.approx(1 / 3)


def test_nothing_said_of_nothing_has_no_f1():
    assert together([]).f1 is None
