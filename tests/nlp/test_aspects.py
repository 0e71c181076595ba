"""What the model tells beside the rules: hits of its own, and hits of rules that it doubts."""

from collections.abc import Sequence

import pytest

from nlp.analysis import Analyst, Item
from nlp.aspects import SEVERE_TOLD, TOLD, Found, add_told
from nlp.categories import Category
from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules import Hit, Matches, Reason, RuleSet, RuleSpec, Suppressed
from nlp.rules.brands import marks
from nlp.rules.matching import DOUBTED, HEARD, SEVERE_DOUBTED
from nlp.scorer import Reading, Score

ANGRY, CONTENT = Score(0.75, 0.15, 0.1), Score(0.1, 0.1, 0.8)
NO_RULES = RuleSet([])


def reading(severe: float = 0.0, mood: Score = ANGRY, **chances: float) -> Reading:
    told = {category: chances.get(category.value, 0.0) for category in Category}
    return Reading(mood, told, severe)


class FakeReader:
    """Finds the categories of the words that a text holds, and remembers what it was asked."""

    version = "fake-reader-1"

    def __init__(self, severe: float = 0.0, **words: str) -> None:
        self.severe, self.words = severe, words
        self.asked: list[list[str]] = []

    def readings(self, texts: Sequence[str]) -> list[Reading]:
        self.asked.append(list(texts))
        return [
            reading(self.severe, **{name: 0.9 for name, word in self.words.items() if word in text})
            for text in texts
        ]

    def glances(self, texts: Sequence[str]) -> list[float]:
        self.asked.append(list(texts))
        return [0.9 if any(word in text for word in self.words.values()) else 0.1 for text in texts]

    def score(self, texts: Sequence[str]) -> list[Score]:
        return [one.score for one in self.readings(texts)]


def found(text: str, own: Reading, *hits: Hit, names=(), rivals=()) -> Found:
    plain = normalise(text)
    return Found(plain, Matches(list(hits), []), own, marks(plain.text, names, rivals))


def told(text: str, reader: FakeReader, **where: Sequence[str]) -> Matches:
    one = found(text, reader.readings([normalise(text).text])[0], **where)
    add_told([one], reader)
    return one.matches


def hit(category: Category, level: Level) -> Hit:
    return Hit("a-rule", category, level, "x", 0, 1)


# --- hits of the model's own ----------------------------------------------------------------------


def test_a_hit_stands_at_the_clause_that_says_it_most_plainly():
    text = "昨天在网上买的水壶，烧水烧到一半就漏，家里人都说很生气"
    (one,) = told(text, FakeReader(quality="漏")).hits
    assert (one.rule, one.category) == ("model-quality", Category.QUALITY)
    assert one.text == text[one.start : one.end] == "烧水烧到一半就漏"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这家店的味道一般，下次还是不来了", "这家店的味道一般"),
        ("环境还算不错！！这家店的味道一般。。", "这家店的味道一般"),
        ("  这家店的味道一般 ，", "这家店的味道一般"),
        ("（这家店的味道一般）", "这家店的味道一般"),
        ("这家店的味道一般", "这家店的味道一般"),
    ],
)
def test_a_hit_has_neither_blanks_nor_punctuation_at_its_ends(text, words):
    (one,) = told(text, FakeReader(quality="味道")).hits
    assert one.text == text[one.start : one.end] == words


def test_a_clause_of_nothing_but_punctuation_is_left_as_it_is():
    one = found("!?!?!?!?", reading(service=0.9))
    add_told([one], FakeReader())
    assert one.matches.hits[0].text


def test_short_clauses_are_read_with_the_next():
    reader = FakeReader(quality="漏水")
    told("唉，气人，刚买的壶漏水，客服也不回话，很无语啊", reader)
    assert reader.asked[1][0] == "唉,气人,刚买的壶漏水,"


def test_a_text_of_one_clause_is_not_asked_about_again():
    reader = FakeReader(quality="漏水")
    assert told("刚买的壶漏水了", reader).hits[0].text == "刚买的壶漏水了"
    assert reader.asked[1:] == [[]]


def test_of_a_text_of_many_clauses_only_some_are_asked_about():
    reader = FakeReader(quality="漏水")
    told("刚买的水壶漏水了，" * 60, reader)
    assert len(reader.asked[1]) == 16


def test_the_clauses_of_all_texts_are_asked_in_one_go():
    reader = FakeReader(quality="漏水", service="客服")
    texts = ["买的水壶漏水了，家里人很生气", "今天的天气真不错", "找客服也不理我，打电话也没人接"]
    batch = [found(text, reader.readings([text])[0]) for text in texts]
    reader.asked.clear()
    add_told(batch, reader)
    assert len(reader.asked) == 1
    rules = [[one.rule for one in each.matches.hits] for each in batch]
    assert rules == [["model-quality"], [], ["model-service"]]


@pytest.mark.parametrize(("chance", "count"), [(TOLD - 0.01, 0), (TOLD, 1), (1.0, 1)])
def test_a_category_is_raised_from_a_certain_chance_on(chance, count):
    one = found("找客服也不理我", reading(service=chance))
    add_told([one], FakeReader())
    assert len(one.matches.hits) == count


@pytest.mark.parametrize(
    ("category", "severe", "level"),
    [
        (Category.QUALITY, SEVERE_TOLD - 0.01, Level.NORMAL),
        (Category.QUALITY, SEVERE_TOLD, Level.SEVERE),
        (Category.SAFETY, 0.0, Level.SEVERE),
        (Category.LOGISTICS, 0.0, Level.WATCH),
    ],
)
def test_the_level_follows_the_severity_where_only_some_complaints_of_a_category_are_severe(
    category, severe, level
):
    one = found("壶身裂开了，很吓人", reading(severe, **{category.value: 0.9}))
    add_told([one], FakeReader())
    assert [(each.category, each.level) for each in one.matches.hits] == [(category, level)]


@pytest.mark.parametrize("category", [Category.QUALITY, Category.SERVICE, Category.SAFETY])
def test_what_a_content_text_grumbles_about_is_only_watched(category):
    one = found("线短了点，别的都好", reading(0.9, mood=CONTENT, **{category.value: 0.9}))
    add_told([one], FakeReader())
    assert [each.level for each in one.matches.hits] == [Level.WATCH]


def test_a_severe_text_raises_its_likeliest_grave_category_even_below_the_chance():
    one = found("充电的时候冒了烟", reading(0.9, safety=0.3, media=0.1, service=0.35))
    add_told([one], FakeReader())
    hits = [(each.category, each.level) for each in one.matches.hits]
    assert hits == [(Category.SAFETY, Level.SEVERE)]


@pytest.mark.parametrize(
    ("level", "severe", "rules"),
    [
        (Level.NORMAL, 0.0, ["a-rule"]),
        (Level.SEVERE, 0.0, ["a-rule"]),
        (Level.SEVERE, 0.9, ["a-rule"]),
        (Level.NORMAL, 0.9, ["a-rule", "model-quality"]),
        (Level.WATCH, 0.0, ["a-rule", "model-quality"]),
    ],
)
def test_nothing_is_added_where_a_hit_of_the_category_has_the_level(level, severe, rules):
    own = reading(severe, quality=0.9)
    one = found("刚买的壶漏水", own, hit(Category.QUALITY, level))
    add_told([one], FakeReader())
    assert [each.rule for each in one.matches.hits] == rules


def test_a_hit_of_another_category_keeps_nothing_away():
    one = found("刚买的壶漏水", reading(quality=0.9), hit(Category.SERVICE, Level.SEVERE))
    add_told([one], FakeReader())
    assert [each.rule for each in one.matches.hits] == ["a-rule", "model-quality"]


def test_the_trouble_of_a_rival_is_suppressed_and_ours_is_not():
    reader = FakeReader(quality="漏水", service="客服")
    text = "杉泊的壶用了两天就漏水，烽禾的客服打了三次都不理人"
    matches = told(text, reader, names=("烽禾",), rivals=("杉泊",))
    assert [one.rule for one in matches.hits] == ["model-service"]
    assert [(s.hit.rule, s.reason) for s in matches.suppressed] == [
        ("model-quality", Reason.OTHER_BRAND)
    ]


def test_several_categories_are_raised_in_a_fixed_order():
    own = reading(**{category.value: 0.9 for category in Category})
    one = found("什么都不好", own)
    add_told([one], FakeReader())
    assert [each.category for each in one.matches.hits] == list(Category)


# --- hits of rules that the model doubts ----------------------------------------------------------


def rules(**more: object) -> RuleSet:
    spec = {
        "id": "leak",
        "category": "quality",
        "level": "severe",
        "any": ["漏水"],
        "examples": {"match": ["壶底漏水"], "no_match": ["很好"]},
    }
    return RuleSet([RuleSpec.model_validate({**spec, **more})])


def match(own: Reading | None, **more: object) -> Matches:
    return rules(**more).match(normalise("壶底漏水了"), reading=own)


@pytest.mark.parametrize(
    ("chance", "kept"), [(DOUBTED - 0.01, False), (DOUBTED, True), (1.0, True)]
)
def test_a_hit_stands_only_where_the_model_gives_its_category_some_chance(chance, kept):
    matches = match(reading(1.0, quality=chance))
    assert [one.rule for one in matches.hits] == (["leak"] if kept else [])
    assert [s.reason for s in matches.suppressed] == ([] if kept else [Reason.UNLIKELY])


@pytest.mark.parametrize(
    ("severe", "level"),
    [(SEVERE_DOUBTED - 0.01, Level.NORMAL), (SEVERE_DOUBTED, Level.SEVERE), (1.0, Level.SEVERE)],
)
def test_a_severe_hit_is_lowered_where_the_model_gives_severity_no_chance(severe, level):
    assert [one.level for one in match(reading(severe, quality=0.9)).hits] == [level]


@pytest.mark.parametrize("level", ["normal", "watch"])
def test_other_levels_are_not_changed(level):
    assert [one.level for one in match(reading(0.0, quality=0.9), level=level).hits] == [level]


@pytest.mark.parametrize("more", [{"despite": ["unlikely"]}, {"ignore_context": True}])
def test_a_rule_may_be_exempt_from_doubt(more):
    (one,) = match(reading(0.0, quality=0.0), **more).hits
    assert one.level is Level.SEVERE


@pytest.mark.parametrize("own", [None, Reading(CONTENT, {}, 1.0)])
def test_without_a_reading_nothing_is_doubted(own):
    assert [one.level for one in match(own).hits] == [Level.SEVERE]


def test_what_the_context_undid_stays_undone_for_its_own_reason():
    matches = rules().match(normalise("没有漏水"), reading=reading(0.0, quality=0.0))
    assert [s.reason for s in matches.suppressed] == [Reason.NEGATED]


# --- both together --------------------------------------------------------------------------------


def test_an_analysis_joins_the_hits_of_rules_and_model_and_tells_all_chances():
    reader = FakeReader(quality="漏水", service="客服")
    analyst = Analyst(reader, rules(level="normal"))
    one = analyst.analyse([Item("水壶用了两天就漏水，打客服电话都不理人")])[0]
    assert [each.rule for each in one.hits] == ["leak", "model-service"]
    assert one.categories == ["quality", "service"]
    assert one.aspects == {str(c): 0.9 if c in ("quality", "service") else 0.0 for c in Category}


def test_a_rule_and_the_model_that_doubts_it_leave_no_level():
    one = Analyst(FakeReader(), rules()).analyse([Item("壶底漏水了")])[0]
    assert (one.level, one.categories) == (None, [])
    assert [item.label for item in one.suppressed] == ["模型看不是投诉"]


@pytest.mark.parametrize("text", ["", "此用户没有填写评价"])
def test_a_text_that_says_nothing_gets_no_hit_of_the_model(text):
    reader = FakeReader(**{"quality": ""})
    one = Analyst(reader, NO_RULES).analyse([Item(text)])[0]
    assert (one.hits, one.level, one.aspects) == ([], None, {})


PRAISED = "壶底漏水，手被电麻了。颜色好看，很喜欢！"
SENTENCE = normalise("壶底漏水，手被电麻了。").text


class Drowned(FakeReader):
    """Reads nothing of a safety event in a text, and in its sentence alone what it is told."""

    def __init__(self, **alone: float) -> None:
        super().__init__()
        self.alone = alone

    def readings(self, texts: Sequence[str]) -> list[Reading]:
        self.asked.append(list(texts))
        return [reading(**self.alone) if text == SENTENCE else reading() for text in texts]


@pytest.mark.parametrize(
    ("alone", "level"),
    [
        ({"severe": HEARD, "safety": HEARD}, Level.SEVERE),
        ({"severe": HEARD - 0.01, "safety": 0.9}, None),
        ({"severe": 0.9, "safety": HEARD - 0.01}, None),
    ],
)
def test_praise_around_a_safety_event_does_not_drown_its_sentence(alone, level):
    reader = Drowned(**alone)
    one = Analyst(reader, rules(category="safety")).analyse([Item(PRAISED)])[0]
    assert next((hit.level for hit in one.hits), None) == level
    assert [s.reason for s in one.suppressed] == ([] if level else [Reason.UNLIKELY])
    assert reader.asked[1] == [SENTENCE]


def test_a_lowered_safety_event_is_looked_at_again_too_and_no_other_category_is():
    for category, level in (("safety", Level.SEVERE), ("quality", Level.NORMAL)):
        whole = reading(severe=0.0, safety=0.9, quality=0.9)
        matches = rules(category=category).match(
            normalise(PRAISED), reading=whole, nearer=lambda hit: reading(severe=0.9, safety=0.9)
        )
        assert [hit.level for hit in matches.hits] == [level]


def test_a_scorer_that_does_not_read_neither_adds_nor_doubts():
    class Plain:
        version = "plain-1"

        def score(self, texts: Sequence[str]) -> list[Score]:
            return [CONTENT for _ in texts]

    one = Analyst(Plain(), rules()).analyse([Item("壶底漏水了")])[0]
    assert [(each.rule, each.level) for each in one.hits] == [("leak", Level.SEVERE)]
    assert one.aspects == {}


@pytest.mark.parametrize(
    ("reason", "severe", "level"),
    [
        (Reason.QUOTED, 0.7, Level.NORMAL),
        (Reason.QUOTED, 0.9, Level.SEVERE),  # surer than that: it stands
        (Reason.UNLIKELY, 0.7, Level.SEVERE),
    ],
)
def test_what_the_context_undid_is_severe_only_where_the_model_is_very_sure(reason, severe, level):
    one = found("《质量问题的根源》这本书真难读", reading(severe, quality=0.9))
    hit = Hit("quality-named", Category.QUALITY, Level.SEVERE, "质量问题", 1, 5)
    one.matches.suppressed.append(Suppressed(hit, reason, reason.label))
    add_told([one], FakeReader())
    assert [each.level for each in one.matches.hits] == [level]
