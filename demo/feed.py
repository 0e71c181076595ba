"""Media and blogs: an RSS 2.0 feed, and the articles it leads to."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from demo.pages import china_time, cut, meta, not_found, page, page_number, pager
from demo.scene import Scene
from demo.timeline import Shown

LIMIT = 40


def rss(articles: list[Shown], base: str) -> str:
    """Return the feed of `articles`; `base` is the site's address with a slash at its end."""
    items = "".join(_item(shown, base) for shown in articles)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>演示资讯</title><link>{base}news/</link>"
        "<description>演示站的资讯，内容纯属虚构</description><language>zh-cn</language>"
        f"{items}</channel></rss>\n"
    )


def routes(scene: Scene) -> list[Route]:
    """Return the feed, which answers conditional requests, and the article pages."""

    def feed(request: Request) -> Response:
        articles = scene.shown("news")
        changed_at = max((shown.appears_at for shown in articles), default=None)
        body = rss(articles[:LIMIT], str(request.base_url)).encode()
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:24]}"'}
        if changed_at:
            headers["Last-Modified"] = _http_date(changed_at)
        if _is_known(request, headers["ETag"], changed_at):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/rss+xml; charset=utf-8", headers=headers)

    def listing(request: Request) -> HTMLResponse:
        number = page_number(request, 1)
        articles = scene.shown("news")
        rows = "".join(_row(shown) for shown in cut(articles, number - 1))
        empty = '<p class="empty">还没有文章</p>'
        return page("资讯", (rows or empty) + pager("/news/", number, len(articles), {}))

    def article(request: Request) -> HTMLResponse:
        shown = scene.find("news", str(request.path_params["number"]))
        if not shown:
            return not_found("文章不存在")
        line = meta([shown.post.author, china_time(shown.published_at)])
        return page(shown.post.title, f"<article>{_paragraphs(shown)}{line}</article>")

    return [
        Route("/feed.xml", feed),
        Route("/news/", listing),
        Route("/news/{number:int}", article),
    ]


def _item(shown: Shown, base: str) -> str:
    post = shown.post
    link = f"{base}news/{post.serial}"
    return (
        f"<item><title>{escape(post.title)}</title><link>{link}</link>"
        f'<guid isPermaLink="true">{link}</guid>'
        f"<pubDate>{format_datetime(shown.published_at.astimezone(UTC), usegmt=True)}</pubDate>"
        f"<dc:creator>{escape(post.author)}</dc:creator><category>小家电</category>"
        f"<description><![CDATA[{_paragraphs(shown)}]]></description></item>"
    )


def _paragraphs(shown: Shown) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in shown.post.text.splitlines())


def _row(shown: Shown) -> str:
    post = shown.post
    line = meta([post.author, china_time(shown.published_at)])
    return f'<article><a href="/news/{post.serial}">{escape(post.title)}</a>{line}</article>'


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _is_known(request: Request, etag: str, changed_at: datetime | None) -> bool:
    """Return whether the caller has this very feed; If-None-Match goes before the date."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return bool(known & {etag, "*"})
    since = request.headers.get("if-modified-since")
    if since is None or changed_at is None:
        return False
    try:
        return changed_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
