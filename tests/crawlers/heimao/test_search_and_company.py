"""黑猫投诉: keyword search and the numbers of companies; parameters."""

import pytest

from crawlers.drafts import Refused, clean
from crawlers.spiders.base import BadParams
from crawlers.spiders.heimao.company import HeimaoCompanySpider
from crawlers.spiders.heimao.feed import HeimaoSpider
from crawlers.spiders.heimao.search import HeimaoSearchSpider
from tests.crawlers.heimao.answers import (
    COMPANY,
    END,
    FEED,
    JSON,
    followed,
    pages,
    search,
    search_page,
)
from tests.crawlers.samples import NOW, outputs, response, spider


def test_search_sends_the_cookie_and_follows_all_that_is_new():
    one = search(stored=["17300000060"])
    (asked,) = outputs(one.start())
    assert "keywords=%E6%9F%90%E7%89%8C" in asked.url
    assert asked.headers["Cookie"] == b"SUB=x"
    found = search_page(one, FEED)
    assert followed(found) == ["17300000061", "17300000059"]
    assert found[0].headers["Cookie"] == b"SUB=x"
    assert pages(found) == [2]


def test_search_stops_at_a_page_that_is_all_known_and_at_the_end():
    known = ["17300000061", "17300000060", "17300000059"]
    assert search_page(search(stored=known), FEED) == []
    walking = search(stored=known, checkpoint={"unfinished": True})
    assert pages(search_page(walking, FEED)) == [2]
    one = search()
    assert search_page(one, END, page=3) == []
    assert one.nothing_new


def test_search_that_answers_every_page_alike_is_not_walked_for_ever():
    one = search()
    walked = [pages(search_page(one, FEED, page=page)) for page in range(1, 8)]
    assert walked[0] == [2]
    assert walked[-1] == []


def test_company_numbers_become_one_article_a_day():
    one = spider(HeimaoCompanySpider, companies="某牌")
    (asked,) = outputs(one.start())
    assert "/api/company/main_search?keyword=%E6%9F%90%E7%89%8C" in asked.url
    first, second = outputs(one.parse(response(COMPANY, Content_Type=JSON), company="某牌"))
    assert first == {
        "platform": "shop",
        "kind": "article",
        "native_id": "7700001:2024-01-20",
        "text": "某牌：近 30 天有效投诉 12，累计有效 1210，已回复 200，已完成 180",
        "url": "//tousu.sina.com.cn/company/view/?couid=7700001&sid=11",
        "published_at": NOW,
        "extra": {
            "title": "某牌",
            "company": "某牌",
            "couid": "7700001",
            "numbers": {
                "valid30d": 12,
                "valid_amt": 1210,
                "replied_amt": 200,
                "completed_amt": 180,
            },
        },
    }
    assert second["text"] == "某牌旗舰店：近 30 天有效投诉 0，累计有效 3，已完成 1"
    assert clean(first, now=NOW).url == "https:" + first["url"]


def test_a_company_that_is_not_there_is_refused_by_name():
    one = spider(HeimaoCompanySpider, companies=["无此牌"])
    (refusal,) = outputs(one.parse(response(COMPANY, Content_Type=JSON), company="无此牌"))
    assert refusal.reason == "黑猫上没有名称含“无此牌”的企业"


def test_company_rows_that_cannot_be_read_are_refused():
    body = COMPANY.replace('"7700001"', '"a b"').replace('"某牌旗舰店"', "null")
    one = spider(HeimaoCompanySpider, companies=["某牌"])
    found = outputs(one.parse(response(body, Content_Type=JSON), company="某牌"))
    assert [type(one) for one in found] == [Refused]


@pytest.mark.parametrize(
    ("of", "params", "words"),
    [
        (HeimaoSpider, {}, "keywords"),
        (HeimaoSpider, {"keywords": [["某牌"]]}, "keywords"),
        (HeimaoSpider, {"keywords": ["某牌"], "max_pages": 51}, "max_pages"),
        (HeimaoSearchSpider, {"keywords": ["某牌"]}, "cookie"),
        (HeimaoSearchSpider, {"keywords": [""], "cookie": "x"}, "keywords"),
        (HeimaoCompanySpider, {"companies": [{}]}, "companies"),
    ],
)
def test_wrong_parameters_are_named(of, params, words):
    with pytest.raises(BadParams, match=words):
        spider(of, **params)
