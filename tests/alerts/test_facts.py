from datetime import timedelta

import pytest

from alerts import evidence, facts, incidents
from tests.alerts.factories import NOW, index_signal, make_mention, open_incident, rule_signal

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("快递很快。烧到一半壶底漏水，差点烫到孩子", "烧到一半壶底漏水"),
        ("漏水！！！气死我了", "漏水！！！气死我了"),
        ("漏水", "漏水"),
        ("用了三天，又漏水", "又漏水"),
        ("打13812345678说漏水的事没人管", "打138****5678说漏水的事没人管"),
        ("没有这个词的一句话", "没有这个词的一句话"),
        ("漏水" + "很" * 100, "漏水" + "很" * 38),
    ],
)
def test_the_summary_is_the_clause_with_the_hit(text, clause):
    assert evidence.telling_clause(make_mention(text=text), "quality") == clause


def test_an_excerpt_shows_the_hit_of_a_long_post_and_masks_before_it_cuts():
    text = "甲" * 100 + "打13812345678说壶底漏水" + "乙" * 100
    shown = evidence.excerpt(make_mention(text=text), "quality", most=60)
    assert "漏水" in shown
    assert "138****5678" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 62


@pytest.mark.parametrize("most", range(20, 45))
def test_a_number_is_never_cut_into_something_unmasked(most):
    text = "甲" * 10 + "13812345678" + "乙" * 50
    assert "12345" not in evidence.excerpt(make_mention(text=text, hit=""), "quality", most=most)


def test_the_hit_of_the_incidents_category_is_shown():
    mention = make_mention(text="送得慢。" + "，" * 90 + "壶底漏水")
    mention.hits.insert(0, {"category": "logistics", "text": "送得慢"})
    assert "漏水" in evidence.excerpt(mention, "quality", most=30)
    assert "送得慢" in evidence.excerpt(mention, "logistics", most=30)


@pytest.mark.parametrize("found", [{}, {"seen": "x"}, {"value": None}])
def test_evidence_that_says_nothing_gives_no_reason(found):
    assert evidence.reason("burst", "normal", found) == ""
    assert evidence.reason("index", "normal", found) == ""


def test_a_quiet_hour_is_said_to_be_quiet():
    said = evidence.reason("burst", "normal", {"seen": 6, "expected": 0.4})
    assert said == "近 1 小时负面 6 条，往常不到 1 条"


def test_telling_posts_are_unlike_each_other_and_the_strongest_first(house):
    texts = ["壶底漏水，第一天", "壶底漏水，第一天", "壶底漏水，烫伤", "壶底漏水，退货", "也漏水"]
    signals = [
        rule_signal(make_mention(text=text, reach=reach))
        for text, reach in zip(texts, [5, 4, 9, 3, 1], strict=True)
    ]
    (incident,) = incidents.attach(signals, now=NOW)
    shown = [post["text"] for post in facts.telling_posts(incident, since=NOW - MINUTE)]
    assert shown == ["壶底漏水，烫伤", "壶底漏水，第一天", "壶底漏水，退货"]


def test_a_post_carries_its_platform_stars_and_loudest_count(house):
    incident = open_incident(post={"rating": 1, "likes": 38, "reposts": 1204, "url": "https://x"})
    (post,) = facts.telling_posts(incident, since=NOW - MINUTE)
    assert (post["platform"], post["rating"], post["count"]) == ("京东", 1, "转 1,204")


def test_why_names_the_words_hit_most_and_the_line_passed(house):
    signals = [rule_signal(make_mention()) for _ in range(3)]
    signals += [rule_signal(make_mention(text="一直烧焦", hit="烧焦"))]
    signals += [index_signal(house.subject, level="severe")]
    (incident,) = incidents.attach(signals, now=NOW)
    known = facts.gather([incident], now=NOW)[incident.pk]
    assert known["why"] == ["关键词“漏水” 3 条、“烧焦” 1 条", "指数越过严重线 70"]
    assert known["index"] is None
    assert known["url"] == f"https://console.example/incidents/{incident.pk}"
