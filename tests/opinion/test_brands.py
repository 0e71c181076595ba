"""Whom a text names beside a subject."""

import pytest

from catalog.models import Subject
from nlp.analysis import Analysis, Item
from nlp.normalise import normalise
from opinion.brands import ALONE, Brands, Company
from opinion.models import Mention
from opinion.scoring import score_pending
from tests.opinion.makers import NOW, PRAISE, Fake, make_post, make_subject, negative

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alone")]


@pytest.fixture
def kettle() -> Subject:
    brand = make_subject(aliases=["XINGHE"])
    make_subject("other", name="月白")
    make_subject("shanpo", name="杉泊电器", aliases=["杉泊"], kind="competitor")
    return make_subject("k3", name="K3 水壶", aliases=["K3"], kind="product", parent=brand)


def company(subject: Subject, text: str) -> Company:
    return Brands(Subject.objects.order_by("pk")).company(subject, normalise(text).text)


def test_a_family_has_all_its_names_and_the_competitors_as_rivals(kettle: Subject) -> None:
    text = "杉泊漏水，還好買的星禾 ｘｉｎｇｈｅ"
    found = Company(("xinghe", "星禾"), ("杉泊",))
    assert company(kettle, text) == found
    assert company(Subject.objects.get(slug="xinghe"), text) == found


def test_to_a_competitor_ours_are_the_rivals(kettle: Subject) -> None:
    shanpo = Subject.objects.get(slug="shanpo")
    assert company(shanpo, "杉泊漏水，星禾没事") == Company(("杉泊",), ("星禾",))


@pytest.mark.parametrize("text", ["K3 漏水", "星禾和月白都漏水", "漏水"])
def test_without_a_rival_all_stand_alone(kettle: Subject, text: str) -> None:
    assert company(kettle, text) is ALONE


def test_without_competitors_nobody_has_rivals() -> None:
    assert company(make_subject(), "星禾比杉泊差") is ALONE


def test_a_parent_that_is_not_watched_or_loops_ends_the_family() -> None:
    first = make_subject("a", name="甲")
    second = make_subject("b", name="乙", parent=first)
    Subject.objects.filter(pk=first.pk).update(parent=second)
    make_subject("c", name="丙", kind="competitor")
    assert company(second, "乙比丙好").rivals == ("丙",)


def test_a_post_is_read_once_for_each_company() -> None:
    brand = make_subject()
    make_subject("k3", name="K3", kind="product", parent=brand)
    make_subject("shanpo", name="杉泊", kind="competitor")
    make_post("星禾 K3 很好用，每天烧水都用它")
    make_post("星禾 K3 比杉泊安静多了，换得值")
    seen: list[Item] = []

    def opinion(item: Item) -> Analysis:
        seen.append(item)
        return negative() if "星禾" in item.rivals else PRAISE

    assert score_pending(now=NOW, analyst=Fake(opinion)) == 2
    assert [(item.names, item.rivals) for item in seen] == [
        ((), ()),
        (("k3", "星禾"), ("杉泊",)),
        (("杉泊",), ("k3", "星禾")),
    ]
    assert all(item.plain and item.plain.original == item.text for item in seen)
    labels = Mention.objects.order_by("post", "subject__slug").values_list("subject__slug", "label")
    assert list(labels) == [
        ("k3", "pos"),
        ("xinghe", "pos"),
        ("k3", "pos"),
        ("shanpo", "neg"),
        ("xinghe", "pos"),
    ]
