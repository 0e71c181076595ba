"""The demo site: a shop, a microblog, a complaint platform, media, rules and a WeCom stand-in."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo import complaints, feed, microblog, products, rules, shop, wecom
from demo.pages import not_found, page
from demo.posts import load_story
from demo.scene import Scene, make_scene, story_start

MARK = "X-Fenghuo-Demo"
"""The header that every answer of the site bears."""

_PARTS = {
    "/shop/": "商城：六件商品和它们的评价，JSON 接口在 /shop/api/comments",
    "/weibo/": "微博：搜索页，JSON 接口在 /weibo/api/search",
    "/tousu/": "投诉平台：列表和详情页",
    "/news/": "资讯：文章页，订阅在 /feed.xml",
    "/rules/": "规则中心：平台给商家的公告",
    "/inbox.json": "企业微信机器人收件箱：烽火发来的消息，JSON",
}


def utc_now() -> datetime:
    """The wall clock; tests pass their own."""
    return datetime.now(UTC)


def create_app(
    data: Path, robots: Mapping[str, str], clock: Callable[[], datetime] = utc_now
) -> Starlette:
    """Return the site; its story starts, or has started, as `data` says.

    Raises DemoError when the kept start cannot be read.
    """
    scene = make_scene(load_story(), story_start(data, clock()), clock)
    return Starlette(
        routes=_routes(scene, wecom.Inbox(data, robots)),
        middleware=[Middleware(MarkDemo)],
        exception_handlers={HTTPException: _on_http_error},
    )


class MarkDemo:
    """Puts the demo mark on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[MARK] = "demo; all content is invented"
            await send(message)

        await self._app(scope, receive, send_marked if scope["type"] == "http" else send)


def _routes(scene: Scene, inbox: wecom.Inbox) -> list[Route]:
    return [
        Route("/", _index),
        Route("/robots.txt", _robots),
        *shop.routes(scene),
        *products.routes(scene),
        *microblog.routes(scene),
        *complaints.routes(scene),
        *feed.routes(scene),
        *rules.routes(scene),
        *wecom.routes(inbox, scene.clock),
    ]


async def _index(request: Request) -> HTMLResponse:
    rows = "".join(
        f'<article><a href="{path}">{text}</a></article>' for path, text in _PARTS.items()
    )
    return page("这是演示站", rows)


async def _robots(request: Request) -> PlainTextResponse:
    return PlainTextResponse("# 演示站，欢迎采集\nUser-agent: *\nAllow: /\n")


async def _on_http_error(request: Request, error: Exception) -> HTMLResponse:
    if isinstance(error, HTTPException) and error.status_code != 404:
        return page(
            "不能这样访问", f'<p class="empty">{error.detail}</p>', status=error.status_code
        )
    return not_found()
