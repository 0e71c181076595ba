"""Prices out of JSON-LD, OpenGraph and microdata, as pages really write them."""

import json

import pytest
from parsel import Selector

from crawlers.markup import loads_tolerant, offers
from crawlers.money import parse_fen, yuan
from tests.crawlers.breaking import replaced


def read(body):
    return offers(Selector(body, type="html"))


def ld(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def product(**changes):
    return {"@type": "Product", "name": "某牌 V8", "sku": "V8", "offers": {"price": "10"}} | changes


def prices(value):
    return [offer.price_fen for offer in read(ld(value))]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1899.00", 189900),
        (1899, 189900),
        (18.9, 1890),
        ("1,899", 189900),
        ("￥1,899.5", 189950),
        ("¥ 199元", 19900),
        ("199元起", 19900),
        ("CNY 12.345", 1235),
        ("1.2万", 1200000),
        ("１９９", 19900),
        ("0.005", 1),
        ("0", None),
        ("-1.00", None),
        ("", None),
        ("100-200", None),
        ("面议", None),
        ("NaN", None),
        (float("nan"), None),
        (float("inf"), None),
        (1e300, None),
        ("9" * 50, None),
        (True, None),
        (None, None),
        ([], None),
        ("1.899,00", None),
    ],
)
def test_money_is_exact_or_none(text, fen):
    assert parse_fen(text) == fen


def test_money_is_shown_in_yuan():
    assert (yuan(189905), yuan(None)) == ("1899.05", "")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (product(), [1000]),
        ([{"@type": "Thing"}, product()], [1000]),
        ({"@graph": [{"@type": "WebPage"}, product()]}, [1000]),
        ({"@type": "ItemPage", "mainEntity": product()}, [1000]),
        (product(**{"@type": ["Thing", "https://schema.org/Product"]}), [1000]),
        (product(offers=[{"price": 1, "name": "a"}, {"price": 2, "name": "b"}]), [100, 200]),
        (product(offers={"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "9"}), [500]),
        (
            product(offers={"@type": "AggregateOffer", "lowPrice": 5, "offers": [{"price": 7}]}),
            [700],
        ),
        (product(offers={"priceSpecification": {"price": "8.50"}}), [850]),
        (
            product(
                offers={
                    "priceSpecification": [
                        {"price": 8, "referenceQuantity": {"value": 1}},
                        {"price": 9},
                    ]
                }
            ),
            [900],
        ),
        (product(offers={"availability": "http://schema.org/SoldOut"}), [None]),
        (product(offers={"availability": "http://schema.org/InStock"}), []),
        (product(offers={"price": "0"}), []),
        (product(offers=None), []),
        ({"@type": "Thing", "offers": {"price": 1}}, []),
        ({"@type": "WebPage", "isRelatedTo": product()}, []),
    ],
)
def test_shapes_of_json_ld(value, found):
    assert prices(value) == found


def test_an_aggregate_keeps_its_range():
    (offer,) = read(ld(product(offers={"@type": "AggregateOffer", "lowPrice": 5, "highPrice": 9})))
    assert (offer.price_fen, offer.high_fen) == (500, 900)


def test_variants_of_a_group_stand_apart():
    group = {
        "@type": "ProductGroup",
        "productGroupID": "G1",
        "name": "某牌 V8",
        "hasVariant": [
            product(sku="A", color="白色", size="L", offers={"price": 1, "priceCurrency": "usd"}),
            product(sku="B", name="黑色款", offers={"price": 2}),
        ],
    }
    found = [(o.group, o.sku, o.variant, o.price_fen, o.currency) for o in read(ld(group))]
    assert found == [("G1", "A", "白色 L", 100, "USD"), ("G1", "B", "黑色款", 200, "CNY")]


def test_list_price_and_member_price_are_not_the_price():
    specified = [
        {"price": 99, "priceType": "https://schema.org/StrikethroughPrice"},
        {"price": 50, "validForMemberTier": {"name": "PLUS"}},
        {"price": 80, "priceCurrency": "CNY"},
    ]
    (offer,) = read(ld(product(offers={"priceSpecification": specified})))
    assert (offer.price_fen, offer.list_fen) == (8000, 9900)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2,], "b": "x",}',
        '{"a": [1, 2], "b": "x"};',
        '<!-- {"a": [1, 2], "b": "x"} -->',
        '//<![CDATA[\n{"a": [1, 2], "b": "x"}\n//]]>',
        "{&quot;a&quot;: [1, 2], &quot;b&quot;: &quot;x&quot;}",
        '\ufeff{"a": [1, 2], "b": "x" , }',
    ],
)
def test_json_as_pages_write_it_is_read(text):
    assert loads_tolerant(text.lstrip("\ufeff")) == {"a": [1, 2], "b": "x"}


def test_strings_keep_their_commas_and_line_breaks():
    assert loads_tolerant('{"a": "x,]\n,}", }') == {"a": "x,]\n,}"}


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 50_000, '"\\' * 100_000, "," * 100_000, "var a = 1"]
)
def test_what_is_no_json_is_none(text):
    assert loads_tolerant(text) is None


def test_open_graph_when_there_is_no_json_ld():
    (offer,) = read(
        '<meta property="og:title" content="某牌 V8"><meta property="product:price:amount" content="1899.00">'
        '<meta property="product:price:currency" content="cny"><meta property="product:availability" content="in stock">'
        '<meta property="product:sale_price:amount" content="1799"><meta property="product:retailer_item_id" content="V8">'
    )
    assert (offer.name, offer.group, offer.price_fen, offer.list_fen) == (
        "某牌 V8",
        "V8",
        179900,
        189900,
    )
    assert (offer.currency, offer.available) == ("CNY", True)
    assert read('<meta name="og:price:amount" content="5">')[0].price_fen == 500


def test_microdata_when_there_is_neither():
    (offer,) = read(
        '<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">某牌 <b>V8</b></h1>'
        '<span itemprop="offers" itemscope><b itemprop="price" content="1899.00">￥1.9k</b>'
        '<meta itemprop="priceCurrency" content="CNY"><link itemprop="availability" href="http://schema.org/OutOfStock"></span>'
        '</div><div itemprop="price">7</div>'
    )
    assert (offer.name, offer.price_fen, offer.available) == ("某牌 V8", 189900, False)
    assert read('<p itemprop="price">￥12.5</p>')[0].price_fen == 1250


def test_broken_json_ld_does_no_harm_and_leaves_the_other_ways():
    meta = '<meta property="product:price:amount" content="3">'
    assert read(ld('{"@type":"Product","offers":{') + meta)[0].price_fen == 300
    assert read(ld(product(offers={"price": "面议"})) + meta)[0].price_fen == 300
    assert read("<p>没有</p>") == []


def test_no_value_of_the_wrong_type_breaks_the_reader():
    value = product(
        offers=[{"price": 1, "seller": {"name": "x"}, "priceSpecification": [{"price": 2}]}],
        hasVariant=[{"name": "v", "offers": {"lowPrice": 1, "offers": [{"price": 3}]}}],
    )
    for broken in replaced({"@graph": [value]}):
        read(ld(json.dumps(broken)))
