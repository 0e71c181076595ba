"""Tieba through the real child process, against a replay on loopback."""

import pytest

pytestmark = pytest.mark.slow
PATH = "/tieba.baidu.com/f/search/res?ie=utf-8&qw=x&rn=10&pn={}&sm=1"


@pytest.fixture
def tieba(site, world):
    site.page(PATH.format(1), "tieba/classic.html")
    site.page(PATH.format(2), "tieba/empty.html")
    world.source("tb", "tieba_search", {"replay": site.url, "keywords": ["x"]}, "tieba")
    return site


def test_threads_and_answers_are_stored(world, tieba):
    done = world.command("crawl", "tb")
    assert done.returncode == 0, done.stderr
    assert "新增 2，重复 0，拒收 1" in done.stdout
    assert (world.ids("social"), world.ids("comment")) == ({"8800000001"}, {"140000000009"})


@pytest.mark.parametrize(
    ("status", "headers"),
    [(200, {}), (302, {"Location": "https://wappass.baidu.com/static/captcha"})],
)
def test_the_check_ends_the_run(world, tieba, status, headers):
    tieba.html(PATH.format(1), "<title>百度安全验证</title>", status, **headers)
    assert world.command("crawl", "tb").returncode == 1
    assert world.rows("select outcome, block_reason from crawlers_crawlrun") == [
        ("blocked", "captcha")
    ]
