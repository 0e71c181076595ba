"""Price spiders: exact prices from saved answers, and what is none."""

import json

import pytest
from scrapy.exceptions import CloseSpider, IgnoreRequest
from twisted.python.failure import Failure

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.prices import PriceSeen
from crawlers.spiders.base import BadParams
from crawlers.spiders.prices.jd import JdPricesSpider
from crawlers.spiders.prices.page import PagePricesSpider
from tests.crawlers.breaking import broken_bytes, broken_json, made, survives
from tests.crawlers.prices.cases import JD, PAGE
from tests.crawlers.samples import NOW, PAGES, outputs, response

JSON = "application/json"
PRODUCT = (PAGES / "prices/product.html").read_bytes()
MGETS = (PAGES / "prices/mgets.json").read_bytes()


def pages(**params):
    return made(PagePricesSpider, PAGE | params)


def read(one, body=PRODUCT, number=0):
    return outputs(one.parse_page(response(body), number=number))


def test_a_product_page_becomes_the_prices_of_its_variants():
    common = {
        "platform": "shop",
        "product_id": "100001",
        "seen_at": NOW,
        "url": "https://www.example/p/1",
    }
    assert read(pages()) == [
        PriceSeen(
            **common,
            name="某牌 V8",
            variant="V8-W",
            seller="某牌旗舰店",
            price_fen=189900,
            list_fen=219900,
            available=True,
        ),
        PriceSeen(**common, name="某牌 V8", variant="V8-B", price_fen=199900, available=False),
    ]


def test_the_pages_own_words_give_coupon_and_final_price():
    fields = {
        "final": {"select": ".after", "match": r"￥([\d,.]+)"},
        "coupon": ".coupon::text",
    }
    first, _ = read(pages(fields=fields))
    assert (first.price_fen, first.final_fen, first.coupon) == (189900, 179900, "满300减40")


def test_a_price_by_selector_needs_no_markup():
    (seen,) = read(pages(fields={"price": "b.p", "name": "h1"}), "<h1>某牌</h1><b class=p>￥99</b>")
    assert (seen.price_fen, seen.name, seen.product_id) == (9900, "某牌", "100001")


def test_one_variant_may_be_asked_for():
    of = {
        "url": "https://www.example/p/1",
        "product_id": "100001",
        "variant": "V8-B",
        "subject": "rival",
    }
    (seen,) = read(pages(pages=[of]))
    assert (seen.variant, seen.price_fen, seen.subject) == ("V8-B", 199900, "rival")
    (refused,) = read(pages(pages=[of | {"variant": "绿色"}]))
    assert refused.reason == "没有规格“绿色”；有：V8-W、V8-B"


@pytest.mark.parametrize(
    ("url", "product_id"),
    [
        ("https://www.example/p/1", "V8"),
        ("https://www.example/p?id=77", "V8"),
    ],
)
def test_the_product_is_what_the_page_says_else_its_address(url, product_id):
    assert {seen.product_id for seen in read(pages(pages=[url]))} == {product_id}


def test_a_page_without_any_id_is_known_by_its_address():
    body = '<meta property="product:price:amount" content="5">'
    assert read(pages(pages="https://www.example/p?itemId=77"), body)[0].product_id == "77"
    assert read(pages(pages="https://www.example/p"), body)[0].product_id.startswith("h:")


def test_sellers_tell_equal_variants_apart_else_the_lowest_price_counts():
    offers = [
        {"price": 3, "seller": {"name": "甲店"}},
        {"price": 2, "seller": {"name": "乙店"}},
        {"price": 1, "seller": {"name": "乙店"}},
    ]
    body = json.dumps({"@type": "Product", "name": "某牌", "offers": offers})
    found = read(pages(), f'<script type="application/ld+json">{body}</script>')
    assert [(seen.variant, seen.price_fen) for seen in found] == [("甲店", 300), ("乙店", 100)]


def test_a_page_without_a_price_is_refused():
    one = pages()
    (refused,) = read(one, "<h1>某牌</h1>")
    assert (refused.reason, refused.record) == ("没有价格", {"url": "https://www.example/p/1"})
    assert one.rows_seen == 0  # when none has any, the floor says that the pages have changed


def test_a_page_that_is_gone_is_refused_and_another_failure_ends_the_run():
    one = pages()
    (request,) = outputs(one.start())
    failure = Failure(IgnoreRequest("HTTP 404"))
    failure.request = request
    (refused,) = outputs(one.missed(failure))
    assert (refused.record, refused.reason) == (
        {"url": "https://www.example/p/1"},
        "页面不在了（HTTP 404）",
    )
    with pytest.raises(CloseSpider):
        outputs(one.missed(Failure(OSError("no route"))))
    assert one.blocked.reason is BlockReason.UNREACHABLE


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"pages": None}, "pages"),
        ({"pages": [{"url": "x"}]}, "pages.1.url"),
        (
            {"pages": [{"adress": "https://x.example/"}]},
            "pages.1.adress：没有这个参数；可用 url、product_id",
        ),
        ({"pages": [3]}, "pages.1"),
        ({"fields": {"price": "b["}}, "fields.price"),
        ({"pages": [{"url": "https://x.example/", "subject": "a b"}]}, "subject"),
    ],
)
def test_wrong_parameters_are_named(params, words):
    with pytest.raises(BadParams, match=words.replace(".", r"\.")):
        pages(**params)


def jd(**params):
    return made(JdPricesSpider, JD | params)


def answered(one, body=MGETS, **headers):
    found = one.parse(response(body, Content_Type=JSON, **headers), skus=one.skus)
    return outputs(found)


def test_jd_prices_become_observations():
    common = {"platform": "shop", "seen_at": NOW}
    first, second, third, bad, *missing = answered(jd())
    assert first == PriceSeen(
        **common,
        product_id="100001",
        url="https://item.jd.com/100001.html",
        list_fen=299900,
        price_fen=199900,
        coupon="打折前 2199.00；PLUS 会员 1949.00",
        available=True,
    )
    assert (second.price_fen, second.coupon) == (5900, "")
    assert (third.price_fen, third.list_fen, third.available, third.coupon) == (
        None,
        1000000,
        False,
        "",
    )
    assert "没有价格" in bad.reason
    assert [one.record["sku"] for one in missing] == ["100004", "100005"]


def test_jd_products_are_asked_for_many_at_once():
    asked = [request.url for request in outputs(jd(skus=list(range(1, 61))).start())]
    assert len(asked) == 2
    assert asked[0].startswith("https://p.3.cn/prices/mgets?skuIds=J_1,J_2,")
    assert asked[1].endswith("J_60&type=1")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"error":"pdos_captcha"}', BlockReason.CAPTCHA),
        ('{"error":"other"}', BlockReason.SHAPE),
        ("{}", BlockReason.SHAPE),
        ("null", BlockReason.SHAPE),
        ("", BlockReason.EMPTY_BODY),
        ("<html><title>京东验证</title></html>", BlockReason.CAPTCHA),
        ("<html>hello</html>", BlockReason.NOT_JSON),
        ('<script>location="https://passport.jd.com/x"</script>', BlockReason.LOGIN),
        ("系统繁忙，请稍后再试", BlockReason.RATE),
    ],
)
def test_jd_refusals_block_the_run(body, reason):
    one = jd()
    with pytest.raises(CloseSpider):
        answered(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize("skus", [None, [], "abc", ["1", "x"], [{}]])
def test_jd_wants_numbers(skus):
    with pytest.raises(BadParams, match="skus"):
        jd(skus=skus)


def test_no_broken_answer_breaks_the_spiders():
    for body in broken_bytes(PRODUCT):
        survives(lambda body=body: read(pages(), body))
    for body in broken_json(MGETS):
        found = survives(lambda body=body: answered(jd(), body))
        assert all(isinstance(one, PriceSeen | Refused) for one in found)
