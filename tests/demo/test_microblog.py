"""The microblog's search API and its pages."""

from datetime import datetime

import pytest
from starlette.testclient import TestClient

API = "/weibo/api/search"
EMPTY = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}


def test_a_page_has_the_shape_of_the_mobile_search(told: TestClient) -> None:
    data = told.get(API, params={"q": "星禾"}).json()
    assert data["ok"] == 1
    assert data["data"]["cardlistInfo"]["page"] == 2
    cards = data["data"]["cards"]
    assert len(cards) == 10
    for card in cards:
        assert card["card_type"] == 9
        blog = card["mblog"]
        assert blog["id"] == blog["mid"]
        assert blog["id"].isdigit()
        assert datetime.strptime(blog["created_at"], "%a %b %d %H:%M:%S %z %Y").tzinfo
        assert blog["user"]["screen_name"]
        assert card["scheme"].endswith(f"/weibo/detail/{blog['id']}")


def test_pages_follow_each_other_and_end_with_the_empty_answer(told: TestClient) -> None:
    seen: list[str] = []
    page = 1
    while (data := told.get(API, params={"q": "星禾", "page": page}).json())["ok"]:
        seen += [card["mblog"]["id"] for card in data["data"]["cards"]]
        page += 1
    assert data == EMPTY
    total = told.get(API, params={"q": "星禾"}).json()["data"]["cardlistInfo"]["total"]
    assert len(seen) == len(set(seen)) == total


def test_posts_are_newest_first(told: TestClient) -> None:
    cards = told.get(API, params={"q": "星禾"}).json()["data"]["cards"]
    times = [
        datetime.strptime(card["mblog"]["created_at"], "%a %b %d %H:%M:%S %z %Y") for card in cards
    ]
    assert times == sorted(times, reverse=True)


def test_search_finds_only_what_holds_all_words(told: TestClient) -> None:
    cards = told.get(API, params={"q": "星禾 漏水"}).json()["data"]["cards"]
    assert cards
    assert all("漏水" in card["mblog"]["text"] for card in cards)


def test_a_topic_is_found_and_marked_as_a_link(told: TestClient) -> None:
    cards = told.get(API, params={"q": "#星禾漏水#"}).json()["data"]["cards"]
    marked = '<span class="surl-text">#星禾漏水#</span></a>'
    assert any(marked in card["mblog"]["text"] for card in cards)


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "查无此词"}, {"q": "星禾", "page": "999"}])
def test_nothing_found_is_the_empty_answer(told: TestClient, query: dict[str, str]) -> None:
    assert told.get(API, params=query).json() == EMPTY


def test_a_user_keeps_the_number(told: TestClient) -> None:
    users: dict[str, set[int]] = {}
    for page in range(1, 20):
        for card in told.get(API, params={"q": "星禾", "page": page}).json()["data"]["cards"]:
            user = card["mblog"]["user"]
            users.setdefault(user["screen_name"], set()).add(user["id"])
    assert all(len(numbers) == 1 for numbers in users.values())
    numbers = [number for found in users.values() for number in found]
    assert len(set(numbers)) == len(numbers)


def test_each_post_has_its_page(told: TestClient) -> None:
    card = told.get(API, params={"q": "星禾"}).json()["data"]["cards"][0]
    page = told.get(card["scheme"])
    assert page.status_code == 200
    assert card["mblog"]["user"]["screen_name"] in page.text


def test_a_post_that_has_not_appeared_has_no_page(site: TestClient) -> None:
    assert site.get("/weibo/detail/4990000000000180").status_code == 404
    assert site.get("/weibo/detail/1").status_code == 404


def test_the_search_page_escapes_what_was_asked(told: TestClient) -> None:
    html = told.get("/weibo/", params={"q": "<script>x</script>"}).text
    assert "<script>x" not in html
