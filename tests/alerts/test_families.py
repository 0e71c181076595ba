"""A brand and its products speak once."""

from datetime import timedelta

import pytest

from alerts import incidents, lifecycle
from alerts.lifecycle import Action
from alerts.models import Incident, Notification
from opinion.models import Mention
from tests.alerts.factories import (
    NOW,
    burst_signal,
    index_signal,
    make_mention,
    make_subject,
    rule_signal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand():
    return make_subject("xinghe", "星禾小家电")


@pytest.fixture
def kettle(brand):
    return make_subject("k3", "电热水壶 K3", kind="product", parent=brand)


@pytest.fixture
def fryer(brand):
    return make_subject("a5", "空气炸锅 A5", kind="product", parent=brand)


def attach(*signals, now=NOW):
    return incidents.attach(list(signals), now=now)


def opened():
    return sorted(Incident.objects.values_list("subject__slug", "category"))


def test_a_brands_burst_joins_the_product_that_the_same_signals_are_about(house, brand, kettle):
    attach(burst_signal(brand), rule_signal(make_mention(kettle)))
    assert opened() == [("k3", "quality")]
    assert Notification.objects.filter(kind="opened").count() == 1


def test_a_brands_index_joins_and_raises_its_products_open_incident(house, brand, kettle):
    attach(rule_signal(make_mention(kettle, level="normal")))
    (incident,) = attach(index_signal(brand, level="severe"), now=NOW + timedelta(minutes=5))
    assert (incident.subject.slug, incident.level) == ("k3", "severe")


def test_a_product_joins_the_open_incident_of_its_brand(house, brand, kettle):
    attach(rule_signal(make_mention(brand)))
    attach(rule_signal(make_mention(kettle)))
    assert opened() == [("xinghe", "quality")]


def test_two_products_of_a_brand_have_an_incident_each(house, brand, kettle, fryer):
    attach(rule_signal(make_mention(kettle)), rule_signal(make_mention(fryer)))
    assert opened() == [("a5", "quality"), ("k3", "quality")]


def test_a_brand_follows_its_worst_product(house, brand, kettle, fryer):
    attach(
        rule_signal(make_mention(kettle, level="normal")),
        rule_signal(make_mention(fryer, level="severe")),
        burst_signal(brand),
    )
    assert Incident.objects.get(subject=fryer).incidentsignal_set.count() == 2


def test_another_category_is_another_incident(house, brand, kettle):
    attach(rule_signal(make_mention(kettle)), burst_signal(brand, category="service"))
    assert opened() == [("k3", "quality"), ("xinghe", "service")]


def test_a_closed_incident_takes_nothing(house, brand, kettle):
    (incident,) = attach(rule_signal(make_mention(kettle)))
    lifecycle.move(incident, Action.FALSE_ALARM, actor=house.lin, now=NOW, reason="同名")
    attach(burst_signal(brand), now=NOW + timedelta(hours=1))
    assert Incident.objects.exclude(state="verified").get().subject == brand


def test_a_post_about_both_is_one_post_of_the_incident(house, brand, kettle):
    mention = make_mention(kettle)
    twin = Mention.objects.get(pk=mention.pk)
    twin.pk, twin.subject = None, brand
    twin.save(force_insert=True)
    (incident,) = attach(rule_signal(mention), burst_signal(brand))
    assert (incident.posts, incident.incidentpost_set.count()) == (1, 1)
    attach(burst_signal(brand), now=NOW + timedelta(minutes=20))
    incident.refresh_from_db()
    assert incident.posts == 1


def test_a_message_says_whose_index_it_quotes(house, brand, kettle):
    attach(rule_signal(make_mention(kettle)), index_signal(brand, level="severe"))
    why = Notification.objects.get(kind="opened").facts["why"]
    assert "星禾小家电 指数越过严重线 70" in why
