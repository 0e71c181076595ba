from datetime import timedelta

import pytest

from crawlers.authors import fingerprint, masked
from crawlers.drafts import Rejected, clean
from tests.crawlers.samples import NOW, post_record


def test_a_valid_record_becomes_a_draft():
    draft = clean(post_record(rating="5星", likes="1.2万", url="//item.example/1"), now=NOW)
    assert draft.identity == ("jd", "review", "1")
    assert draft.rating == 5
    assert draft.likes == 12_000
    assert draft.url == "https://item.example/1"
    assert not draft.published_estimated


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"platform": ""}, "platform"),
        ({"platform": "a b"}, "platform"),
        ({"kind": "tweet"}, "kind"),
        ({"native_id": ""}, "native_id"),
        ({"native_id": "1 2"}, "native_id"),
        ({"native_id": "x" * 129}, "native_id"),
        ({"native_id": ["1"]}, "native_id"),
        ({"text": ""}, "text"),
        ({"text": {"a": 1}}, "text"),
        ({"published_at": ""}, "published_at"),
        ({"published_at": "前几天"}, "published_at"),
        ({"published_at": "2024-01-25"}, "将来"),
        ({"published_at": "1970-01-01 08:00"}, "太早"),
        ({"published_at": {}}, "published_at"),
        ({"rating": "6"}, "rating"),
        ({"rating": []}, "rating"),
        ({"likes": "很多"}, "likes"),
        ({"subject": "中文"}, "subject"),
        ({"extra": "x"}, "extra"),
        ({"extra": {"a": "x" * 30_000}}, "extra"),
    ],
)
def test_a_bad_record_is_rejected_naming_the_field(changes, named):
    with pytest.raises(Rejected) as caught:
        clean(post_record(**changes), now=NOW)
    assert named in caught.value.reason


def test_a_rating_without_words_is_kept_for_the_ratios():
    assert clean(post_record(text="", rating=5), now=NOW).text == ""


def test_a_platform_may_be_named_as_people_do():
    assert clean(post_record(platform="京东"), now=NOW).platform == "jd"


def test_a_clock_that_is_a_little_ahead_is_put_right():
    draft = clean(post_record(published_at=NOW + timedelta(hours=3)), now=NOW)
    assert draft.published_at == NOW
    assert draft.published_estimated


def test_a_record_without_time_is_as_old_as_its_first_sight():
    draft = clean(post_record(published_at=None, published_estimated=True), now=NOW)
    assert draft.published_at == NOW
    assert draft.published_estimated


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://x/y", "http://a b", "https://x/" + "y" * 1000, "http://[", "x"],
)
def test_a_link_that_must_not_be_shown_is_dropped(url):
    assert clean(post_record(url=url), now=NOW).url == ""


def test_hostile_values_become_storable():
    draft = clean(
        post_record(text="好\0\ud83d", extra={"a\0": float("nan"), "b": ["\ud83d"]}), now=NOW
    )
    assert draft.text == "好"
    assert draft.extra == {"a": None, "b": [""]}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("小小鱼", "小**鱼"),
        ("张***三", "张***三"),
        ("张三", "张*"),
        ("张", "张*"),
        ("匿名", "匿名"),
        ("", ""),
    ],
)
def test_author_is_masked(name, shown):
    assert masked(name) == shown


def test_author_fingerprint_needs_something_that_tells_people_apart():
    assert fingerprint("jd", "", "张***三") == fingerprint("jd", "", "匿名") == ""
    assert fingerprint("jd", "7", "") == fingerprint("jd", "7", "小明")
    assert (
        len({fingerprint("jd", "7", ""), fingerprint("tmall", "7", ""), fingerprint("jd", "", "7")})
        == 3
    )
