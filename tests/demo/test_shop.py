"""The shop's review API and the product pages."""

import json
import re
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from demo.timeline import CHINA
from tests.demo.conftest import Clock

API = "/shop/api/comments"
KETTLE = {"productId": "100001", "sortType": "6"}


def test_a_page_has_the_shape_of_the_big_shop(told: TestClient) -> None:
    data = told.get(API, params={**KETTLE, "page": "0"}).json()
    assert data["soType"] == 6
    assert data["maxPage"] >= 8
    assert len(data["comments"]) == 10
    summary = data["productCommentSummary"]
    assert summary["productId"] == 100001
    assert (
        summary["goodCount"] + summary["generalCount"] + summary["poorCount"]
        == (summary["commentCount"])
    )
    review = data["comments"][0]
    assert isinstance(review["id"], int)
    assert review["referenceId"] == "100001"
    assert review["score"] in range(1, 6)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", review["creationTime"])
    assert review["referenceTime"] < review["creationTime"]


def test_pages_are_newest_first_without_overlap_and_end_empty(told: TestClient) -> None:
    first = told.get(API, params=KETTLE).json()
    reviews = [
        review
        for page in range(first["maxPage"])
        for review in told.get(API, params={**KETTLE, "page": page}).json()["comments"]
    ]
    times = [review["creationTime"] for review in reviews]
    assert times == sorted(times, reverse=True)
    assert len({review["id"] for review in reviews}) == len(reviews)
    assert len(reviews) == first["productCommentSummary"]["commentCount"]
    assert told.get(API, params={**KETTLE, "page": first["maxPage"]}).json()["comments"] == []


def test_no_review_is_of_the_future(site: TestClient, clock: Clock) -> None:
    for seconds in (0, 40, 90, 1000):
        clock.at(seconds)
        for review in site.get(API, params=KETTLE).json()["comments"]:
            written = datetime.fromisoformat(review["creationTime"]).replace(tzinfo=CHINA)
            assert written <= clock.now


def test_a_follow_up_stands_in_its_review(told: TestClient) -> None:
    reviews = told.get(API, params={**KETTLE, "score": "5"}).json()["comments"]
    assert reviews
    for review in reviews:
        assert review["afterUserComment"]["hAfterUserComment"]["content"]
        assert review["afterUserComment"]["created"] > review["creationTime"]
    plain = told.get(API, params={**KETTLE, "score": "3"}).json()["comments"]
    assert any("afterUserComment" not in review for review in plain)


@pytest.mark.parametrize(("score", "stars"), [("1", {1}), ("2", {2, 3}), ("3", {4, 5})])
def test_the_score_keeps_its_stars(told: TestClient, score: str, stars: set[int]) -> None:
    reviews = told.get(API, params={**KETTLE, "score": score}).json()["comments"]
    assert {review["score"] for review in reviews} <= stars
    assert reviews


def test_recommended_puts_the_useful_first(told: TestClient) -> None:
    query = {"productId": "100001", "sortType": "5"}
    votes = [r["usefulVoteCount"] for r in told.get(API, params=query).json()["comments"]]
    assert votes == sorted(votes, reverse=True)


@pytest.mark.parametrize(
    "query", [{}, {"productId": "999"}, {"productId": "100001", "page": "10000"}]
)
def test_what_is_not_there_is_an_empty_page(told: TestClient, query: dict[str, str]) -> None:
    assert told.get(API, params=query).json()["comments"] == []


@pytest.mark.parametrize("page", ["-1", "x", "", "１"])
def test_a_page_that_is_no_page_is_the_first(told: TestClient, page: str) -> None:
    wanted = told.get(API, params={**KETTLE, "page": "0"}).json()
    assert told.get(API, params={**KETTLE, "page": page}).json() == wanted


def test_a_product_page_tells_price_and_rating_as_json_ld(told: TestClient) -> None:
    html = told.get("/products/100001").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    product = json.loads(found[1])
    assert product["@type"] == "Product"
    assert product["offers"]["price"] == "89.00"
    assert product["offers"]["priceCurrency"] == "CNY"
    assert product["brand"]["name"] == "星禾"
    assert 1 <= float(product["aggregateRating"]["ratingValue"]) <= 5


def test_the_product_page_shows_the_reviews_that_the_api_gives(told: TestClient) -> None:
    html = told.get("/products/100001").text
    for review in told.get(API, params=KETTLE).json()["comments"]:
        assert f'id="c{review["id"]}"' in html


def test_an_unknown_product_is_not_found(told: TestClient) -> None:
    assert told.get("/products/999").status_code == 404


def test_the_story_begins_with_an_ordinary_shop(site: TestClient) -> None:
    summary = site.get(API, params=KETTLE).json()["productCommentSummary"]
    assert summary["poorCount"] == 0
    assert summary["commentCount"] > 10
