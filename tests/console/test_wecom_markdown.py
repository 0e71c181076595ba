"""What a phone shows of a robot's message, and what never gets through."""

from html.parser import HTMLParser

import pytest

from alerts.messages import render as message
from console.wecom_markdown import render
from tests.alerts.factories import NOW


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**粗** 细", "<p><b>粗</b> 细</p>"),
        ("## 标题", "<h3>标题</h3>"),
        ("> 引用\n> 第二行", "<blockquote>引用<br>第二行</blockquote>"),
        ('<font color="warning">急</font>', '<p><span class="warn">急</span></p>'),
        ("<@linxiao> 看", '<p><span class="at">@林晓</span> 看</p>'),
        ("`E-1`", "<p><code>E-1</code></p>"),
        ("- 不是列表", "<p>- 不是列表</p>"),
        ("#不是标题", "<p>#不是标题</p>"),
        ("", ""),
    ],
)
def test_what_wecom_renders_is_rendered(text: str, html: str) -> None:
    assert render(text, {"linxiao": "林晓"}.get) == html  # type: ignore[arg-type]


def test_a_link_opens_elsewhere_and_tells_nothing() -> None:
    html = render("[查看](https://example.com/?a=1&b=2)")
    assert 'href="https://example.com/?a=1&amp;b=2"' in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>)",
        '<font color="info" onclick="x()">a</font>',
        "**<b onmouseover=x>**",
        '[a" onclick="x](https://e.example/" onclick="y)',
        "</span></p></div><script>",
    ],
)
def test_nothing_foreign_becomes_a_tag(text: str) -> None:
    found = Tags()
    found.feed(render(text))
    assert {tag for tag, _ in found.seen} <= {"p", "b", "span", "a"}
    names = {name for _, attributes in found.seen for name, _ in attributes}
    assert names <= {"class", "href", "target", "rel"}
    links = [value for _, attributes in found.seen for name, value in attributes if name == "href"]
    assert all(value and value.startswith("https://") for value in links)


class Tags(HTMLParser):
    """The tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))


def test_a_real_message_comes_through() -> None:
    facts = {
        "number": "E-1187",
        "url": "http://127.0.0.1:8000/incidents/1187",
        "level": "severe",
        "subject": "电热水壶 S2",
        "category": "质量",
        "summary": "壶底漏水",
        "owner": {"name": "林晓", "userid": "linxiao"},
    }
    html = render(message("opened", facts, now=NOW), lambda user: "林晓")
    assert "@林晓" in html
    assert 'href="http://127.0.0.1:8000/incidents/1187"' in html
    assert "font" not in html
