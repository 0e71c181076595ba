"""What a recipe may say, and what it is told when it says something else."""

import pytest

from crawlers.page_recipes import RecipeError, read_recipe
from crawlers.readings import read_reading
from crawlers.selectors import Spot
from tests.crawlers.page.cases import API, FORUM, TOPIC

GOOD = {"url": "https://b.example/?p={page}", "list": "li", "fields": {"text": "p"}}


@pytest.mark.parametrize("params", [GOOD, FORUM, TOPIC, API])
def test_good_recipes_are_read(params):
    assert read_recipe(params | {"cookie": "a=b", "delay_seconds": 3, "replay": "http://x.example"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "ftp://x.example"}, "url：“ftp://x.example”应以"),
        ({"url": "https://x.example/{foo}"}, "url：不认识 {foo}；可用 {page}、{keyword}"),
        ({"url": []}, "url：是空的"),
        ({"keywords": ["某牌"]}, "keywords：要与 url 里的 {keyword} 一起写"),
        ({"url": "https://x.example/{keyword}"}, "没有写 keywords"),
        ({"list": "li["}, "list：“li[”不是能用的 CSS 选择器"),
        ({"list": "//li["}, "list：“//li[”不是能用的 XPath"),
        ({"list": "$..a"}, "list：“$..a”从第 2 个字起看不懂"),
        ({"list": "//a[re:test(., 'x')]"}, "请把正则写在 match 里"),
        ({"list": 3}, "list：应是选择器"),
        ({"list": None}, "list：应是选择器"),
        ({"fields": {}}, "fields.text：没有写正文在哪里"),
        ({"fields": {"texts": "p"}}, "fields.texts：没有这个参数；可用 native_id"),
        ({"fields": {"text": "$.a"}}, "fields.text：“$.a”与 list 不是一类，应是 CSS 或 XPath"),
        ({"fields": {"text": {"match": "(a)"}}}, "fields.text：缺少 select"),
        ({"fields": {"text": {"select": "p", "match": "a"}}}, "要有一对括号"),
        ({"fields": {"text": {"select": "p", "match": "(a"}}}, "写法有误"),
        ({"fields": {"text": {"select": "p", "match": "(" + "a" * 300 + ")"}}}, "正则太长"),
        ({"fields": {"text": {"select": "p", "where": "x"}}}, "没有“where”这一项"),
        ({"fields": {"text": {"value": 1, "select": "x"}}}, "value 是写死的值"),
        ({"fields": {"text": ["p", 3]}}, "fields.text：应是选择器"),
        ({"fields": {"text": "p", "extra": {"a": "li["}}}, "fields.extra.a：“li[”"),
        ({"next": "a"}, "next：url 里已有 {page}"),
        ({"next": "$.next", "url": "https://x.example/"}, "next：“$.next”与 list 不是一类"),
        ({"kind": "tweet"}, "kind：没有类型“tweet”；可用 review"),
        ({"max_pages": 0}, "max_pages：不能小于 1"),
        ({"max_pages": "many"}, "max_pages：应是整数"),
        ({"time_format": "%m-%d"}, "time_format：里面要有年份 %Y"),
        ({"time_format": "%Q%Y"}, "time_format：“%Q%Y”不能用"),
        ({"encoding": "base64"}, "encoding：没有名为“base64”的编码"),
        ({"headers": {"Cookie": "a"}}, "headers：Cookie 请写在参数 cookie 里"),
        ({"headers": {"A": "b\r\nC: d"}}, "headers：A 的值里有不能用的字符"),
        ({"hosts": ["https://x.example"]}, "hosts.1：“https://x.example”不合写法"),
        ({"detail": {"link": "a::attr(href)"}}, "detail.fields：没有写"),
        ({"detail": {"link": "a", "fields": {"tex": "p"}}}, "detail.fields.tex：没有这个参数"),
        ({"detail": {"link": "a", "fields": {"native_id": "i"}}}, "编号要在列表里读"),
        ({"detail": {"link": "a", "fields": {"text": "p", "time": "$.a"}}}, "一页里不能又用"),
        ({"detail": {"link": "$.a", "fields": {"text": "p"}}}, "detail.link：“$.a”"),
        ({"pages": 3}, "pages：没有这个参数；可用 url"),
    ],
)
def test_a_bad_recipe_is_told_which_field_is_wrong(change, words):
    with pytest.raises(RecipeError) as told:
        read_recipe(GOOD | change)
    assert words in str(told.value)


def test_several_mistakes_are_told_at_once():
    with pytest.raises(RecipeError, match=r"kind.*list.*另有 1 处"):
        read_recipe(GOOD | {"list": "li[", "kind": "x", "max_pages": 0, "encoding": "x"})


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", ["3"]),
        ("$.a", []),
    ],
)
def test_a_path_from_a_plain_value(path, found):
    assert list(Spot.read(path).words(3)) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a.b[0].c", ["1"]),
        ("$.a.b[*].c", ["1", "true", "2.5", "7"]),
        ("$['a']['b'][3]['c']", ["7"]),
        ('$.a["x y"]', ["z"]),
        ("$.a.b[9].c", []),
        ("$.a.nothing", []),
        ("$.a.null", []),
        ("$.a.b.c", []),
        ("$.a[0]", []),
    ],
)
def test_paths_into_json(path, found):
    rows = [{"c": 1}, {"c": True}, {"c": 2.5}, {"c": 7.0}, {"c": None}, {}, None]
    data = {"a": {"b": rows, "x y": "z", "null": None}}
    assert list(Spot.read(path).words(data)) == found


def test_a_value_that_is_none_is_not_guessed():
    with pytest.raises(ValueError, match="对象"):
        list(Spot.read("$.a").words({"a": {"b": 1}}))


def test_pieces_are_joined_and_constants_stand():
    reading = read_reading(
        [{"value": "编号"}, "$.a", {"select": "$.b[*]", "all": True, "join": "、"}]
    )
    assert reading.text({"a": 1, "b": ["x", "y"]}) == "编号\n1\nx、y"
    assert reading.link({"a": 1, "b": []}) == "编号1"
