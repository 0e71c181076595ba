import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.cleaning import DEEPEST, LONGEST_TEXT, clean_line, clean_text, storable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("断电&hellip;&amp;&#39;&nbsp;好", "断电…&' 好"),
        ("第一行<br/>第二行<br>第三行", "第一行\n第二行\n第三行"),
        ('<em class="keyword">某牌</em>翻车', "某牌翻车"),
        ("避雷[doge]", "避雷[doge]"),
        ('同款 <span class="url-icon"><img alt="[泪]" src="x"></span>', "同款 [泪]"),
        ("<img alt=[心]>", "[心]"),
        ('<img alt="😂" src="x">', "😂"),
        ('<img src="x" alt="产品大图">好看', "好看"),
        ("看\u200b不\u200d见\ufeff的\ue627字", "看不见的字"),
        ("一家 👨\u200d👩\u200d👧", "一家 👨\u200d👩\u200d👧"),
        ("<script>alert('x')</script>正文<style>p{}</style><!-- 注 -->", "正文"),
        ("我爱<script>标签", "我爱标签"),
        ("价格<300元，a<b，<某牌>也不错 3>2", "价格<300元，a<b，<某牌>也不错 3>2"),
        ("&lt;b&gt;字面&lt;/b&gt;", "<b>字面</b>"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("多  空格\t和\r\n\r\n\r\n\r\n空行", "多 空格 和\n\n空行"),
        ("半个\ud83d表情", "半个表情"),
        ("", ""),
    ],
)
def test_text_is_what_a_reader_sees(raw, shown):
    assert clean_text(raw) == shown


def test_long_text_is_cut():
    assert len(clean_text("好" * 50_000)) == LONGEST_TEXT


@pytest.mark.parametrize(
    "piece", ["<script>", "<!--", "<a ", "<a href='", "&#", '<img alt="', "\n "]
)
def test_hostile_text_takes_no_longer_than_its_length(piece):
    began = time.process_time()
    clean_text(piece * (400_000 // len(piece)))
    assert time.process_time() - began < 2


def test_a_line_has_no_line_ends():
    assert clean_line(" 小\n明 <b>x</b>", limit=4) == "小 明"


@given(st.text(max_size=300))
def test_any_text_becomes_storable(raw):
    text = clean_text(raw)
    assert "\0" not in text
    text.encode()


json_like = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(json_like)
def test_any_json_becomes_storable(value):
    text = json.dumps(storable(value), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()


def test_deep_json_is_cut():
    deep: list[object] = []
    for _ in range(2000):
        deep = [deep]
    assert json.dumps(storable(deep)).count("[") == DEEPEST + 1
