"""Pages for what went wrong: what is, what to do, and a number by which the log is found."""

import logging
import secrets
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _page(request, 400, "这个地址或表单读不懂", "回到上一页再试一次。")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer someone whose role does not allow this."""
    return _page(request, 403, "你没有打开这一页或做这一步的权限", "需要的话，找管理员开通。")


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is missing or old."""
    log.warning("form refused at %s: %s", request.path, reason)
    return _page(request, 403, "页面放得太久，没有保存", "回到上一页刷新，再做一次。")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address that leads nowhere."""
    return _page(request, 404, "没有这一页", "链接可能旧了，或这件事已经删除。")


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a failure of our own. Draws nothing that could fail again: no user, no query."""
    number = secrets.token_hex(2).upper()
    log.error("error %s at %s %s", number, request.method, request.path, exc_info=sys.exc_info())
    text = f"再试一次，仍不行把编号 {number} 给管理员。"
    context = {"status": 500, "title": "出错了，没有保存", "text": text}
    return HttpResponse(render_to_string("console/error.html", context), status=500)


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    context: dict[str, Any] = {"status": status, "title": title, "text": text}
    return render(request, "console/error.html", context, status=status)
