"""The complaint platform: HTML lists, and details whose list items are left open."""

from datetime import timedelta
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from demo.pages import china_time, china_words, cut, meta, not_found, page, page_number, pager
from demo.scene import Scene
from demo.timeline import Shown

FIRST_NUMBER = 17_300_000_000
PLATFORM = "演示投诉平台"
STATUS = {1: "审核通过", 3: "待分配", 4: "处理中", 6: "已回复", 7: "已完成", 8: "已关闭"}

_REPLY_AFTER = timedelta(minutes=5)


def routes(scene: Scene) -> list[Route]:
    """Return the list of complaints, newest first, and a page for each."""

    def listing(request: Request) -> HTMLResponse:
        number = page_number(request, 1)
        complaints = scene.shown("tousu")
        rows = "".join(_row(shown) for shown in cut(complaints, number - 1))
        body = f'<div class="ts-list">{rows}</div>' if rows else '<p class="empty">暂无投诉</p>'
        return page("最新投诉", body + pager("/tousu/", number, len(complaints), {}))

    def detail(request: Request) -> HTMLResponse:
        serial = str(request.path_params["number"] - FIRST_NUMBER)
        shown = scene.find("tousu", serial)
        if not shown:
            return not_found()
        return page(shown.post.title, _detail(shown, scene), heading=False)

    return [Route("/tousu/", listing), Route("/tousu/view/{number:int}", detail)]


def _row(shown: Shown) -> str:
    post = shown.post
    link = f"/tousu/view/{FIRST_NUMBER + post.serial}"
    line = meta([china_time(shown.published_at), _target(shown), STATUS[post.status]])
    return f'<article><a href="{link}">{escape(post.title)}</a>{line}</article>'


def _target(shown: Shown) -> str:
    return f"{'杉泊' if '杉泊' in shown.post.title else '星禾'}旗舰店"


def _detail(shown: Shown, scene: Scene) -> str:
    post = shown.post
    facts = {
        "投诉编号": str(FIRST_NUMBER + post.serial),
        "投诉对象": f"<a>{_target(shown)}</a>",
        "投诉问题": escape(post.issue),
        "投诉要求": escape(post.appeal),
        "涉诉金额": f"{post.cost}元",
        "投诉进度": f"<b>{STATUS[post.status]}</b>",
    }
    items = "".join(f"<li><label>{name}：</label>{value}" for name, value in facts.items())
    steps = _step(PLATFORM, "审核通过", shown, timedelta(), "")
    if post.reply and shown.published_at + _REPLY_AFTER <= scene.clock():
        steps = _step(post.reply.by, "回复", shown, _REPLY_AFTER, post.reply.text) + steps
    steps += _step(post.author, "发起投诉", shown, timedelta(), post.text)
    return (
        f'<div class="ts-d-question sheet"><h1 class="article">{escape(post.title)}</h1>'
        f'<span class="u-name">{escape(post.author)}</span> '
        f'<span class="u-date">发布于 {china_words(shown.published_at)}</span>'
        f'<ul class="ts-q-list">{items}</ul></div>'
        f'<div class="ts-d-steplist">{steps}</div>'
    )


def _step(name: str, status: str, shown: Shown, later: timedelta, text: str) -> str:
    return (
        f'<div class="ts-d-item sheet"><span class="u-name">{escape(name)}</span> '
        f'<span class="u-status">{status}</span> '
        f'<span class="u-date">{china_words(shown.published_at + later)}</span>'
        f'<div class="ts-d-cont"><p>{escape(text)}</p></div></div>'
    )
