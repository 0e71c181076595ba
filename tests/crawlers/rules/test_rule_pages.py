"""Rule pages: what is read from them, and what is only a page's frame."""

from datetime import date

import pytest
from parsel import Selector
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.page_text import page_text
from crawlers.rule_watch import PageSeen
from crawlers.spiders.base import BadParams
from crawlers.spiders.rule_pages import RulePagesSpider
from tests.crawlers.breaking import broken_bytes, made, survives
from tests.crawlers.rules.cases import PARAMS, PLACE, URL
from tests.crawlers.samples import PAGES, outputs, response

RULE = (PAGES / "rules/rule.html").read_bytes()
LIST = (PAGES / "rules/list.html").read_bytes()
SHELL = (PAGES / "rules/shell.html").read_bytes()


def rules(**changes):
    params = {name: value for name, value in (PARAMS | changes).items() if value is not None}
    return made(RulePagesSpider, params)


def read(one, body=RULE, **place):
    return outputs(one.parse_page(response(body), **(PLACE | place)))


def test_a_page_becomes_its_text_title_and_days():
    (seen,) = read(rules())
    assert isinstance(seen, PageSeen)
    lines = seen.text.split("\n")
    assert lines[0] == "本规则自 2024年2月1日 起生效。"
    assert lines[1].startswith("第一条 商家应当在消费者签收之日起")
    assert lines[-2:] == ["违规 扣分", "虚假发货 12"]
    assert (seen.native_id, seen.url) == ("rule.example:1000000000000000007", URL)
    assert seen.title == "关于调整退货时效的规则变更公告"
    assert seen.published_on == date(2024, 1, 10)
    assert seen.cells()["生效"] == "2024-02-01"
    assert seen.cells()["状态"] == "公示"


def test_what_is_to_be_ignored_is_no_part_of_the_text():
    (with_views,) = read(rules(text="body", ignore=None))
    (without,) = read(rules(text="body"))
    assert "浏览 1,203 次" in with_views.text
    assert "浏览" not in without.text


def test_a_pattern_that_a_page_keeps_busy_refuses_the_page():
    one = rules(ignore=["(a|aa)+$"], text="p", least_text=10)
    (refused,) = read(one, f"<p>{'a' * 100}b</p>")
    assert isinstance(refused, Refused)
    assert "太慢" in refused.reason


def test_the_title_is_the_operators_else_the_pages():
    assert read(rules(), title="退货")[0].title == "退货"
    assert read(rules(title="title"))[0].title == "规则中心"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SHELL, "空壳"),
        (SHELL.replace(b"</div>", "</div>规则中心 帮助".encode()), "空壳"),
        (b"<body><p>404</p></body>", "0 字"),
        (b"<title>x</title>", "0 字"),
    ],
)
def test_a_frame_without_its_text_is_a_failed_fetch(body, words):
    one = rules(text="body") if words == "空壳" else rules()
    (refused,) = read(one, body)
    assert words in refused.reason
    assert one.blocked.reason is BlockReason.SHAPE
    assert URL[:100] in one.blocked.detail


def test_a_rule_that_mentions_the_frames_words_is_a_rule():
    body = RULE.replace(b"</article>", "正在加载，请开启 JavaScript</article>".encode())
    assert isinstance(read(rules(), body)[0], PageSeen)


def test_a_list_leads_to_its_rules_once_each():
    found = outputs(rules(pages=None).parse(response(LIST, PARAMS["list"])))
    assert [request.cb_kwargs["address"] for request in found] == [
        "https://rule.example/rule/ruleDetail.action?ruleId=1000000000000000007",
        "https://rule.example/rule/ruleDetail.action?ruleId=1000000000000000008",
    ]
    assert len(outputs(rules().parse(response(LIST, PARAMS["list"])))) == 1  # the other is named
    assert len(outputs(rules(pages=None, max_links=1).parse(response(LIST, PARAMS["list"])))) == 1


def test_a_list_without_links_blocks():
    one = rules()
    with pytest.raises(CloseSpider):
        outputs(one.parse(response(SHELL)))
    assert one.blocked.reason is BlockReason.SHAPE


def test_list_and_pages_are_visited():
    asked = [request.url for request in outputs(rules().start())]
    assert asked == [PARAMS["list"], URL]
    assert all(isinstance(request, Request) for request in outputs(rules(cookie="a=b").start()))


def test_a_replay_stands_in_and_addresses_stay_the_sites():
    one = rules(replay="http://127.0.0.1:9")
    start, _ = outputs(one.start())
    assert start.url == "http://127.0.0.1:9/rule.example/rule/ruleList.action"
    (request,) = outputs(one.parse(response(LIST, start.url)))
    assert request.url.startswith("http://127.0.0.1:9/rule.example/rule/ruleDetail.action?")
    assert request.cb_kwargs["address"].startswith("https://rule.example/")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pages": None, "list": None, "link": None}, "pages：要写 pages"),
        ({"link": None}, "link：list（列表页）和 link"),
        ({"text": "p["}, "text：“p\\[”不是能用的 CSS"),
        ({"ignore": ["("]}, "ignore.1：正则"),
        ({"least_text": 0}, "least_text：不能小于 1"),
        ({"pages": [{"link": "x"}]}, "pages.1.url：没有写"),
        ({"selector": "p"}, "selector：没有这个参数；可用 pages、list"),
    ],
)
def test_wrong_parameters_are_named(changes, words):
    with pytest.raises(BadParams, match=words):
        rules(**changes)


def test_text_is_read_line_by_line_as_a_reader_sees_it():
    part = Selector(
        "<div>第一<b>行</b>\n还是<br>第二行<script>x</script><!-- y --><p> 第三&nbsp;行 </p>尾</div>",
        type="html",
    ).css("div")[0]
    assert page_text(part) == "第一行 还是\n第二行\n第三 行\n尾"


def test_a_long_rule_is_read_to_its_end():
    body = "".join(f"<p>第 {n} 条 {'规' * 90}</p>" for n in range(2000))
    (seen,) = read(rules(), f"<article>{body}</article>")
    assert seen.text.endswith("规")
    assert "第 1999 条" in seen.text


def test_no_broken_page_breaks_the_spider():
    for body in broken_bytes(RULE):
        survives(lambda body=body: read(rules(), body))
    for body in broken_bytes(LIST):
        survives(lambda body=body: outputs(rules().parse(response(body))))
