"""Feeds as their makers really write them: entities, encodings, control characters, dates."""

from datetime import UTC, datetime

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.drafts import clean
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams, Job
from crawlers.spiders.feed import FeedSpider
from tests.crawlers.samples import NOW, outputs, response, spider

URL = "https://www.example/list"
ITEM = "<item><title>{title}</title><link>https://x.example/1</link>{more}</item>"


def rss(title="某牌漏水", more="", head='<?xml version="1.0" encoding="UTF-8"?>'):
    item = ITEM.format(title=title, more=more)
    return f'{head}<rss version="2.0"><channel><title>t</title>{item}</channel></rss>'


def one(body, kind="application/xml", of=None):
    (record,) = outputs(
        (of or spider(FeedSpider)).parse(response(body, Content_Type=kind), feed=URL)
    )
    return record


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("某牌&nbsp;漏水&hellip;", "某牌 漏水…"),
        ("某牌&amp;amp;客服", "某牌&客服"),
        ("某牌 & 客服 <3", "某牌 & 客服 <3"),
        ("某牌\x00漏\x08水\x1f", "某牌漏水"),
        ("某牌&#0;漏水&#11;", "某牌漏水"),
        ("某牌漏水&#x1F525;", "某牌漏水🔥"),
        ("<![CDATA[<b>某牌</b>漏水]]>", "某牌漏水"),
    ],
)
def test_entities_and_control_characters_are_read_leniently(title, text):
    assert (
        clean(one(rss(title, "<pubDate>Mon, 15 Jan 2024 04:30:00 GMT</pubDate>")), now=NOW).text
        == text
    )


@pytest.mark.parametrize(
    ("encoding", "declared", "kind"),
    [
        ("gb18030", "GB2312", "application/xml"),
        ("gbk", "gbk", "text/xml; charset=gbk"),
        ("gb18030", "UTF-8", "application/xml; charset=utf-8"),
        ("utf-8", "gb2312", "application/xml; charset=utf-8"),
        ("utf-8-sig", "UTF-8", "application/xml"),
        ("utf-16", "UTF-16", "application/xml"),
        ("utf-8", "no-such-charset", "application/xml; charset=nonsense"),
    ],
)
def test_encodings_that_are_declared_wrongly_are_found_out(encoding, declared, kind):
    head = f'<?xml version="1.0" encoding="{declared}"?>'
    body = rss("某牌水壶漏水，客服不理", head=head).encode(encoding)
    assert one(body, kind)["extra"]["title"] == "某牌水壶漏水，客服不理"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 15 Jan 2024 04:30:00 GMT", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("Mon, 15 Jan 2024 12:30:00 +0800", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("2024-01-15 12:30:00", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("2024-01-15T04:30:00.000Z", datetime(2024, 1, 15, 4, 30, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Fri, 15 Jan 2999 00:00:00 GMT", None),
        ("Invalid Date", None),
        ("99999999999999999999", None),
        ("", None),
    ],
)
def test_a_date_that_cannot_be_true_is_the_time_of_the_first_sight(date, expected):
    record = one(rss(more=f"<pubDate>{date}</pubDate>"))
    assert (record["published_at"], record["published_estimated"]) == (expected, expected is None)
    draft = clean(record, now=NOW)
    assert draft.published_at == (expected or NOW)


def test_the_next_date_serves_where_the_first_is_wrong():
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>某牌</title>'
        "<published>0001-01-01T00:00:00Z</published><updated>2024-01-15T04:30:00Z</updated>"
        "</entry></feed>"
    )
    assert one(atom)["published_at"] == datetime(2024, 1, 15, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize("items", ["null", '"x"', "{}", "3"])
def test_json_items_that_are_no_list_block(items):
    feed = spider(FeedSpider)
    body = response(f'{{"version":"1.1","items":{items}}}', Content_Type="application/json")
    with pytest.raises(CloseSpider):
        outputs(feed.parse(body, feed=URL))
    assert feed.blocked.reason is BlockReason.SHAPE


def test_several_feeds_keep_their_validators_apart():
    feed = spider(FeedSpider, url=["https://a.example/", "https://b.example/"])
    first, second = outputs(feed.start())
    outputs(feed.parse(response(rss(), Content_Type="text/xml", ETag='"a"'), **first.cb_kwargs))
    assert feed.checkpoint == {"https://a.example/": {"etag": '"a"'}}
    assert second.cb_kwargs == {"feed": "https://b.example/"}


def test_with_since_the_whole_feed_is_asked_for():
    checkpoint = {URL: {"etag": '"a"'}}
    job = Job("s", "news", {"url": URL}, checkpoint, since=NOW)
    (asked,) = outputs(FeedSpider(job=job, clock=lambda: NOW, lookup=lambda *_: set()).start())
    assert "If-None-Match" not in asked.headers


def test_a_feed_can_be_replayed():
    feed = spider(FeedSpider, replay="http://127.0.0.1:1")
    (asked,) = outputs(feed.start())
    assert asked.url == "http://127.0.0.1:1/www.example/list"


@pytest.mark.parametrize("url", [5.5, [], [""], {"a": 1}])
def test_a_url_that_is_none_is_named(url):
    with pytest.raises(BadParams, match="url"):
        spider(FeedSpider, url=url)
