"""Saved pages to exact records; what is missing, empty, or in another encoding."""

import json

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.sandbox_rules import SandboxRulesSpider
from crawlers.spiders.sandbox_shop import SandboxShopSpider
from crawlers.spiders.sandbox_tousu import SandboxTousuSpider
from crawlers.spiders.sandbox_weibo import SandboxWeiboSpider
from crawlers.spiders.walks import REPEATS
from tests.crawlers.samples import PAGES, outputs, response, spider

SHOP = (PAGES / "shop.json").read_text(encoding="utf-8")
WEIBO = (PAGES / "weibo.json").read_text(encoding="utf-8")
JSON = "application/json"
ALL_SHOP = {"19000000001", "19000000002"}


def shop(**options):
    return spider(SandboxShopSpider, products=["100001"], **options)


def shop_page(of, body, page=0):
    return outputs(of.parse(response(body, Content_Type=JSON), product="100001", page=page))


def test_shop_page_becomes_reviews_and_a_follow_up():
    *records, following = shop_page(shop(), SHOP)
    common = {
        "platform": "shop",
        "product_id": "100001",
        "url": "https://www.example/products/100001",
    }
    assert records == [
        common
        | {
            "kind": "review",
            "native_id": "19000000001",
            "text": "用了三天就断电&hellip;<br/>客服不理人",
            "author": "张***三",
            "rating": 1,
            "likes": 3,
            "comments": 1,
            "published_at": "2024-01-15 12:30:05",
            "extra": {
                "product": "某牌 水壶 K3",
                "color": "白色",
                "size": "标准版",
                "pictures": 1,
                "reply": "非常抱歉",
            },
        },
        common
        | {
            "kind": "comment",
            "native_id": "19000000001:append",
            "text": "还是坏了",
            "author": "张***三",
            "published_at": "2024-01-18 09:00:00",
            "extra": {"follow_up_of": "19000000001", "product": "某牌 水壶 K3"},
        },
        common
        | {
            "kind": "review",
            "native_id": "19000000002",
            "text": "很好用[赞]",
            "author": None,
            "rating": 5,
            "likes": None,
            "comments": None,
            "published_at": "2024-01-14 08:00:00",
            "extra": {},
        },
    ]
    assert "page=1" in following.url


def test_shop_stops_at_the_first_page_that_is_all_known():
    assert not any(isinstance(one, Request) for one in shop_page(shop(stored=ALL_SHOP), SHOP))


def test_shop_goes_on_while_a_page_holds_something_new():
    assert isinstance(shop_page(shop(stored=["19000000001"]), SHOP)[-1], Request)


def test_shop_walks_behind_known_posts_after_a_run_that_broke_off():
    broken_off = shop(stored=ALL_SHOP, checkpoint={"unfinished": True})
    assert isinstance(shop_page(broken_off, SHOP)[-1], Request)


def test_shop_that_answers_every_page_alike_is_not_walked_for_ever():
    one = shop()
    assert isinstance(shop_page(one, SHOP)[-1], Request)
    for _ in range(REPEATS):  # the list may have moved on under the run
        assert isinstance(shop_page(one, SHOP)[-1], Request)
    assert not any(isinstance(output, Request) for output in shop_page(one, SHOP))


def test_shop_stops_at_the_last_page():
    assert not any(isinstance(one, Request) for one in shop_page(shop(), SHOP, page=2))


def test_shop_without_comments_has_nothing_new():
    one = shop()
    assert shop_page(one, '{"maxPage":0,"comments":[]}') == []
    assert one.nothing_new


def test_shop_in_gbk_and_in_jsonp_reads_alike():
    expected = shop_page(shop(), SHOP)[:3]
    assert shop_page(shop(), SHOP.encode("gb18030"))[:3] == expected
    assert shop_page(shop(), f"/**/ fetchJSON_comment98 (\n{SHOP});")[:3] == expected


def test_shop_row_without_an_id_is_refused_and_the_rest_goes_on():
    data = json.loads(SHOP)
    del data["comments"][0]["id"]
    refused, record, *_ = shop_page(shop(), json.dumps(data))
    assert isinstance(refused, Refused)
    assert record["native_id"] == "19000000002"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"maxPage":1}', BlockReason.SHAPE),
        ("[]", BlockReason.SHAPE),
        ("<html><title>京东验证</title></html>", BlockReason.CAPTCHA),
        ("<html><title>欢迎登录</title></html>", BlockReason.LOGIN),
        ('<html><script>location="https://passport.jd.com/x"</script></html>', BlockReason.LOGIN),
        ("系统错误", BlockReason.NOT_JSON),
        ("[" * 5000, BlockReason.NOT_JSON),
    ],
)
def test_shop_answer_that_is_none_blocks_the_run(body, reason):
    one = shop()
    with pytest.raises(CloseSpider):
        shop_page(one, body)
    assert one.blocked.reason is reason


def weibo_page(of, body, page=1):
    return outputs(of.parse(response(body, Content_Type=JSON), keyword="某牌", page=page))


def test_weibo_page_becomes_posts():
    *records, following = weibo_page(spider(SandboxWeiboSpider, keywords=["某牌"]), WEIBO)
    assert records == [
        {
            "platform": "shop",
            "kind": "social",
            "native_id": "4990000000000001",
            "text": json.loads(WEIBO)["data"]["cards"][0]["card_group"][0]["mblog"]["text"],
            "url": "https://www.example/weibo/detail/4990000000000001",
            "author": "小明",
            "author_id": "100200300",
            "likes": "1万+",
            "comments": 12,
            "reposts": 3,
            "published_at": "Tue Jan 02 12:00:00 +0800 2024",
            "extra": {"region": "浙江", "followers": "2.3万", "verified_type": 3, "pictures": 1},
        },
        {
            "platform": "shop",
            "kind": "social",
            "native_id": "4990000000000002",
            "text": "某牌挺好",
            "url": "https://m.weibo.cn/detail/4990000000000002",
            "author": None,
            "author_id": "",
            "likes": None,
            "comments": None,
            "reposts": None,
            "published_at": "5分钟前",
            "extra": {},
        },
    ]
    assert "page=2" in following.url


def test_weibo_empty_marker_is_nothing_new():
    one = spider(SandboxWeiboSpider, keywords=["某牌"])
    assert weibo_page(one, '{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}') == []
    assert one.nothing_new


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"ok":-100,"url":"https://passport.weibo.com/"}', BlockReason.LOGIN),
        ('{"ok":0,"msg":"请求过于频繁"}', BlockReason.RATE),
        ('{"ok":0,"msg":"出错了"}', BlockReason.SHAPE),
        ('{"data":{}}', BlockReason.SHAPE),
        ('{"ok":1,"data":{}}', BlockReason.SHAPE),
    ],
)
def test_weibo_refusals_block_the_run(body, reason):
    one = spider(SandboxWeiboSpider, keywords=["某牌"])
    with pytest.raises(CloseSpider):
        weibo_page(one, body)
    assert one.blocked.reason is reason


def tousu_list(of, body, page=1):
    return outputs(of.parse(response(body), page=page))


def test_complaint_list_leads_to_the_new_ones_and_the_next_page():
    body = (PAGES / "tousu_list.html").read_bytes()
    found = tousu_list(spider(SandboxTousuSpider, stored=["17300000001"]), body)
    assert [one.url for one in found] == [
        "https://www.example/tousu/view/17300000002",
        "https://www.example/list?page=2",
    ]


def test_complaint_list_that_is_known_ends_the_run():
    body = (PAGES / "tousu_list.html").read_bytes()
    one = spider(SandboxTousuSpider, stored=["17300000001", "17300000002"])
    assert tousu_list(one, body) == []
    assert one.rows_seen == 2


def test_empty_complaint_list_is_nothing_new():
    one = spider(SandboxTousuSpider)
    assert tousu_list(one, "<p>暂无投诉</p>") == []
    assert one.nothing_new


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_complaint_page_becomes_a_complaint(encoding):
    text = (
        (PAGES / "tousu.html")
        .read_text(encoding="utf-8")
        .replace("utf-8", "gb2312" if encoding != "utf-8" else encoding)
    )
    page = response(
        text.encode(encoding),
        "https://www.example/tousu/view/17300000001",
        Content_Type="text/html",
    )
    assert outputs(spider(SandboxTousuSpider).parse_document(page, native_id="17300000001")) == [
        {
            "platform": "shop",
            "kind": "complaint",
            "native_id": "17300000001",
            "text": "某牌水壶三天就坏\n壶底漏水 & 客服不理\n"
            "对象：某牌旗舰店；问题：质量问题；要求：退款",
            "url": "https://www.example/tousu/view/17300000001",
            "author": "匿名",
            "published_at": "发布于 2024年01月15日 12:30:05",
            "extra": {
                "title": "某牌水壶三天就坏",
                "facts": {
                    "投诉编号": "17300000001",
                    "投诉对象": "某牌旗舰店",
                    "投诉问题": "质量问题",
                    "投诉要求": "退款",
                    "涉诉金额": "1999元",
                    "投诉进度": "处理中",
                },
                "replies": [
                    {"status": "回复", "at": "2024年01月16日 09:00:00", "text": "正在核实"}
                ],
            },
        }
    ]


def test_deleted_complaint_yields_nothing_but_a_changed_page_blocks():
    one = spider(SandboxTousuSpider)
    assert outputs(one.parse_document(response("<p>页面不存在</p>"), native_id="1")) == []
    with pytest.raises(CloseSpider):
        outputs(one.parse_document(response("<p>别的</p>"), native_id="1"))
    assert one.blocked.reason is BlockReason.SHAPE


def test_rule_page_becomes_an_article():
    one = spider(SandboxRulesSpider)
    detail, following = outputs(
        one.parse(response((PAGES / "rules_list.html").read_bytes()), page=1)
    )
    assert detail.url == "https://www.example/rules/7"
    assert "page=2" in following.url
    page = response((PAGES / "rule.html").read_bytes(), "https://www.example/rules/7")
    assert outputs(one.parse_document(page, native_id="7")) == [
        {
            "platform": "shop",
            "kind": "article",
            "native_id": "7",
            "text": "关于调整退货时效的公告\n发布时间：2024-01-10 09:00:00 · 生效日期：2024-02-01\n\n"
            "商家应在签收后四十八小时内完成退款。",
            "url": "https://www.example/rules/7",
            "published_at": "2024-01-10 09:00:00",
            "published_estimated": False,
            "extra": {"title": "关于调整退货时效的公告", "in_force": "2024-02-01"},
        }
    ]


def test_rule_page_without_its_text_blocks():
    with pytest.raises(CloseSpider):
        outputs(
            spider(SandboxRulesSpider).parse_document(
                response("<h1>规则</h1><main>加载中</main>"), native_id="1"
            )
        )


def test_a_picture_in_place_of_a_page_blocks():
    picture = Response("https://www.example/list", body=b"\x89PNG")
    with pytest.raises(CloseSpider):
        outputs(spider(SandboxRulesSpider).parse(picture, page=1))


def test_a_missing_parameter_is_named():
    with pytest.raises(BadParams, match="products"):
        spider(SandboxShopSpider)
