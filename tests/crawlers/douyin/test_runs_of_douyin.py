"""Douyin's open platform through the real child process, against a replay on loopback."""

import pytest

from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
JSON = "application/json"
HOST = "/open.douyin.com/item/comment"
PAGE = f"{HOST}/list/?open_id=open-1&count=20&item_id=11&cursor={{}}&sort_type=time"
REPLIES = (
    f"{HOST}/reply/list/?open_id=open-1&count=20&item_id=11&comment_id=%409VxAa%2F1%3D%3D&cursor=0"
)


@pytest.fixture
def douyin(site, world):
    site.tokens = []

    def answer(asked):
        site.tokens.append({name.lower(): value for name, value in asked.items()}["access-token"])
        return 200, {"Content-Type": JSON}, (PAGES / "douyin/comments.json").read_bytes()

    site.answers[PAGE.format(0)] = answer
    site.json(PAGE.format(20), {"data": {"error_code": 0, "has_more": False, "list": []}})
    site.page(REPLIES, "douyin/replies.json", JSON)
    params = {"replay": site.url, "access_token": "act.1", "open_id": "open-1", "items": ["11"]}
    world.source("dy", "douyin_comments", params, "douyin")
    return site


def test_comments_and_replies_are_stored_once(world, douyin):
    done = world.command("crawl", "dy")
    assert done.returncode == 0, done.stderr
    assert world.ids("comment") == {"@9VxTop==", "@9VxAa/1==", "@9VxBb==", "@9VxCc=="}
    assert douyin.tokens == ["act.1"]
    douyin.asked.clear()
    assert "新增 0，重复 3" in world.command("crawl", "dy").stdout
    assert [path for path in douyin.asked if "robots" not in path] == [PAGE.format(0)]


def test_an_expired_token_says_so(world, douyin):
    douyin.page(PAGE.format(0), "douyin/expired.json", JSON)
    assert world.command("crawl", "dy").returncode == 1
    assert world.rows("select outcome, block_reason from crawlers_crawlrun") == [
        ("blocked", "login")
    ]
