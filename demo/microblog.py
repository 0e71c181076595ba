"""The microblog: a mobile search API in JSON, and pages for people."""

import hashlib
import re
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from demo.pages import china_time, cut, meta, not_found, page, page_number, pager
from demo.scene import Scene
from demo.timeline import CHINA, Shown

FIRST_ID = 4_990_000_000_000_000
FIRST_USER = 7_000_000_000
EMPTY = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
VERIFIED = {0: "个人认证", 1: "政务", 2: "企业", 3: "媒体"}

_TOPIC = re.compile(r"#[^#\n]{1,40}#")


def blog_json(shown: Shown, base: str) -> dict[str, Any]:
    """Return one post as the mobile search gives it; its text is HTML."""
    post = shown.post
    number = str(FIRST_ID + post.serial)
    return {
        "id": number,
        "mid": number,
        "bid": f"D{post.serial:08d}",
        "created_at": f"{shown.published_at.astimezone(CHINA):%a %b %d %H:%M:%S %z %Y}",
        "text": text_html(post.text),
        "isLongText": False,
        "source": "微博网页版",
        "region_name": f"发布于 {post.region}",
        "reposts_count": post.reposts,
        "comments_count": post.comments,
        "attitudes_count": post.likes,
        "user": {
            "id": FIRST_USER + _person(post.author),
            "screen_name": post.author,
            "verified": post.verified >= 0,
            "verified_type": post.verified,
            "profile_url": f"{base}weibo/?q={quote(post.author)}",
        },
        "pics": [],
        "retweeted_status": None,
    }


def text_html(text: str) -> str:
    """Return the text as HTML, its #topics# as links."""
    return _TOPIC.sub(
        lambda topic: (
            f'<a href="/weibo/?q={quote(topic[0], safe="")}">'
            f'<span class="surl-text">{topic[0]}</span></a>'
        ),
        escape(text, quote=False),
    )


def search(scene: Scene, words: str) -> list[Shown]:
    """Return the posts that hold all of `words`, in the text or as the author; none for none."""
    wanted = words.replace("#", " ").casefold().split()
    return [
        shown
        for shown in scene.shown("weibo")
        if wanted
        and all(word in f"{shown.post.text} {shown.post.author}".casefold() for word in wanted)
    ]


def routes(scene: Scene) -> list[Route]:
    """Return the search API, the search page and a page for each post."""

    def search_api(request: Request) -> JSONResponse:
        number = page_number(request, 1)
        found = search(scene, request.query_params.get("q", ""))
        here = cut(found, number - 1)
        return JSONResponse(_cards(here, number, len(found), request) if here else EMPTY)

    def search_page(request: Request) -> HTMLResponse:
        words = request.query_params.get("q", "星禾")
        number = page_number(request, 1)
        found = search(scene, words)
        rows = "".join(_html(shown) for shown in cut(found, number - 1))
        return page(
            f"微博搜索：{words}",
            (rows or '<p class="empty">这里还没有内容</p>')
            + pager("/weibo/", number, len(found), {"q": words}),
        )

    def detail(request: Request) -> HTMLResponse:
        serial = str(int(request.path_params["number"]) - FIRST_ID)
        shown = scene.find("weibo", serial)
        return page("微博正文", _html(shown)) if shown else not_found("微博不存在或已删除")

    return [
        Route("/weibo/api/search", search_api),
        Route("/weibo/", search_page),
        Route("/weibo/detail/{number:int}", detail),
    ]


def _cards(here: list[Shown], number: int, total: int, request: Request) -> dict[str, Any]:
    base = str(request.base_url)
    cards = [
        {
            "card_type": 9,
            "scheme": f"{base}weibo/detail/{FIRST_ID + shown.post.serial}",
            "mblog": blog_json(shown, base),
        }
        for shown in here
    ]
    return {"ok": 1, "data": {"cardlistInfo": {"page": number + 1, "total": total}, "cards": cards}}


def _html(shown: Shown) -> str:
    post = shown.post
    link = f"/weibo/detail/{FIRST_ID + post.serial}"
    line = meta(
        [
            china_time(shown.published_at),
            post.region,
            f"转 {post.reposts}",
            f"评 {post.comments}",
            f"赞 {post.likes}",
        ]
    )
    badge = VERIFIED.get(post.verified, "")
    return (
        f'<article><a href="{link}"><b>{escape(post.author)}</b></a> {badge}'
        f"<p>{text_html(post.text)}</p>{line}</article>"
    )


def _person(name: str) -> int:
    """Return a number for a name, the same at every start."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
