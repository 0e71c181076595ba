"""The list of hot searches: words to articles, one a day."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.base import Job
from crawlers.spiders.weibo.hot import WeiboHotSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response

PAGE = (PAGES / "weibo/hot.json").read_text(encoding="utf-8")


def hot(now=NOW):
    job = Job("s", "weibo", {})
    return WeiboHotSpider(job=job, clock=lambda: now, lookup=lambda *_: set())


def words(body=PAGE, now=NOW):
    return outputs(hot(now).parse(response(body, Content_Type="application/json")))


def test_list_becomes_articles_without_what_was_paid_for():
    first, second, third = words()
    assert first == {
        "platform": "weibo",
        "kind": "article",
        "native_id": first["native_id"],
        "text": "某牌水壶漏水",
        "url": "https://s.weibo.com/weibo?q=%E6%9F%90%E7%89%8C%E6%B0%B4%E5%A3%B6%E6%BC%8F%E6%B0%B4",
        "published_at": datetime(2024, 1, 20, 3, 6, 40, tzinfo=UTC),
        "published_estimated": False,
        "extra": {"rank": 1, "heat": 1234567, "label": "热"},
    }
    assert (second["text"], second["extra"]) == (
        "某牌召回（十万台召回）",
        {"rank": 3, "heat": 345678},
    )
    assert (third["text"], third["extra"]) == ("#某牌道歉#", {"rank": 4})
    assert "%23" in third["url"]
    for record in (first, second, third):
        assert clean(record, now=NOW).native_id == record["native_id"]


def test_a_word_that_stood_there_the_day_before_is_told_of_today():
    second = words()[1]
    assert second["published_at"].astimezone(UTC) == datetime(2024, 1, 19, 16, tzinfo=UTC)
    assert second["published_estimated"]


def test_a_word_without_a_time_was_first_seen_now():
    third = words()[2]
    assert (third["published_at"], third["published_estimated"]) == (NOW, True)


def test_a_word_is_one_article_a_day_wherever_it_stands():
    data = json.loads(PAGE)
    data["data"]["realtime"].reverse()
    later = NOW + timedelta(hours=11)
    same = {one["text"]: one["native_id"] for one in words(json.dumps(data), later)}
    assert same == {one["text"]: one["native_id"] for one in words()}
    tomorrow = {one["native_id"] for one in words(now=NOW + timedelta(hours=12))}
    assert not tomorrow & set(same.values())
    assert len(set(same.values())) == 3


def test_the_list_is_asked_for_without_parameters():
    (request,) = outputs(hot().start())
    assert request.url == "https://weibo.com/ajax/side/hotSearch"


@pytest.mark.parametrize(
    "row", [None, [], "x", 3, {}, {"word": None}, {"word": [1]}, {"word": " "}]
)
def test_a_bad_row_is_refused_and_the_rest_goes_on(row):
    data = json.loads(PAGE)
    data["data"]["realtime"][0] = row
    refused, *rest = words(json.dumps(data))
    assert isinstance(refused, Refused)
    assert len(rest) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"ok":-100,"url":"https://passport.weibo.com/"}', BlockReason.LOGIN),
        ('{"ok":1,"data":{"realtime":[]}}', BlockReason.SHAPE),
        ('{"ok":1,"data":{"realtime":null}}', BlockReason.SHAPE),
        ('{"ok":1,"data":null}', BlockReason.SHAPE),
        ('{"ok":0}', BlockReason.SHAPE),
        ("[]", BlockReason.SHAPE),
        ("<title>Sina Visitor System</title>", BlockReason.LOGIN),
        ("", BlockReason.NOT_JSON),
    ],
)
def test_refusals_end_the_run(body, reason):
    one = hot()
    with pytest.raises(CloseSpider):
        outputs(one.parse(response(body, Content_Type="application/json")))
    assert one.blocked.reason is reason
