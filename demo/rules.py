"""The rule centre: what the platforms announce to shops, as pages."""

from datetime import timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from demo.pages import china_time, cut, meta, not_found, page, page_number, pager
from demo.scene import Scene
from demo.timeline import CHINA, Shown

NOTICE = timedelta(days=14)
"""From the announcement of a rule to the day it is in force."""


def routes(scene: Scene) -> list[Route]:
    """Return the list of notices, newest first, and a page for each."""

    def listing(request: Request) -> HTMLResponse:
        number = page_number(request, 1)
        notices = scene.shown("rules")
        rows = "".join(_row(shown) for shown in cut(notices, number - 1))
        body = f'<div class="rule-list">{rows}</div>' if rows else '<p class="empty">暂无公告</p>'
        return page("规则中心", body + pager("/rules/", number, len(notices), {}))

    def detail(request: Request) -> HTMLResponse:
        wanted = request.path_params["number"]
        shown = next((s for s in scene.shown("rules") if s.post.number == wanted), None)
        return page(shown.post.title, _detail(shown)) if shown else not_found("规则不存在")

    return [Route("/rules/", listing), Route("/rules/{number:int}", detail)]


def _row(shown: Shown) -> str:
    post = shown.post
    line = meta([post.author, china_time(shown.published_at)])
    return f'<article><a href="/rules/{post.number}">{escape(post.title)}</a>{line}</article>'


def _detail(shown: Shown) -> str:
    post = shown.post
    in_force = (shown.published_at + NOTICE).astimezone(CHINA)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in post.text.splitlines())
    return (
        f'<article class="rule"><div class="meta"><span class="rule-from">{escape(post.author)}'
        f'</span> · 发布时间：<time class="rule-date" datetime="{shown.published_at.isoformat()}">'
        f"{china_time(shown.published_at)}</time> · 生效日期：{in_force:%Y-%m-%d}</div>"
        f'<div class="rule-text">{paragraphs}</div></article>'
    )
