"""Complaints, media and rules: the parts that are HTML or a feed."""

import re
from email.utils import parsedate_to_datetime

import feedparser
import pytest
from starlette.testclient import TestClient

from tests.demo.conftest import Clock


def complaint_links(site: TestClient, page: int) -> list[str]:
    return re.findall(r'href="(/tousu/view/\d+)"', site.get("/tousu/", params={"page": page}).text)


def test_complaints_are_ten_a_page_and_end(told: TestClient) -> None:
    first, second = complaint_links(told, 1), complaint_links(told, 2)
    assert len(first) == 10
    assert second
    assert not set(first) & set(second)
    assert "暂无投诉" not in told.get("/tousu/").text
    past = told.get("/tousu/", params={"page": 99}).text
    assert "暂无投诉" in past
    assert 'class="next"' not in past


def test_a_complaint_has_the_items_of_the_platform(told: TestClient) -> None:
    html = told.get(complaint_links(told, 1)[0]).text
    assert '<div class="ts-d-question' in html
    assert html.count("<h1") == 1
    assert re.search(r'<span class="u-date">发布于 \d{4}年\d\d月\d\d日 \d\d:\d\d:\d\d</span>', html)
    labels = re.findall(r"<label>(.*?)：</label>", html)
    assert labels == ["投诉编号", "投诉对象", "投诉问题", "投诉要求", "涉诉金额", "投诉进度"]
    assert "</li>" not in html
    assert '<span class="u-status">发起投诉</span>' in html


def test_a_complaint_shows_the_reply_only_once_it_is_written(
    site: TestClient, clock: Clock
) -> None:
    clock.at(3600)
    answered = '<span class="u-status">回复</span>'
    pages = {link: site.get(link).text for n in (1, 2, 3) for link in complaint_links(site, n)}
    assert sum(answered in html for html in pages.values()) >= 5


@pytest.mark.parametrize("path", ["/tousu/view/1", "/tousu/view/17300000999", "/tousu/view/x"])
def test_an_unknown_complaint_says_so(told: TestClient, path: str) -> None:
    answer = told.get(path)
    assert answer.status_code == 404
    assert "页面不存在" in answer.text


def test_the_feed_is_read_by_a_feed_reader(told: TestClient) -> None:
    parsed = feedparser.parse(told.get("/feed.xml").content)
    assert not parsed.bozo
    assert parsed.version == "rss20"
    assert "演示" in parsed.feed.title
    assert len(parsed.entries) >= 18
    for entry in parsed.entries:
        assert entry.title
        assert entry.link == entry.id
        assert entry.author
        assert entry.published_parsed
        assert told.get(entry.link).status_code == 200
    dates = [entry.published_parsed for entry in parsed.entries]
    assert dates == sorted(dates, reverse=True)


@pytest.mark.parametrize("tag", ["{}", "W/{}", '"other", {}', "*"])
def test_the_feed_answers_304_to_a_known_tag(told: TestClient, tag: str) -> None:
    etag = told.get("/feed.xml").headers["ETag"]
    answer = told.get("/feed.xml", headers={"If-None-Match": tag.format(etag)})
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["ETag"] == etag


def test_the_feed_answers_304_to_its_date_and_200_when_it_has_grown(
    site: TestClient, clock: Clock
) -> None:
    clock.at(30)
    changed = site.get("/feed.xml").headers["Last-Modified"]
    assert parsedate_to_datetime(changed) <= clock.now
    asked = {"If-Modified-Since": changed}
    assert site.get("/feed.xml", headers=asked).status_code == 304
    clock.at(120)
    assert site.get("/feed.xml", headers=asked).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"If-None-Match": '"other"'}, {"If-Modified-Since": "not a date"}]
)
def test_the_feed_is_whole_for_any_other_question(
    told: TestClient, headers: dict[str, str]
) -> None:
    assert told.get("/feed.xml", headers=headers).status_code == 200


def test_the_tag_goes_before_the_date(told: TestClient) -> None:
    known = told.get("/feed.xml").headers
    asked = {"If-None-Match": '"other"', "If-Modified-Since": known["Last-Modified"]}
    assert told.get("/feed.xml", headers=asked).status_code == 200


def test_each_rule_has_a_page_with_its_text_and_dates(told: TestClient) -> None:
    links = re.findall(r'href="(/rules/\d+)"', told.get("/rules/").text)
    assert len(links) == 10
    for link in links:
        html = told.get(link).text
        assert '<div class="rule-text"><p>' in html
        assert re.search(r'发布时间：<time class="rule-date" datetime="[^"]+\+00:00">', html)
        assert re.search(r"生效日期：\d{4}-\d\d-\d\d", html)


@pytest.mark.parametrize("path", ["/rules/999", "/news/999", "/nowhere", "/products/x"])
def test_an_address_that_leads_nowhere_is_a_404_page(told: TestClient, path: str) -> None:
    answer = told.get(path)
    assert answer.status_code == 404
    assert "演示" in answer.text


@pytest.mark.parametrize(
    "path",
    ["/", "/shop/", "/products/", "/products/100002", "/weibo/", "/tousu/", "/news/", "/rules/"],
)
def test_every_page_says_that_it_is_a_demo_and_links_nowhere_dead(
    told: TestClient, path: str
) -> None:
    answer = told.get(path)
    assert answer.status_code == 200
    assert "演示站" in answer.text
    assert answer.headers["X-Fenghuo-Demo"]
    for link in set(re.findall(r'href="(/[^"]*)"', answer.text)):
        assert told.get(link.replace("&amp;", "&")).status_code == 200, link


@pytest.mark.parametrize(
    "path", ["/shop/api/comments", "/weibo/api/search", "/feed.xml", "/inbox.json", "/nowhere"]
)
def test_what_is_no_page_says_it_in_a_header(told: TestClient, path: str) -> None:
    assert "demo" in told.get(path).headers["X-Fenghuo-Demo"]


def test_robots_may_read_everything(told: TestClient) -> None:
    text = told.get("/robots.txt").text
    assert "Allow: /" in text
    assert "Disallow" not in text
