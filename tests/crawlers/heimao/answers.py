"""Answers of 黑猫投诉, and spiders that read them, for its tests."""

import json
from datetime import timedelta

from crawlers.spiders.heimao.feed import HeimaoSpider
from crawlers.spiders.heimao.search import HeimaoSearchSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response, spider

FEED = (PAGES / "heimao/feed.json").read_text(encoding="utf-8")
PAGE = (PAGES / "heimao/complaint.html").read_text(encoding="utf-8")
COMPANY = (PAGES / "heimao/company.json").read_text(encoding="utf-8")
END = (PAGES / "heimao/last.json").read_text(encoding="utf-8")
LOGIN = (PAGES / "heimao/login.json").read_text(encoding="utf-8")
JSON = "application/json"
URL = "https://tousu.sina.com.cn/complaint/view/17300000061/?sld=ab12"
OLDEST, NEWEST = "2024-01-20T04:00:00+00:00", "2024-01-20T04:20:00+00:00"

SUMMARY = {
    "platform": "shop",
    "kind": "complaint",
    "native_id": "17300000061",
    "text": "某牌吸尘器三天就坏\n客服拒绝退款&hellip;\n"
    "对象：某牌旗舰店；问题：质量问题；要求：退款",
    "url": URL,
    "author": "匿名",
    "author_id": "3001",
    "likes": 8,
    "comments": 2,
    "reposts": 1,
    "published_at": "1705724400",
    "extra": {
        "title": "某牌吸尘器三天就坏",
        "status": "处理中",
        "issue": "质量问题",
        "appeal": "退款",
        "cost": "1999",
        "company": "某牌旗舰店",
        "couid": "7700001",
        "evaluation": {
            "attitude": "1",
            "process": "1",
            "satisfaction": "2",
            "evalContent": "太慢",
        },
    },
}


def feed(**options):
    return spider(HeimaoSpider, **{"keywords": ["某牌"]} | options)


def search(**options):
    return spider(HeimaoSearchSpider, **{"keywords": ["某牌"], "cookie": "SUB=x"} | options)


def page_of(of, body, page=1):
    return outputs(of.parse(response(body, Content_Type=JSON), page=page))


def search_page(of, body, page=1):
    found = of.parse(response(body, Content_Type=JSON), keyword="某牌", page=page)
    return outputs(found)


def followed(found):
    """Return the numbers of the complaints whose pages are asked for."""
    return [one.cb_kwargs["record"]["native_id"] for one in found if "record" in one.cb_kwargs]


def pages(found):
    return [one.cb_kwargs["page"] for one in found if "page" in one.cb_kwargs]


def rows(*times, first=90000001):
    """Return a page of the feed with complaints of these times, in this order."""
    lists = [
        {"main": {"sn": str(first + n), "title": "别家", "timestamp": time}}
        for n, time in enumerate(times)
    ]
    return json.dumps({"result": {"status": {"code": 0}, "data": {"lists": lists}}})


def ago(**span):
    return int((NOW - timedelta(**span)).timestamp())
