"""The page of sources: how each is, why and since when, and what an operator can do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts import source_watch
from alerts.models import Incident
from catalog.models import Person
from crawlers.models import CrawlRun, Source
from tests.alerts.factories import NOW, make_subject
from tests.console.reading import html, text

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def make(slug: str = "weibo", **values: Any) -> Source:
    values = {
        "name": "微博搜索",
        "spider": "weibo_search",
        "platform": "weibo",
        "last_ok_at": NOW - 5 * MINUTE,
        "next_run_at": NOW + 5 * MINUTE,
    } | values
    return Source.objects.create(slug=slug, **values)


def run_of(source: Source, ago: timedelta, outcome: str = "ok", **values: Any) -> CrawlRun:
    end = NOW - ago + timedelta(seconds=40)
    return CrawlRun.objects.create(
        source=source, started_at=NOW - ago, finished_at=end, outcome=outcome, **values
    )


@pytest.fixture
def manager(client: Client, person: Callable[..., Person], at: Any) -> Client:
    client.force_login(person("boss", "管理"), backend=BACKEND)
    return client


def test_a_source_says_how_it_is_why_and_since_when(pages: Client) -> None:
    make(block_reason="login", trouble="接口要求登录", bad_since=NOW - 3 * HOUR)
    make("jd", name="京东评价", platform="jd", spider="jd_reviews")
    page = pages.get("/sources/")
    said = text(page)
    assert "1 受阻 1 正常" in said
    assert "需要登录：接口要求登录 ，11:02 起" in said
    assert said.index("微博搜索") < said.index("京东评价"), "trouble comes first"
    assert "微博 · 微博搜索（手机版） · weibo" in said
    assert "上次采到 5 分钟前 下次 14:07" in said


def test_the_last_runs_are_small_bars_that_tell_what_they_were(pages: Client) -> None:
    source = make()
    for number in range(25):
        run_of(source, (30 - number) * MINUTE, accepted=number)
    run_of(source, 3 * MINUTE, "blocked", block_reason="rate", detail="HTTP 429")
    run_of(source, 2 * MINUTE, accepted=4, pages=8, odd="只看到 2 条，往常 90 条")
    page = html(pages.get("/sources/"))
    assert page.count("<title>今天") == 20
    assert 'aria-label="最近 20 次采集"' in page
    assert "受阻，新增 0、重复 0、拒收 0，用时 40 秒，访问过快，HTTP 429" in page
    assert "完成，新增 4、重复 0、拒收 0，8 页，用时 40 秒，只看到 2 条，往常 90 条" in page
    assert page.count('rect data-state="down"') == 1
    assert page.count('rect data-state="slow"') == 1


def test_what_a_day_brought_is_summed(pages: Client) -> None:
    source = make()
    run_of(source, HOUR, accepted=1200, duplicates=30, rejected=2, refused={"kind 不对": 2})
    run_of(source, 2 * HOUR, accepted=4, rejected=1, refused={"kind 不对": 1})
    run_of(source, 25 * HOUR, accepted=500)
    assert "近 24 小时 新增 1,204 · 重复 30 · 拒收 3（kind 不对 3）" in text(pages.get("/sources/"))


def test_no_parameter_is_shown(pages: Client) -> None:
    make(params={"cookie": "{credential:weibo_cookie}", "keywords": ["朝禾"], "key": "ak-123"})
    page = html(pages.get("/sources/"))
    assert "credential:" not in page
    assert "ak-123" not in page


def test_what_a_site_said_is_escaped_and_masked(pages: Client) -> None:
    make(block_reason="shape", trouble="<script>x</script> 13812342046", bad_since=NOW)
    page = html(pages.get("/sources/"))
    assert "<script>x" not in page
    assert "13812342046" not in page


def test_a_new_house_says_what_to_do(pages: Client) -> None:
    assert "还没有信源" in text(pages.get("/sources/"))


def test_a_reader_has_no_buttons_and_may_change_nothing(pages: Client) -> None:
    make()
    assert "立即采集" not in text(pages.get("/sources/"))
    for action in ("run", "switch"):
        assert pages.post(f"/sources/weibo/{action}").status_code == 403
    assert Source.objects.get().enabled


def test_a_source_is_run_now(manager: Client) -> None:
    make()
    assert "立即采集" in text(manager.get("/sources/"))
    page = manager.post("/sources/weibo/run", follow=True)
    assert Source.objects.get().next_run_at == NOW
    assert "微博搜索 马上采集" in text(page)


def test_a_source_is_paused_and_enabled_again(manager: Client) -> None:
    make(next_run_at=NOW + 12 * HOUR)
    manager.post("/sources/weibo/switch", {"enabled": "0"})
    assert not Source.objects.get().enabled
    page = manager.get("/sources/")
    assert "已停用" in text(page)
    assert "启用" in text(page)
    assert "立即采集" not in text(page)
    manager.post("/sources/weibo/run")
    assert Source.objects.get().next_run_at == NOW + 12 * HOUR
    manager.post("/sources/weibo/switch", {"enabled": "1"})
    source = Source.objects.get()
    assert (source.enabled, source.next_run_at) == (True, NOW)


def test_a_running_source_cannot_be_started_twice(manager: Client) -> None:
    make(lease_until=NOW + MINUTE)
    page = manager.get("/sources/")
    assert "下次 正在采集" in text(page)
    assert "disabled" in html(page)


@pytest.mark.parametrize("action", ["run", "switch"])
def test_only_posts_change_a_source_and_only_one_that_is_there(
    manager: Client, action: str
) -> None:
    make()
    assert manager.get(f"/sources/weibo/{action}").status_code == 405
    assert manager.post(f"/sources/nobody/{action}").status_code == 404


def test_more_sources_cost_no_more_queries(
    pages: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            source = make(f"s{number}", subject=make_subject(f"x{number}", "对象"))
            run_of(source, HOUR, rejected=1, refused={"x": 1})

    add(0, 3)
    with django_assert_max_num_queries(12) as few:
        pages.get("/sources/")
    add(3, 40)
    with django_assert_num_queries(len(few)):
        pages.get("/sources/")


def test_the_index_says_over_http_what_it_lacks(api: Any, at: Any, db: None) -> None:
    subject = make_subject()
    make(block_reason="login", bad_since=NOW - 3 * HOUR)
    make("jd", platform="jd", subject=make_subject("other", "别家"), block_reason="captcha")
    told = api("GET", f"/subjects/{subject.slug}/index").json()
    assert told["gap"] == "不含 微博（需要登录，3 小时）"
    assert told["missing"] == [
        {
            "source": "weibo",
            "name": "微博搜索",
            "platform": "weibo",
            "state": "blocked",
            "reason": "需要登录",
            "since": "2026-11-21T03:02:00Z",
        }
    ]


def test_an_index_that_lacks_nothing_says_so(api: Any, at: Any, db: None) -> None:
    subject = make_subject()
    make()
    told = api("GET", f"/subjects/{subject.slug}/index").json()
    assert (told["gap"], told["missing"]) == ("", [])


def test_the_incident_of_a_source_has_a_page_without_posts(pages: Client) -> None:
    make(block_reason="login", bad_since=NOW - HOUR)
    source_watch.watch(now=NOW)
    page = pages.get(f"/incidents/{Incident.objects.get().pk}")
    said = text(page)
    assert "烽火 · 信源" in said
    assert "微博搜索 需要登录，13:02 起" in said
    assert 'href="/sources/"' in html(page)
    assert 'i-posts" aria' not in html(page)
    assert "指数" not in said.split("为什么预警")[1].split("经过")[0]
    assert "信源" in text(pages.get("/incidents?category=source"))
