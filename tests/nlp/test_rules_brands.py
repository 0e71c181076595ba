"""Whose trouble it is, where a text names the subject (星禾, K3) and a rival (杉泊)."""

import pytest

from nlp.analysis import Analyst, Item
from nlp.normalise import normalise
from nlp.rules import Reason, RuleSet, RuleSpec
from nlp.scorer import Score

NAMES, RIVALS = ("星禾", "K3"), ("杉泊", "杉泊电器", "ShanPo")
_RULES = RuleSet(
    [
        RuleSpec.model_validate(
            {
                "id": "trouble",
                "category": "safety",
                "any": ["漏电", "冒烟", "召回", "态度差", "投诉", "上热搜", "渗水"],
                "examples": {"match": ["漏电"], "no_match": ["很好"]},
            }
        )
    ]
)

OF_THE_RIVAL = [
    "杉泊漏电了，还好我用的星禾",
    "杉泊又上热搜了，水壶漏电那个，还好我家用的星禾",
    "ShanPo的壶漏电",
    "之前那只杉泊的壶用了两年底下开始渗水，这回换星禾",
    "有人说杉泊召回了，关星禾什么事",
    "杉泊客服态度差到家，以后只买星禾",
    "杉泊炸锅冒烟这事儿官方还没回应？买的时候还跟星禾纠结来着",
    "别什么都赖星禾，视频里冒烟的明明是杉泊",
    "别一看到漏电就说星禾，图里那个是杉泊",
    "投诉杉泊的帖子挂了我家星禾的图",
    "买的是杉泊的水壶，漏电，却怪到星禾头上",
]
OF_THE_SUBJECT = [
    "星禾漏电",
    "杉泊没事，星禾漏电了",
    "和杉泊一样，星禾也漏电",
    "跟杉泊一样漏电",
    "比杉泊还会漏电",
    "不如杉泊，用一次就冒烟",
    "从杉泊换成星禾，第二天就漏电",
    "以前一直用杉泊，换了这个三天就漏电",
    "用了杉泊五年都好好的，这只一周就冒烟",
    "除了杉泊，星禾的壶也冒烟",
    "早知道买杉泊了，插上就漏电",
    "客服说是杉泊的壶，可漏电的是K3",
    "杉泊好用。漏电了，退货",
    "星禾漏电，客服还推荐我买杉泊",
]


@pytest.mark.parametrize("text", OF_THE_RIVAL)
def test_a_rivals_trouble_is_none_of_the_subjects(text: str) -> None:
    matches = _RULES.match(normalise(text), names=NAMES, rivals=RIVALS)
    assert matches.hits == []
    reasons = {item.reason for item in matches.suppressed}
    assert reasons & {Reason.OTHER_BRAND, Reason.QUOTED}


@pytest.mark.parametrize("text", OF_THE_SUBJECT)
def test_the_subjects_trouble_counts_beside_a_rival(text: str) -> None:
    assert _RULES.match(normalise(text), names=NAMES, rivals=RIVALS).hits


@pytest.mark.parametrize("text", OF_THE_RIVAL)
def test_without_rivals_no_name_excuses(text: str) -> None:
    suppressed = _RULES.match(normalise(text)).suppressed
    assert _RULES.match(normalise(text), names=NAMES).suppressed == suppressed


def test_a_latin_name_is_a_whole_word() -> None:
    text = normalise("ShanPower 漏电")
    assert _RULES.match(text, names=NAMES, rivals=RIVALS).hits


class _Angry:
    version = "angry"

    def score(self, texts: list[str]) -> list[Score]:
        return [Score(0.94, 0.04, 0.02) for _ in texts]


def test_anger_at_a_rival_is_not_held_against_the_subject() -> None:
    analyst = Analyst(_Angry(), _RULES)
    text = "杉泊漏电了，太吓人了，还好我用的星禾"
    rival, alone = analyst.analyse([Item(text, names=NAMES, rivals=RIVALS), Item(text)])
    assert rival.level is None
    assert rival.p_neg < 0.5
    assert rival.p_neg + rival.p_neu + rival.p_pos == pytest.approx(1)
    assert (alone.level, alone.p_neg) == ("severe", 0.94)
