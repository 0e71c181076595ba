"""JD's public interfaces: exact records, the way through the pages, and every refusal."""

import json
from dataclasses import replace

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.ratings_seen import RatingSeen
from crawlers.spiders.base import BadParams
from crawlers.spiders.jd.reviews import JdReviewsSpider
from crawlers.spiders.jd.summaries import JdSummariesSpider
from tests.crawlers.breaking import broken_json, made, survives
from tests.crawlers.jd.cases import GBK, PLACE
from tests.crawlers.samples import NOW, PAGES, outputs, response, saved_meanwhile, spider

REVIEWS = (PAGES / "jd/reviews.gbk.json").read_bytes()
SUMMARIES = (PAGES / "jd/summaries.gbk.json").read_bytes()
IDS = {"19000000001", "19000000002", "19000000003"}
SKUS = ["100001", "100002"]


def reviews(**options):
    return spider(JdReviewsSpider, **({"skus": ["100001"]} | options))


def read(one, body=REVIEWS, kind=GBK, headers=None, **place):
    found = one.parse(response(body, Content_Type=kind, **(headers or {})), **(PLACE | place))
    return outputs(found)


def following(found):
    return [one.url for one in found if isinstance(one, Request)]


def test_a_page_becomes_reviews_and_a_follow_up_in_gbk():
    first, follow_up, second, third, after = read(reviews())
    common = {
        "platform": "shop",
        "url": "https://item.jd.com/100002.html",
        "author": "张***三",
        "product_id": "100002",
    }
    assert first == common | {
        "kind": "review",
        "native_id": "19000000001",
        "text": "用了三天就断电&hellip;",
        "rating": 1,
        "likes": 3,
        "comments": 1,
        "published_at": "2024-01-15 12:30:05",
        "extra": {
            "product": "某牌 吸尘器 V8",
            "color": "白色",
            "size": "标准版",
            "variant": "套餐 单机",
            "ordered_at": "2024-01-05 20:11:43",
            "pictures": 1,
            "videos": 1,
            "reply": "非常抱歉",
        },
    }
    assert follow_up == common | {
        "kind": "comment",
        "native_id": "19000000001:append",
        "text": "还是坏了",
        "published_at": "2024-01-22 09:00:00",
        "extra": {"follow_up_of": "19000000001", "product": "某牌 吸尘器 V8"},
    }
    assert (second["product_id"], second["likes"], second["extra"]) == ("100001", None, {})
    assert third["text"] == "此用户未填写评价内容"
    assert "page=1" in after.url


@pytest.mark.parametrize(
    "body",
    [
        REVIEWS.decode("gb18030").encode(),
        b"fetchJSON_comment98(" + REVIEWS + b");",
        b"/**/ fetchJSON_comment98 (\n" + REVIEWS + b");",
    ],
)
def test_utf8_and_jsonp_read_alike(body):
    assert read(reviews(), body)[:4] == read(reviews())[:4]


def test_requests_name_product_filter_and_page():
    one = reviews(skus=[100001, "100002"], scores=[0, 1], folded=True, cookie="a=b")
    asked = outputs(one.start())
    assert len(asked) == 8
    assert asked[1].url == (
        "https://club.jd.com/comment/productPageComments.action?productId=100001&score=1"
        "&sortType=6&page=0&pageSize=10&isShadowSku=0&fold=1"
    )
    assert asked[2].url.startswith("https://club.jd.com/comment/getProductPageFoldComments.action?")
    assert asked[0].headers["Referer"] == b"https://item.jd.com/100001.html"
    assert asked[0].headers["Cookie"] == b"a=b"
    assert "skuProductPageComments" in outputs(reviews(only_sku=True).start())[0].url


def test_the_walk_ends_where_the_reviews_were_stored_before():
    assert following(read(reviews(stored=IDS))) == []
    assert following(read(reviews(stored=IDS - {"19000000002"})))
    assert following(read(reviews(stored=IDS, checkpoint={"unfinished": True})))


def test_another_filter_is_walked_behind_what_this_run_has_brought():
    one = reviews(scores=[0, 1], stored=())
    read(one)
    one._lookup = saved_meanwhile(IDS)
    assert following(read(one, score=1))


def test_another_colour_with_the_same_reviews_is_soon_left():
    one = reviews(skus=[str(sku) for sku in range(1, 7)])
    walked = [following(read(one, sku=sku)) for sku in one.skus]
    assert walked[0]
    assert walked[-1] == []


def test_follow_ups_are_walked_until_the_follow_ups_are_known():
    assert following(read(reviews(stored=IDS), score=5))
    appended = [f"{one}:append" for one in IDS]
    assert following(read(reviews(stored=appended), score=5)) == []


@pytest.mark.parametrize(
    ("page", "limit", "goes_on"), [(1, 100, True), (2, 100, False), (0, 1, False)]
)
def test_the_walk_ends_at_the_last_page(page, limit, goes_on):
    assert bool(following(read(reviews(max_pages=limit), page=page))) is goes_on


def test_a_page_count_that_is_none_does_not_end_the_walk():
    for odd in (None, "x", [], -1, True):
        body = json.dumps(json.loads(REVIEWS.decode("gb18030")) | {"maxPage": odd})
        assert following(read(reviews(), body))


def test_an_empty_list_is_the_end():
    one = reviews()
    assert read(one, '{"maxPage":0,"comments":[]}') == []
    assert one.nothing_new
    assert read(reviews(), '{"maxPage":9,"comments":[]}', page=4) == []


def test_since_ends_the_walk_but_not_among_follow_ups():
    one = reviews()
    one.job = replace(one.job, since=NOW)
    assert following(read(one)) == []
    assert following(read(one, score=5))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"maxPage":9,"comments":[]}', BlockReason.SHAPE),
        ('{"maxPage":1}', BlockReason.SHAPE),
        ('{"maxPage":1,"comments":null}', BlockReason.SHAPE),
        ('{"maxPage":1,"comments":{}}', BlockReason.SHAPE),
        ("[]", BlockReason.SHAPE),
        ("", BlockReason.EMPTY_BODY),
        ("  \n", BlockReason.EMPTY_BODY),
        ("系统繁忙，请稍后再试", BlockReason.RATE),
        ('{"code":"1","echo":"系统繁忙"}', BlockReason.RATE),
        ('{"error":"pdos_captcha"}', BlockReason.CAPTCHA),
        ('{"code":"3","url":"https://passport.jd.com/new/login.aspx"}', BlockReason.LOGIN),
        ('<script>location.href="https://passport.jd.com/x"</script>', BlockReason.LOGIN),
        ("<html><head><title>京东验证</title></head></html>", BlockReason.CAPTCHA),
        ("<html><title>欢迎登录</title></html>", BlockReason.LOGIN),
        ("<html><body>hello</body></html>", BlockReason.NOT_JSON),
        ("[" * 5000, BlockReason.NOT_JSON),
        (REVIEWS[:300], BlockReason.NOT_JSON),
    ],
)
def test_refusals_block_the_run(body, reason):
    one = reviews()
    with pytest.raises(CloseSpider):
        read(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize("status", [200, 403, 601])
def test_the_header_of_jds_verification_is_a_captcha(status):
    answer = response(REVIEWS, status=status, Content_Type=GBK, X_Rp_Content="eyJjb2RlIjo2MDF9")
    assert reviews().refusal(answer)[0] is BlockReason.CAPTCHA


def test_a_refusal_without_a_body_is_forbidden():
    assert reviews().refusal(response("", status=403))[0] is BlockReason.FORBIDDEN


def test_a_bad_row_is_refused_and_the_rest_goes_on():
    data = json.loads(REVIEWS.decode("gb18030"))
    data["comments"][0] = {"content": "没有编号"}
    data["comments"].insert(0, "x")
    first, second, third, *_ = read(reviews(), json.dumps(data))
    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert third["native_id"] == "19000000002"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"skus": []}, "skus"),
        ({"skus": ["abc"]}, "skus：“abc”"),
        ({"scores": [6]}, "scores：没有“6”；可用 0 全部"),
        ({"scores": [[]]}, "scores"),
        ({"scores": "差评"}, "scores"),
        ({"max_pages": 0}, "max_pages"),
        ({"max_pages": "9"}, "max_pages"),
    ],
)
def test_wrong_parameters_are_named(params, words):
    with pytest.raises(BadParams, match=words):
        reviews(**params)


def summaries(**options):
    return made(JdSummariesSpider, {"skus": SKUS} | options)


def summed(one, body=SUMMARIES, skus=SKUS):
    return outputs(one.parse(response(body, Content_Type=GBK), skus=skus))


def test_summaries_become_sums_with_rates():
    assert summed(summaries()) == [
        RatingSeen("shop", "100001", NOW, 23000, 22000, 600, 400, 0.97, 0.01, rounded=True),
        RatingSeen("shop", "100002", NOW, 42, 40, 1, 1, 0.95, 0.02, rounded=False),
    ]


def test_summaries_are_asked_for_many_at_once():
    asked = [one.url for one in outputs(summaries(skus=list(range(1, 61))).start())]
    assert len(asked) == 2
    assert asked[1].endswith(
        "productCommentSummaries.action?referenceIds=51,52,53,54,55,56,57,58,59,60"
    )


def test_a_product_that_is_left_out_is_refused():
    *_, missing = summed(summaries(), skus=[*SKUS, "100003"])
    assert missing == Refused({"sku": "100003"}, "京东没有给出这个商品的评价汇总")


def test_sums_that_are_only_text_are_read():
    row = {
        "SkuId": "100001",
        "CommentCountStr": "2.3万+",
        "GoodCountStr": "2万+",
        "GoodRate": 7,
        "PoorRate": None,
    }
    seen, _ = summed(summaries(), json.dumps({"CommentsCount": [row]}))
    assert (seen.total, seen.good, seen.good_rate, seen.rounded) == (23000, 20000, None, True)


@pytest.mark.parametrize("body", ['{"CommentsCount":null}', "{}", "[]", '{"CommentsCount":{}}'])
def test_summaries_of_another_shape_block(body):
    one = summaries()
    with pytest.raises(CloseSpider):
        summed(one, body)
    assert one.blocked.reason is BlockReason.SHAPE


def test_no_broken_answer_breaks_the_spiders():
    for body in broken_json(REVIEWS, "gb18030"):
        survives(lambda body=body: read(reviews(), body))
    for body in broken_json(SUMMARIES, "gb18030"):
        survives(lambda body=body: summed(summaries(), body))
