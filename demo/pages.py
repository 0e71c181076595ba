"""The site's HTML: one plain page that always says that it is a demo."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from demo.timeline import CHINA

PAGE_SIZE = 10

T = TypeVar("T")

BANNER = "演示站：品牌、店铺、人名和帖文都是编的，只在本机，供烽火演示采集"

_NAV = {
    "/": "首页",
    "/shop/": "商城",
    "/weibo/": "微博",
    "/tousu/": "投诉",
    "/news/": "资讯",
    "/rules/": "规则",
}

_STYLE = """
:root{color-scheme:light dark;--bg:#f3f5f6;--sheet:#fff;--ink:#151b1f;--soft:#5f6c75;--line:#dfe4e7;
--accent:#0b6475;--note:#fcf3e1;--note-ink:#7f4c00}
@media(prefers-color-scheme:dark){:root{--bg:#11171a;--sheet:#192024;--ink:#e6ebee;--soft:#9aa8b0;
--line:#2b353b;--accent:#6cc0cf;--note:#33270f;--note-ink:#f0c878}}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.7 system-ui,"PingFang SC",
"Microsoft YaHei","Noto Sans CJK SC",sans-serif}
.demo{background:var(--note);color:var(--note-ink);padding:6px 16px;text-align:center;
font-size:13px}
header,main,footer{max-width:760px;margin:0 auto;padding:12px 16px}
nav a{margin-right:14px}a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}h1{font-size:20px;margin:8px 0 12px}
h2{font-size:16px;margin:16px 0 8px}
article,.sheet{background:var(--sheet);border:1px solid var(--line);border-radius:8px;
padding:12px 16px;margin:0 0 10px}article p{margin:4px 0;white-space:pre-line}
.meta{color:var(--soft);font-size:13px}.pager{display:flex;justify-content:space-between}
.empty{color:var(--soft);padding:24px 0;text-align:center}footer{color:var(--soft);font-size:13px}
"""


def page(
    title: str, body: str, *, status: int = 200, head: str = "", heading: bool = True
) -> HTMLResponse:
    """Return a whole page. `body` and `head` are HTML; `title` is text.

    Without `heading`, the body brings its own.
    """
    top = f"<h1>{escape(title)}</h1>" if heading else ""
    links = "".join(f'<a href="{path}">{name}</a>' for path, name in _NAV.items())
    return HTMLResponse(
        f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(title)} · 演示站</title><style>{_STYLE}</style>{head}</head>
<body><div class="demo" role="note">{BANNER}</div>
<header><nav aria-label="站内">{links}</nav></header>
<main>{top}
{body}
</main><footer>这是演示站，内容纯属虚构</footer></body></html>
""",
        status_code=status,
    )


def not_found(text: str = "页面不存在") -> HTMLResponse:
    """Return the page for an address that leads nowhere."""
    return page(text, '<p class="empty">没有这一页，回 <a href="/">首页</a></p>', status=404)


def page_number(request: Request, first: int) -> int:
    """Return the page asked for; `first` when none is, or what is asked is no page."""
    text = request.query_params.get("page", "")
    return max(int(text), first) if text.isascii() and text.isdigit() else first


def cut(items: list[T], index: int) -> list[T]:
    """Return the page `index` (from 0) of `items`."""
    return items[index * PAGE_SIZE : (index + 1) * PAGE_SIZE]


def pager(path: str, number: int, total: int, query: Mapping[str, str]) -> str:
    """Return links to the pages before and after page `number` (from 1) of `total` items."""

    def link(to: int, text: str, name: str) -> str:
        href = escape(f"{path}?{urlencode({**query, 'page': to})}")
        return f'<a class="{name}" href="{href}">{text}</a>'

    before = link(number - 1, "上一页", "prev") if number > 1 else "<span></span>"
    after = link(number + 1, "下一页", "next") if number * PAGE_SIZE < total else "<span></span>"
    return f'<div class="pager">{before}{after}</div>'


def meta(parts: Iterable[str]) -> str:
    """Return the small line under a text, without its empty parts; `parts` are text."""
    return f'<div class="meta">{" · ".join(escape(part) for part in parts if part)}</div>'


def china_time(moment: datetime) -> str:
    """Return `moment` as Chinese sites print it, in Asia/Shanghai: 2024-01-15 12:30:05."""
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def china_words(moment: datetime) -> str:
    """Return `moment` in Chinese words, in Asia/Shanghai: 2024年01月15日 12:30:05."""
    return f"{moment.astimezone(CHINA):%Y年%m月%d日 %H:%M:%S}"
