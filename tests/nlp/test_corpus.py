"""The corpus: well-formed, different, and kept apart where it measures."""

from collections import Counter, defaultdict

import pytest

from nlp.categories import Category
from nlp.normalise import normalise
from nlp.scorer import LABELS
from nlp.training.corpus import Example, read_corpus

SEVERE_BY_KIND = {"safety", "counterfeit", "legal", "media", "privacy", "quality"}
PHENOMENA = {
    "plain",
    "negation",
    "double_negation",
    "contrast",
    "sarcasm",
    "comparison",
    "question",
    "hypothetical",
    "other_brand",
    "quoted_rumour",
    "denied_rumour",
    "resolved",
    "implicit",
    "slang",
    "emoji",
    "censored",
    "homophone",
    "traditional",
    "mixed_english",
    "very_short",
    "long_aspects",
    "safety_event",
    "safety_lookalike",
    "default_review",
    "advert",
    "news",
    "policy",
    "shop_reply",
    "followup",
}


@pytest.fixture(scope="module")
def corpus() -> list[Example]:
    return list(read_corpus())


def test_every_example_says_what_it_is_in_known_words(corpus: list[Example]) -> None:
    categories = {category.value for category in Category}
    for example in corpus:
        assert example.text.strip(), example.id
        assert example.label in LABELS, example.id
        assert set(example.categories) <= categories, example.id
        assert example.phenomenon in PHENOMENA, example.id
        if example.severe:
            assert SEVERE_BY_KIND & set(example.categories), example.id


def test_ids_and_texts_are_there_once(corpus: list[Example]) -> None:
    ids = Counter(example.id for example in corpus)
    texts = Counter(normalise(example.text).text for example in corpus)
    assert [name for name, count in ids.items() if count > 1] == []
    assert [text for text, count in texts.items() if count > 1] == []


def test_the_members_of_a_pair_differ_in_what_they_say_and_stay_together(
    corpus: list[Example],
) -> None:
    pairs = defaultdict(list)
    for example in corpus:
        if example.pair:
            pairs[example.pair].append(example)
    assert sum(map(len, pairs.values())) >= 1000
    for name, members in pairs.items():
        assert len({(m.label, m.categories, m.severe) for m in members}) > 1, name
        assert len({m.held_out for m in members}) == 1, name


def test_about_a_fifth_measures_and_every_phenomenon_is_on_both_sides(
    corpus: list[Example],
) -> None:
    assert 0.17 < sum(e.held_out for e in corpus) / len(corpus) < 0.23
    assert {e.phenomenon for e in corpus if e.held_out} == PHENOMENA
    assert {e.phenomenon for e in corpus if not e.held_out} == PHENOMENA
