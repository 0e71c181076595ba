"""Which subjects a text is about."""

import time
from typing import Any

import pytest

from catalog.matching import Matcher
from catalog.models import Subject


def subject(slug: str, name: str, **more: Any) -> Subject:
    return Subject(slug=slug, name=name, **more)


BRAND = subject(
    "xinghe",
    "星禾",
    aliases=["XingHe", "星禾电器"],
    excludes=["星禾湾"],
    platform_ids={"shop": ["100001", 100002]},
)
KETTLE = subject("kettle", "星禾K3电热水壶", aliases=["K3"], platform_ids={"shop": ["100001"]})
RIVAL = subject("rival", "杉泊", aliases=["Shan Po"], platform_ids={"jd": ["7"]})
MATCHER = Matcher([BRAND, KETTLE, RIVAL])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("星禾的壶漏水", ["xinghe"]),
        ("今天天气不错", []),
        ("", []),
        ("买了xinghe的壶", ["xinghe"]),
        ("ＸＩＮＧＨＥ的壶", ["xinghe"]),
        ("xinghex 不是它", []),
        ("axinghe 不是它", []),
        ("xinghe2 不是它", []),
        ("(xinghe)", ["xinghe"]),
        ("@星禾电器官方 出来", ["xinghe"]),
        ("K3漏水", ["kettle"]),
        ("k3漏水", ["kettle"]),
        ("K30漏水", []),
        ("星禾K3电热水壶漏水", ["kettle"]),
        ("星禾 K3电热水壶漏水", ["xinghe", "kettle"]),
        ("杉泊比星禾好", ["xinghe", "rival"]),
        ("Shan Po", ["rival"]),
        ("星禾星禾星禾", ["xinghe"]),
        ("星禾湾的房子", []),
        ("星禾湾旁边的星禾专卖店和杉泊专卖店", ["rival"]),
    ],
)
def test_names_and_aliases_find_a_subject(text: str, found: list[str]) -> None:
    assert [subject.slug for subject in MATCHER.match(text)] == found


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"hint": "rival"}, ["rival"]),
        ({"hint": "nobody"}, ["xinghe"]),
        ({"platform": "shop", "product_id": "100001"}, ["xinghe", "kettle"]),
        ({"platform": "shop", "product_id": "100002"}, ["xinghe"]),
        ({"platform": "jd", "product_id": "7"}, ["rival"]),
        ({"platform": "jd", "product_id": "100001"}, ["xinghe"]),
        ({"platform": "shop", "product_id": "100001", "hint": "rival"}, ["rival"]),
    ],
)
def test_a_known_hint_or_product_decides_alone(where: dict[str, str], found: list[str]) -> None:
    assert [subject.slug for subject in MATCHER.match("星禾", **where)] == found


def test_one_alias_may_belong_to_two() -> None:
    shared = Matcher([subject("a", "甲", aliases=["同名"]), subject("b", "乙", aliases=["同名"])])
    assert [found.slug for found in shared.match("说的是同名")] == ["a", "b"]


def test_no_subjects_and_empty_aliases_match_nothing() -> None:
    assert Matcher([]).match("星禾") == []
    assert Matcher([subject("a", "甲", aliases=["", " "])]).match("乙 丙") == []


@pytest.mark.slow
def test_a_thousand_subjects_cost_little_more_than_one() -> None:
    many = Matcher([subject(f"s{n}", f"品牌{n}号", aliases=[f"别名{n}"]) for n in range(1000)])
    text = "这是一条很普通的评价，没有提到任何牌子。" * 10
    started = time.process_time()
    for _ in range(2000):
        many.match(text)
    assert time.process_time() - started < 2
