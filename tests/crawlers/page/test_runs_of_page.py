"""A described site, crawled by a real process against a replay."""

import pytest

from tests.crawlers.page.cases import FORUM, TOPIC

pytestmark = pytest.mark.slow


@pytest.fixture
def forum(site):
    site.page("/bbs.example/list?p=1", "page/forum.html")
    site.html("/bbs.example/list?p=2&s=new", "<p>没有了</p>")
    site.html("/bbs.example/list?p=2", "<p>没有了</p>")
    site.page("/bbs.example/t/9001", "page/topic.html")
    site.page("/bbs.example/t/9002", "page/topic.html")
    return site


def test_a_list_is_stored_and_then_only_what_is_new(forum, world):
    world.source("bbs", "page", FORUM | {"replay": forum.url})
    done = world.command("crawl", "bbs")
    assert "完成，新增 3，重复 0，拒收 0" in done.stdout, done.stdout + done.stderr
    assert "/bbs.example/list?p=2&s=new" in forum.asked
    assert {"9001", "9002"} < world.ids("social")
    forum.asked.clear()
    assert "完成，新增 0，重复 3，拒收 0" in world.command("crawl", "bbs").stdout
    assert forum.asked[1:] == ["/bbs.example/list?p=1"]


def test_details_are_visited_and_one_that_is_gone_holds_up_no_other(forum, world):
    world.source("bbs", "page", TOPIC | {"replay": forum.url})
    done = world.command("crawl", "bbs")
    assert "完成，新增 2，重复 0，拒收 0" in done.stdout, done.stdout + done.stderr
    assert "/bbs.example/t/9003" in forum.asked
    assert world.ids("social") == {"9001", "9002"}


def test_a_dry_run_shows_the_posts_and_stores_none(forum, world):
    world.source("bbs", "page", FORUM | {"replay": forum.url})
    done = world.command("crawl", "bbs", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "试采 bbs：3 条，没有保存" in done.stdout
    assert "某牌水壶漏水 用了三天&漏水 客服不理" in done.stdout
    assert world.ids("social") == set()


def test_a_bad_recipe_is_told_in_a_line(world):
    world.source("bbs", "page", FORUM | {"list": "li["})
    done = world.command("crawl", "bbs")
    assert done.returncode == 1
    assert "信源 bbs 的参数 list：“li[”不是能用的 CSS 选择器" in done.stdout
    assert "Traceback" not in done.stderr
