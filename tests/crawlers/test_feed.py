from datetime import UTC, datetime

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.models import BlockReason
from crawlers.native_ids import hashed, in_link, of_entry
from crawlers.spiders.base import BadParams
from crawlers.spiders.feed import FeedSpider
from tests.crawlers.samples import PAGES, outputs, response, spider

URL = "https://www.example/list"


def read(body, of=None, **headers):
    headers.setdefault("Content_Type", "application/xml; charset=utf-8")
    return outputs((of or spider(FeedSpider)).parse(response(body, **headers), feed=URL))


def test_rss_becomes_articles():
    first, second, third = read((PAGES / "feed.rss").read_bytes())
    assert first == {
        "platform": "shop",
        "kind": "article",
        "native_id": "4990000000000009",
        "text": "某牌水壶被曝漏水\n多位用户反映漏水。",
        "url": "https://m.weibo.cn/status/4990000000000009",
        "author": "某报",
        "published_at": datetime(2024, 1, 15, 4, 30, tzinfo=UTC),
        "published_estimated": False,
        "extra": {"title": "某牌水壶被曝漏水", "tags": ["家电"]},
    }
    assert (second["native_id"], second["published_estimated"], second["text"]) == (
        "tag:b-2",
        True,
        "没有日期的一条\n正文&细节",
    )
    assert third["native_id"] == hashed("https://www.example/b/3")
    assert third["published_at"] is None


def test_atom_becomes_articles():
    (entry,) = read((PAGES / "feed.atom").read_bytes())
    assert (entry["native_id"], entry["text"], entry["author"]) == (
        "urn:uuid:1",
        "评测 K3\n值得买",
        "评测君",
    )
    assert entry["published_at"] == datetime(2024, 1, 15, 4, 30, tzinfo=UTC)


def test_json_feed_becomes_articles_of_the_kind_that_the_source_names():
    good, bad = read((PAGES / "feed.json").read_bytes(), spider(FeedSpider, kind="social"))
    assert (good["kind"], good["native_id"], good["author"]) == ("social", "BV1xx411c7mD", "UP主")
    assert bad["native_id"] == ""  # which the cleaning rejects


def test_feed_in_gbk_and_with_control_characters_is_read():
    text = (
        (PAGES / "feed.rss")
        .read_text(encoding="utf-8")
        .replace("UTF-8", "GBK")
        .replace("细节", "细\x0b节")
    )
    records = read(text.encode("gbk"), Content_Type="application/xml")
    assert records[0]["extra"]["title"] == "某牌水壶被曝漏水"
    assert len(records) == 3


def test_unchanged_feed_is_a_success_without_posts():
    one = spider(FeedSpider)
    assert outputs(one.parse(response("", status=304), feed=URL)) == []
    assert one.nothing_new


def test_validators_are_kept_and_sent_back():
    one = spider(FeedSpider)
    read(
        (PAGES / "feed.rss").read_bytes(),
        one,
        ETag='"abc"',
        Last_Modified="Mon, 15 Jan 2024 04:30:00 GMT",
    )
    assert one.checkpoint[URL] == {"etag": '"abc"', "modified": "Mon, 15 Jan 2024 04:30:00 GMT"}
    (asked,) = outputs(spider(FeedSpider, checkpoint=one.checkpoint).start())
    assert asked.headers["If-None-Match"] == b'"abc"'
    (asked,) = outputs(spider(FeedSpider, checkpoint=one.checkpoint | {"unfinished": True}).start())
    assert "If-None-Match" not in asked.headers


def test_empty_feed_is_nothing_new():
    one = spider(FeedSpider)
    assert read('<rss version="2.0"><channel><title>x</title></channel></rss>', one) == []
    assert one.nothing_new


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><title>Looks like something went wrong</title></html>", BlockReason.SHAPE),
        ("<html><title>请先登录</title></html>", BlockReason.LOGIN),
        ("/etc/passwd", BlockReason.SHAPE),
        ("http://127.0.0.1:1/feed", BlockReason.SHAPE),
        ('{"version":"x"}', BlockReason.SHAPE),
        ("{broken", BlockReason.SHAPE),
    ],
)
def test_what_is_no_feed_blocks_the_run(body, reason):
    one = spider(FeedSpider)
    with pytest.raises(CloseSpider):
        read(body, one, Content_Type="text/html")
    assert one.blocked.reason is reason


def test_an_unknown_kind_is_named():
    with pytest.raises(BadParams, match="tweet"):
        spider(FeedSpider, kind="tweet")


@pytest.mark.parametrize(
    ("link", "native_id"),
    [
        ("https://m.weibo.cn/detail/4990000000000001", "4990000000000001"),
        ("https://weibo.com/100200300/NvAbCd123", "4975272723102235"),
        ("https://www.zhihu.com/question/1/answer/22", "22"),
        ("https://tieba.baidu.com/p/77?pn=1", "77"),
        ("https://www.xiaohongshu.com/explore/65a1", "65a1"),
        ("https://www.example/a/1", ""),
    ],
)
def test_native_id_is_the_platforms_own_where_the_link_has_it(link, native_id):
    assert in_link(link) == native_id


def test_entry_identity_falls_back_to_guid_then_link():
    assert of_entry("https://www.example/a", "guid-1") == "guid-1"
    assert of_entry("https://www.example/a", "with space") == hashed("with space")
    assert of_entry("https://www.example/a", "") == hashed("https://www.example/a")
    assert of_entry("", "") == ""
