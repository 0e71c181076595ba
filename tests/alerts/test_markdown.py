import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.markdown import Part, clip, escape, fit, link, mention, size


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<@all> 快看", "＜@all＞ 快看"),
        ("&lt;@all&gt;", "＆lt;@all＆gt;"),
        ("[点我](http://evil.example/x)", "［点我］(［链接］)"),
        ("# 标题", "＃ 标题"),
        ("#漏水# 真的", "＃漏水＃ 真的"),
        ("**粗** `码`", "＊＊粗＊＊ ｀码｀"),
        ("一行\n# 二行\r\n> 三行", "一行 # 二行 ＞ 三行"),
        ("a\u202eb\u200bc\x00d\ud83de", "abcde"),
        ("看 HTTPS://t.cn/A1b2?x=1吧", "看 ［链接］吧"),
    ],
)
def test_escape_disarms_what_wecom_would_render(text, safe):
    assert escape(text) == safe


@given(st.text(), st.integers(min_value=1, max_value=80))
@example("0 \x08 0", 4)
def test_escaped_text_is_one_short_line_without_markup(text, most):
    safe = escape(text, most=most)
    assert len(safe) <= most
    assert not set(safe) & set("<>[]*`&\\\n\r\t")
    assert not safe.startswith("#")
    assert escape(safe, most=most) == safe


def test_clip_does_not_leave_half_an_emoji():
    family = "👨\u200d👩\u200d👧"
    assert clip("ab" + family, 4) == "ab👨…"
    assert clip("e\u0301" * 3, 2) == "e…"
    assert clip("abc", 3) == "abc"


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "ftp://a.example/", "https://", "//x"])
def test_link_refuses_what_is_no_web_address(url):
    assert link("查看", url) == ""


def test_link_keeps_its_brackets_closed():
    assert link("查看", "https://a.example/x)y<@all> z") == (
        "[查看](https://a.example/x%29y%3C@all%3E%20z)"
    )
    assert link("查看", "https://a.example/" + "长" * 100) == ""
    assert link("查看", "http://a.example/[x]") == "[查看](http://a.example/%5Bx%5D)"


@pytest.mark.parametrize("userid", ["", "all", "ALL", "@all", "a b", "张三", "a>b", "x" * 65])
def test_mention_calls_nobody_by_an_id_that_is_not_one_persons(userid):
    assert mention(userid) == ""


def test_mention_calls_a_person():
    assert mention("lin.xiao-1") == "<@lin.xiao-1>"


def test_fit_leaves_out_the_highest_rank_first_and_keeps_the_order():
    parts = [Part(0, "头"), Part(2, "乙" * 5), Part(1, "甲" * 5), Part(2, "丙" * 5), Part(0, "尾")]
    assert fit(parts, 1000) == "\n".join(["头", "乙" * 5, "甲" * 5, "丙" * 5, "尾"])
    assert fit(parts, 40) == "\n".join(["头", "乙" * 5, "甲" * 5, "尾"])
    assert fit(parts, 24) == "\n".join(["头", "甲" * 5, "尾"])
    assert fit(parts, 8) == "头\n尾"


@given(
    st.lists(st.builds(Part, st.integers(0, 5), st.text(min_size=1, max_size=30)), min_size=1),
    st.integers(min_value=200, max_value=400),
)
def test_fit_never_exceeds_the_limit(parts, limit):
    assert size(fit(parts, limit)) <= limit
