"""What the harness of broken answers feeds to the spider of rule pages."""

from typing import Any

from crawlers.spiders.rule_pages import RulePagesSpider
from tests.crawlers.samples import PAGES

URL = "https://rule.example/rule/ruleDetail.action?ruleId=1000000000000000007"
PARAMS: dict[str, Any] = {
    "pages": [{"url": URL}],
    "list": "https://rule.example/rule/ruleList.action",
    "link": "a.rule::attr(href)",
    "date": ".date::text",
    "ignore": ["浏览 [0-9,]+ 次"],
    "shell": "正在加载，请开启 JavaScript",
}
PLACE = {"address": URL, "title": ""}
_HTML = "text/html; charset=utf-8"

CASES = [
    (
        RulePagesSpider,
        PARAMS,
        [
            ("parse", {}, PAGES / "rules/list.html", _HTML),
            ("parse_page", PLACE, PAGES / "rules/rule.html", _HTML),
        ],
    )
]
