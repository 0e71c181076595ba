from collections.abc import Sequence

import pytest

from nlp.analysis import Analyst, Item, with_stars
from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules import RuleSet, RuleSpec
from nlp.scorer import Score

MILD = Score(0.2, 0.6, 0.2)


class FakeScorer:
    """Says what it was told to say, and remembers what it was asked."""

    version = "fake-1"

    def __init__(self, answers: dict[str, Score] | None = None) -> None:
        self.answers = answers or {}
        self.batches: list[list[str]] = []

    def score(self, texts: Sequence[str]) -> list[Score]:
        self.batches.append(list(texts))
        return [self.answers.get(text, MILD) for text in texts]


def rule(name: str, category: str, words: list[str], **more: object) -> RuleSpec:
    examples = {"match": words, "no_match": ["很好"]}
    return RuleSpec.model_validate(
        {"id": name, "category": category, "any": words, "examples": examples, **more}
    )


RULES = RuleSet(
    [
        rule("fire", "safety", ["起火"]),
        rule("leak", "quality", ["漏水"]),
        rule("broken", "quality", ["裂了"]),
        rule("late", "logistics", ["太慢"], min_p_neg=0.3),
    ]
)


def analyst(**answers: Score) -> Analyst:
    return Analyst(FakeScorer(answers), RULES)


def one(text: str, score: Score = MILD, **where: object):
    return analyst(**{normalise(text).text: score}).analyse([Item(text, **where)])[0]


def test_every_item_gets_its_analysis_in_order():
    texts = ["壶漏水了", "", "天气真好", "插上电就起火了"] * 200
    found = analyst().analyse([Item(text) for text in texts])
    assert [item.categories for item in found[:4]] == [["quality"], [], [], ["safety"]]
    assert found == found[:4] * 200


def test_no_items_give_no_analyses():
    assert analyst().analyse([]) == []


@pytest.mark.parametrize("text", ["", "  \n", "此用户没有填写评价", "\u200b"])
def test_a_text_that_says_nothing_has_no_opinion(text):
    found = one(text, Score(0.99, 0.01, 0), kind="review", rating=1)
    assert (found.label, found.p_neg, found.level) == ("none", 0, None)
    assert found.categories == found.hits == []


def test_the_scorer_reads_normalised_text():
    scorer = FakeScorer()
    Analyst(scorer, RULES).analyse([Item("<b>漏氺</b>了，好差！！！！")])
    assert scorer.batches == [["漏水了,好差!!"]]


def test_a_severe_word_is_severe_whatever_the_mood():
    found = one("插上电就起火了", Score(0.01, 0.01, 0.98))
    assert (found.level, found.categories, found.label) == (Level.SEVERE, ["safety"], "pos")


def test_a_mixed_text_keeps_what_it_complains_of():
    found = one("外观很喜欢，就是壶盖裂了", Score(0.1, 0.2, 0.7))
    assert (found.label, found.categories, found.level) == ("pos", ["quality"], Level.NORMAL)


def test_a_suppressed_hit_raises_nothing_but_is_told():
    found = one("用了半年，没有漏水")
    assert (found.categories, found.level, found.hits) == ([], None, [])
    assert [(item.hit.rule, item.label) for item in found.suppressed] == [("leak", "否定")]


def test_categories_stand_worst_first():
    found = one("快递太慢，壶漏水了，裂了，插上电就起火了", Score(0.9, 0.05, 0.05))
    assert found.categories == ["safety", "quality", "logistics"]
    assert found.level == Level.SEVERE


def test_hits_stand_at_their_place_in_the_original_text():
    text = "<p>昨天壶底</p>漏氺了"
    hit = one(text).hits[0]
    assert text[hit.start : hit.end] == hit.text == "漏氺"


@pytest.mark.parametrize(("p_neg", "level"), [(0.79, None), (0.8, Level.WATCH), (1.0, Level.WATCH)])
def test_a_clearly_negative_text_without_a_hit_is_watched(p_neg, level):
    assert one("太让人失望了", Score(p_neg, 1 - p_neg, 0)).level == level


@pytest.mark.parametrize(("p_neg", "categories"), [(0.29, []), (0.31, ["logistics"])])
def test_rules_see_how_negative_the_text_is(p_neg, categories):
    assert one("快递太慢", Score(p_neg, 1 - p_neg, 0)).categories == categories


# --- stars ----------------------------------------------------------------------------------------


def stars(rating: int | None, kind: str = "review", score: Score = MILD) -> Score:
    return with_stars(score, Item("x", kind=kind, rating=rating))


def test_low_stars_make_a_review_likelier_to_be_negative():
    assert stars(1).p_neg > stars(2).p_neg > stars(3).p_neg == MILD.p_neg


@pytest.mark.parametrize(
    ("rating", "kind"), [(3, "review"), (5, "review"), (None, "review"), (1, "social"), (1, "")]
)
def test_other_stars_and_other_kinds_change_nothing(rating, kind):
    assert stars(rating, kind) is MILD


@pytest.mark.parametrize("score", [MILD, Score(0, 1, 0), Score(1, 0, 0), Score(0.5, 0, 0.5)])
@pytest.mark.parametrize("rating", [1, 2])
def test_with_stars_probabilities_still_sum_to_one(score, rating):
    told = stars(rating, score=score)
    assert told.p_neg + told.p_neu + told.p_pos == pytest.approx(1)
    assert min(told.p_neg, told.p_neu, told.p_pos) >= 0
    assert told.p_neg >= score.p_neg - 1e-5


def test_one_star_does_not_turn_clear_praise_around():
    assert stars(1, score=Score(0.02, 0.03, 0.95)).label == "pos"


def test_one_star_tips_a_text_that_leans_to_negative():
    assert stars(1, score=Score(0.35, 0.4, 0.25)).label == "neg"


# --- versions -------------------------------------------------------------------------------------


def test_versions_name_scorer_and_rules_and_fit_their_column():
    scorer = FakeScorer()
    versions = Analyst(scorer, RULES).versions
    assert versions.startswith("fake-1+")
    assert RULES.version in versions
    scorer.version = "x" * 500
    assert len(Analyst(scorer, RULES).versions) <= 80


def test_other_rules_have_another_version():
    assert Analyst(FakeScorer(), RULES).versions != Analyst(FakeScorer(), RuleSet([])).versions
