import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules import Matches, Reason, RuleSet, RuleSpec


def rule(**fields: Any) -> RuleSpec:
    given = {
        "id": "leak",
        "category": "quality",
        "examples": {"match": ["漏水"], "no_match": ["很好"]},
    }
    return RuleSpec.model_validate(given | fields)


def hits(spec: RuleSpec, text: str, **how: Any) -> list[str]:
    return [hit.text for hit in RuleSet([spec]).match(normalise(text), **how).hits]


def suppressed(spec: RuleSpec, text: str, **how: Any) -> list[Reason]:
    return [item.reason for item in RuleSet([spec]).match(normalise(text), **how).suppressed]


def test_hit_says_which_words_and_where_in_the_original() -> None:
    text = "<b>這壺</b>漏&nbsp;氺，又漏水"
    matches = RuleSet([rule(any=["漏水"])]).match(normalise(text))
    assert [(hit.text, text[hit.start : hit.end]) for hit in matches.hits] == [("漏水", "漏水")]
    assert matches.hits[0].rule == "leak"
    assert matches.hits[0].level is Level.NORMAL


def test_suppressed_hit_says_why() -> None:
    (item,) = RuleSet([rule(any=["漏水"])]).match(normalise("没有漏水")).suppressed
    assert (item.reason, item.label, item.hit.text) == (Reason.NEGATED, "否定", "漏水")


def test_keywords_are_normalised_like_texts() -> None:
    assert hits(rule(any=["漏氺"]), "漏水了") == ["漏水"]
    assert hits(rule(any=["ＡＰＰ閃退"]), "app闪退") == ["app闪退"]


def test_all_wants_a_word_of_each_group() -> None:
    spec = rule(any=["发霉"], all=[["面包", "蛋糕"], "孩子"])
    assert hits(spec, "面包发霉，孩子吃了") == ["发霉"]
    assert hits(spec, "面包发霉") == []


def test_all_alone_hits_with_its_first_group() -> None:
    assert hits(rule(all=["客服", "滚"]), "客服叫我滚") == ["客服"]


def test_none_rules_the_text_out() -> None:
    assert hits(rule(any=["漏水"], none=["测试"]), "漏水测试，真的漏水") == []


def test_longest_of_overlapping_words_is_taken() -> None:
    assert hits(rule(any=["漏水", "漏水了", "水了"]), "漏水了") == ["漏水了"]


def test_near_keeps_distance_order_and_sentence() -> None:
    spec = rule(near={"words": [["客服"], ["不理"]], "distance": 4})
    assert hits(spec, "客服一直不理") == ["客服一直不理"]
    assert hits(spec, "客服说了好几遍还是不理") == []
    assert hits(spec, "不理客服") == []
    assert hits(spec, "客服。不理") == []
    assert hits(rule(near={"words": ["客服", "不理"], "ordered": False}), "不理人的客服")


def test_near_is_denied_from_within() -> None:
    spec = rule(near={"words": ["质量", "问题"], "distance": 6})
    assert hits(spec, "质量出了问题") == ["质量出了问题"]
    assert suppressed(spec, "质量没有任何问题") == [Reason.NEGATED]


def test_pattern_searches_the_normalised_text() -> None:
    spec = rule(all=["降"], pattern="降了[0-9]+元")
    assert hits(spec, "第二天降了５０元") == ["降了５０元"]


def test_pattern_without_words_looks_at_every_text() -> None:
    assert hits(rule(pattern="[0-9]{3}天没发货"), "100天没发货") == ["100天没发货"]


def test_slow_pattern_matches_nothing_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    rules = RuleSet([rule(id="slow-pattern", pattern="(?:a|aa|aaa|ab)+c")])
    text = normalise("ab" * 2000)
    with caplog.at_level(logging.WARNING):
        assert rules.match(text).hits == []
        assert rules.match(text).hits == []
    assert [record.args and record.args[0] for record in caplog.records] == ["slow-pattern"]


def test_look_alike_covers_the_hit_only_where_it_stands() -> None:
    spec = rule(any=["爆炸"], look_alikes=["爆炸好吃"])
    matches = RuleSet([spec]).match(normalise("爆炸好吃。充电宝爆炸了"))
    assert [hit.start for hit in matches.hits] == [8]
    assert [item.reason for item in matches.suppressed] == [Reason.LOOK_ALIKE]


def test_word_rule_does_not_cut_words() -> None:
    spec = rule(any=["假的"], word=True)
    assert hits(spec, "这是假的") == ["假的"]
    assert suppressed(spec, "趁着暑假的时候") == [Reason.LOOK_ALIKE]


def test_platform_and_kind_filter() -> None:
    spec = rule(any=["漏水"], platforms=["weibo"], kinds=["comment"])
    assert hits(spec, "漏水", platform="weibo", kind="comment")
    assert not hits(spec, "漏水", platform="jd", kind="comment")
    assert not hits(spec, "漏水", platform="weibo", kind="review")


def test_gate_lets_only_negative_texts_through() -> None:
    spec = rule(any=["热搜"], min_p_neg=0.4)
    assert hits(spec, "上热搜了", p_neg=0.4)
    assert suppressed(spec, "上热搜了", p_neg=0.39) == [Reason.POSITIVE]


def test_rule_may_ignore_one_context_or_all() -> None:
    fixed = "漏水，客服马上换了新的，很满意"
    assert suppressed(rule(any=["漏水"]), fixed) == [Reason.RESOLVED]
    assert hits(rule(any=["漏水"], despite=["resolved"]), fixed) == ["漏水"]
    assert hits(rule(any=["漏水"], ignore_context=True), "没有漏水") == ["漏水"]


def test_one_pass_serves_many_rules() -> None:
    rules = RuleSet([rule(id="a", any=["漏水"]), rule(id="b", any=["漏"], level="severe")])
    assert [(hit.rule, hit.text) for hit in rules.match(normalise("漏水")).hits] == [
        ("a", "漏水"),
        ("b", "漏"),
    ]


def test_version_follows_the_rules_and_not_their_order() -> None:
    a, b = rule(id="a", any=["漏水"]), rule(id="b", any=["掉漆"])
    assert RuleSet([a, b]).version == RuleSet([b, a]).version != RuleSet([a]).version


def test_no_rules_and_no_text_give_nothing() -> None:
    assert RuleSet([]).match(normalise("漏水")) == Matches([], [])
    assert RuleSet([rule(any=["漏水"])]).match(normalise("")) == Matches([], [])


def test_check_names_examples_that_turn_out_otherwise() -> None:
    spec = rule(any=["漏水"], examples={"match": ["没有漏水"], "no_match": ["漏水了"]})
    wrong, missing = sorted(RuleSet([spec]).check(), key=lambda error: "应当" in error.message)
    assert "不该命中却命中了“漏水”" in wrong.message
    assert "因否定未计" in missing.message


@given(st.text("漏水没有不会吗？，。如果要是别家的、了 [怒]<b>", max_size=60))
def test_every_span_stands_in_the_original(text: str) -> None:
    matches = RuleSet([rule(any=["漏水"])]).match(normalise(text))
    for hit in [*matches.hits, *(item.hit for item in matches.suppressed)]:
        assert text[hit.start : hit.end] == hit.text


def test_flood_of_keywords_is_bounded() -> None:
    matches = RuleSet([rule(any=["漏水"])]).match(normalise("漏水。" * 30_000))
    assert 0 < len(matches.hits) + len(matches.suppressed) <= 50
