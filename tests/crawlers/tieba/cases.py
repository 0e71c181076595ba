"""What the fuzz harness breaks: each layout of the search."""

from crawlers.spiders.tieba import TiebaSearchSpider
from tests.crawlers.samples import PAGES

_HTML = "text/html; charset=utf-8"
_PAGE = {"keyword": "某牌", "page": 1}

CASES = [
    (TiebaSearchSpider, {"keywords": ["某牌"]}, [("parse", _PAGE, PAGES / "tieba" / name, _HTML)])
    for name in ("classic.html", "cards.html")
]
