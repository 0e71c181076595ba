"""Telling a site's refusal from its answer. Nothing here goes round a refusal."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy.http import Response, TextResponse

from crawlers.models import BlockReason

LONGEST_WAIT_S = 24 * 3600
_RATE = frozenset({429, 432, 418, 412, 414})
_GONE = frozenset({404, 410})
_LOGIN_HOST = re.compile(r"^(?:passport|login|sso|accounts?)\.", re.IGNORECASE)
_LOGIN_PATH = re.compile(
    r"/(?:login|signin|sign_in|passport|sso|unhuman)(?:[/.?]|$)", re.IGNORECASE
)
# Only what the page itself says counts, never the posts on it: people write 验证码 in complaints.
_LOGIN_TITLE = re.compile(r"登录|登陆|Sina Visitor System|\blog ?in\b|\bsign ?in\b", re.IGNORECASE)
_CAPTCHA_TITLE = re.compile(
    r"安全验证|验证码|滑动验证|访问验证|人机验证|身份验证|京东验证|captcha|punish", re.IGNORECASE
)
_RATE_TITLE = re.compile(r"系统繁忙|访问(?:过于)?频繁|请求(?:过于)?频繁|too many requests", re.I)
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_CAPTCHA_MARK = re.compile(r"pdos_captcha|verify_check|_____tmd_____|RGV587_ERROR|punish", re.I)
_LOGIN_MARK = re.compile(r"passport\.(?:jd|weibo)\.com|login\.(?:sina|taobao)\.com", re.I)

Found = tuple[BlockReason, str]


def in_response(response: Response) -> Found | None:
    """Return why this response is no answer, with a few words on it; None when it is one."""
    if response.status == 304:
        return None
    by_status = _by_status(response.status)
    if by_status is not None:
        return by_status, f"HTTP {response.status}"
    if is_login(response.url):
        return BlockReason.LOGIN, "被带到登录页"
    if not response.body.strip():
        return BlockReason.EMPTY_BODY, f"HTTP {response.status}，没有内容"
    if isinstance(response, TextResponse) and _is_html(response):
        return in_title(response.text[:20_000])
    return None


def in_title(page: str) -> Found | None:
    """Return the refusal that an HTML page's own title speaks of, if it does."""
    match = _TITLE.search(page)
    title = match[1].strip() if match else ""
    for pattern, reason in (
        (_CAPTCHA_TITLE, BlockReason.CAPTCHA),
        (_LOGIN_TITLE, BlockReason.LOGIN),
        (_RATE_TITLE, BlockReason.RATE),
    ):
        if pattern.search(title):
            return reason, f"页面标题“{title[:40]}”"
    return None


def instead_of_json(body: str) -> Found:
    """Return the reason why a body that had to be JSON is not."""
    head = body[:20_000]
    if _CAPTCHA_MARK.search(head):
        return BlockReason.CAPTCHA, "返回了验证页"
    if _LOGIN_MARK.search(head):
        return BlockReason.LOGIN, "返回了登录页"
    shown = " ".join(head.split())[:60]
    return in_title(head) or (BlockReason.NOT_JSON, f"开头是“{shown}”")


def is_login(url: str) -> bool:
    """Tell whether an address is that of a login page."""
    parts = urlsplit(url)
    return bool(_LOGIN_HOST.search(parts.hostname or "") or _LOGIN_PATH.search(parts.path))


def retry_after(response: Response, *, now: datetime) -> int | None:
    """Return the seconds that the site asks to wait (a day at most), None when it asks nothing."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LONGEST_WAIT_S)
    try:
        wait = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(int(wait), 0), LONGEST_WAIT_S)


def _by_status(status: int) -> BlockReason | None:
    if status in _RATE:
        return BlockReason.RATE
    if status == 401:
        return BlockReason.LOGIN
    if status in _GONE:
        return BlockReason.GONE
    if 400 <= status < 500:
        return BlockReason.FORBIDDEN
    return BlockReason.UNREACHABLE if status >= 500 else None


def _is_html(response: TextResponse) -> bool:
    kind = (response.headers.get("Content-Type") or b"").lower()
    return b"html" in kind or response.body[:200].lstrip().lower().startswith(
        (b"<!doctype", b"<html")
    )
