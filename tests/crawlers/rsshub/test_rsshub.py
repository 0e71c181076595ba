"""RSSHub: routes by name to addresses, entries to posts of their platform, failures by name."""

import pytest
from scrapy.exceptions import CloseSpider

from crawlers.models import BlockReason, Post
from crawlers.platforms import LABELS
from crawlers.spiders.base import BadParams, Job
from crawlers.spiders.rsshub import PRESETS, RsshubSpider
from tests.crawlers.samples import NOW, PAGES, outputs, response

BASE = "https://rss.example"
XML = "application/xml; charset=utf-8"
WEIBO = (PAGES / "rsshub/weibo.rss").read_text(encoding="utf-8")
COMMENTS = (PAGES / "rsshub/bilibili_reply.rss").read_text(encoding="utf-8")


def rsshub(platform="rsshub", checkpoint=None, **params):
    if not {"route", "path"} & set(params):
        params |= {"route": "weibo_keyword", "args": {"keyword": "某牌"}}
    job = Job("s", platform, {"base": BASE} | params, checkpoint or {})
    return RsshubSpider(job=job, clock=lambda: NOW, lookup=lambda *_: set())


def asked(**params):
    return [request.url for request in outputs(rsshub(**params).start())]


def read(of, body, status=200):
    return outputs(of.parse(response(body, status=status, Content_Type=XML), feed="f"))


def error(name):
    return (PAGES / "rsshub" / f"{name}.html").read_text(encoding="utf-8")


def test_a_route_by_name_becomes_posts_of_its_platform():
    (post,) = read(rsshub(), WEIBO)
    assert (post["platform"], post["kind"]) == ("weibo", "social")
    assert post["native_id"] == "4990000000000009"
    assert post["text"] == "小明: 某牌漏电\n某牌漏电\n客服不理 [怒]"
    assert post["author"] == "小明"


def test_the_sources_own_platform_and_kind_win():
    (post,) = read(rsshub(platform="news", kind="article"), WEIBO)
    assert (post["platform"], post["kind"]) == ("news", "article")


def test_comments_have_their_own_ids_not_that_of_the_video():
    one = rsshub(route="bilibili_video_reply", args={"bvid": "BV1xx411c7mD"})
    found = read(one, COMMENTS)
    assert [(post["kind"], post["native_id"]) for post in found] == [
        ("comment", "900"),
        ("comment", "899"),
    ]


@pytest.mark.parametrize(
    ("route", "link", "native_id"),
    [
        ("tieba_post", "https://tieba.baidu.com/p/88?pid=140#140", "140"),
        ("xiaohongshu_user", "https://www.xiaohongshu.com/user/profile/5a/65b1?x=1", "65b1"),
        ("xiaohongshu_user", "https://www.xiaohongshu.com/explore/65b1", "65b1"),
        ("zhihu_question", "https://www.zhihu.com/question/1/answer/22", "22"),
        (
            "sina_tousu",
            "https://tousu.sina.com.cn/complaint/view/17300000061/?sld=a",
            "17300000061",
        ),
        ("smzdm_keyword", "https://www.smzdm.com/p/99", "99"),
    ],
)
def test_native_ids_are_those_of_the_platforms_own_spiders(route, link, native_id):
    args = dict.fromkeys(PRESETS[route].names, "1")
    one = rsshub(route=route, args=args)
    assert one.native_id({"link": link, "id": "guid"}) == native_id


@pytest.mark.parametrize("route", PRESETS)
def test_every_preset_can_be_asked_for_and_names_a_platform_and_kind(route):
    preset = PRESETS[route]
    args = dict.fromkeys(preset.names, "某 牌/1")
    (url,) = asked(route=route, args=args)
    assert url.startswith(BASE + preset.beginning)
    assert "{" not in url
    assert preset.platform in LABELS
    assert preset.kind in Post.Kind.values


def test_arguments_are_quoted_and_several_values_are_several_feeds():
    assert asked(route="bilibili_video_search", args={"keyword": ["某牌", "a/b?c"]}) == [
        f"{BASE}/bilibili/vsearch/%E6%9F%90%E7%89%8C/pubdate",
        f"{BASE}/bilibili/vsearch/a%2Fb%3Fc/pubdate",
    ]


def test_a_raw_path_takes_platform_and_kind_of_the_route_it_looks_like():
    (url,) = asked(path="/zhihu/question/19551?x=1", query={"limit": 50})
    assert url == f"{BASE}/zhihu/question/19551?x=1&limit=50"
    assert read(rsshub(path="/zhihu/question/1"), WEIBO)[0]["platform"] == "zhihu"
    assert read(rsshub(path="/zhihu/people/1"), WEIBO)[0]["platform"] == "zhihu"
    (post,) = read(rsshub(path="/36kr/newsflashes"), WEIBO)
    assert (post["platform"], post["kind"]) == ("rsshub", "article")


def test_the_key_is_sent_and_remembered_nowhere():
    one = rsshub(key="secret-1", query={"limit": 50})
    (request,) = outputs(one.start())
    assert request.url.endswith("?limit=50&key=secret-1")
    page = response(WEIBO, Content_Type=XML, ETag='"v1"')
    outputs(one.parse(page, **request.cb_kwargs))
    assert "secret-1" not in str(one.checkpoint)
    (again,) = outputs(rsshub(checkpoint=one.checkpoint, query={"limit": 50}).start())
    assert again.headers["If-None-Match"] == b'"v1"'


def test_rsshub_is_not_asked_twice_for_what_it_could_not_get():
    (request,) = outputs(rsshub().start())
    assert request.meta["dont_retry"]


def test_unchanged_is_a_success():
    one = rsshub()
    assert one.refusal(response("", status=304)) is None
    assert read(one, "", status=304) == []
    assert one.nothing_new


def test_an_empty_route_is_nothing_new_though_it_answers_503():
    one = rsshub()
    assert one.refusal(response(error("empty"), status=503)) is None
    assert read(one, error("empty"), status=503) == []
    assert one.nothing_new


@pytest.mark.parametrize(
    ("status", "body", "reason", "words"),
    [
        (503, error("config"), BlockReason.LOGIN, "RSSHub 缺少配置"),
        (403, error("reject"), BlockReason.FORBIDDEN, "key"),
        (403, "<html>Forbidden</html>", BlockReason.FORBIDDEN, "key"),
        (503, error("fetch"), BlockReason.RATE, "432"),
        (503, error("fetch").replace("432", "403"), BlockReason.FORBIDDEN, "RSSHub 没有取到"),
        (503, error("fetch").replace("432", "461"), BlockReason.CAPTCHA, "RSSHub 没有取到"),
        (503, error("fetch").replace("432", "404"), BlockReason.GONE, "RSSHub 没有取到"),
        (503, error("fetch").replace("432", "500"), BlockReason.UNREACHABLE, "RSSHub 没有取到"),
        (503, '{"error":{"message":"ConfigNotFoundError: x"}}', BlockReason.LOGIN, "缺少配置"),
        (503, "<p>InvalidParameterError: Bad id</p>", BlockReason.SHAPE, "Bad id"),
        (503, "<p>RequestInProgressError</p>", BlockReason.RATE, "稍后"),
        (503, "<h1>Looks like something went wrong</h1>", BlockReason.UNREACHABLE, "503"),
        (404, "<p>NotFoundError: wrong path</p>", BlockReason.SHAPE, "没有这个路由"),
        (404, "", BlockReason.SHAPE, "没有这个路由"),
        (429, "", BlockReason.RATE, "429"),
        (502, "", BlockReason.UNREACHABLE, "502"),
    ],
)
def test_failures_are_told_by_what_rsshub_says(status, body, reason, words):
    found = rsshub().refusal(response(body, status=status))
    assert found is not None
    assert found[0] is reason
    assert words in found[1]


def test_a_page_that_is_no_feed_blocks():
    one = rsshub()
    with pytest.raises(CloseSpider):
        read(one, "<html><title>欢迎登录</title></html>")
    assert one.blocked.reason is BlockReason.LOGIN


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"base": ""}, "base"),
        ({"base": "rss.example"}, "base"),
        ({"route": "weibo_keyword", "path": "/x"}, "二者取一"),
        ({"route": "no_such"}, "no_such"),
        ({"route": "weibo_keyword"}, "缺少 keyword"),
        ({"route": "weibo_keyword", "args": {"keyword": "x", "more": 1}}, "没有 more"),
        ({"route": "weibo_keyword", "args": {"keyword": []}}, "keyword"),
        ({"route": "weibo_keyword", "args": {"keyword": list(range(51))}}, "最多 50"),
        ({"route": "weibo_keyword", "args": "某牌"}, "args"),
        ({"path": "weibo/x"}, "/ 开头"),
        ({"path": "/x", "query": "limit"}, "query"),
        ({"path": "/x", "kind": "tweet"}, "tweet"),
        ({"path": {}}, "二者取一"),
    ],
)
def test_wrong_parameters_are_named(params, words):
    job = Job("s", "rsshub", {"base": BASE} | params)
    with pytest.raises(BadParams, match=words):
        RsshubSpider(job=job, clock=lambda: NOW)
