"""What the fuzz harness breaks: each callback with its sample."""

from crawlers.spiders.heimao.company import HeimaoCompanySpider
from crawlers.spiders.heimao.feed import HeimaoSpider
from crawlers.spiders.heimao.search import HeimaoSearchSpider
from tests.crawlers.samples import PAGES

_JSON, _HTML = "application/json", "text/html; charset=utf-8"
_FEED = PAGES / "heimao/feed.json"
_PAGE = PAGES / "heimao/complaint.html"
_RECORD = {
    "native_id": "17300000061",
    "kind": "complaint",
    "platform": "heimao",
    "text": "某牌吸尘器三天就坏",
    "url": "https://tousu.sina.com.cn/complaint/view/17300000061/?sld=ab12",
    "author": "",
    "published_at": "1705724400",
    "extra": {"title": "某牌吸尘器三天就坏"},
}
_KEYWORDS = {"keywords": ["某牌"]}
_SEARCH = _KEYWORDS | {"cookie": "SUB=x"}

CASES = [
    (HeimaoSpider, _KEYWORDS, [("parse", {"page": 1}, _FEED, _JSON)]),
    (HeimaoSpider, _KEYWORDS, [("parse_detail", {"record": _RECORD}, _PAGE, _HTML)]),
    (HeimaoSearchSpider, _SEARCH, [("parse", {"keyword": "某牌", "page": 1}, _FEED, _JSON)]),
    (
        HeimaoCompanySpider,
        {"companies": ["某牌"]},
        [("parse", {"company": "某牌"}, PAGES / "heimao/company.json", _JSON)],
    ),
]
