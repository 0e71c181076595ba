"""Identities of posts: the platform's own id where a link carries it, else a stable hash."""

import hashlib
import re

_IN_LINK = [
    re.compile(pattern)
    for pattern in (
        r"m\.weibo\.cn/(?:status|detail|statuses)/(\w+)",
        r"(?<![\w.])weibo\.com/(?:detail/|u?/?\d+/)(\w+)",
        r"bilibili\.com/video/(BV\w+|av\d+)",
        r"bilibili\.com/opus/(\d+)",
        r"xiaohongshu\.com/(?:explore|discovery/item)/(\w+)",
        r"zhihu\.com/(?:question/\d+/)?answer/(\d+)",
        r"zhuanlan\.zhihu\.com/p/(\d+)",
        r"douyin\.com/(?:video|note)/(\d+)",
        r"kuaishou\.com/short-video/(\w+)",
        r"tieba\.baidu\.com/p/(\d+)",
        r"tousu\.sina\.com\.cn/complaint/view/(\d+)",
        r"smzdm\.com/p/(\w+)",
        r"mp\.weixin\.qq\.com/s/([\w-]{16,})",
    )
]
_USABLE = re.compile(r"[^\s\x00-\x1f\x7f]{1,128}")


def in_link(link: str) -> str:
    """Return the platform's id in a link to one of its posts, "" when there is none."""
    for pattern in _IN_LINK:
        if match := pattern.search(link):
            return match[1]
    return ""


def hashed(*parts: str) -> str:
    """Return an id that is the same for the same parts, and for no others."""
    text = "\x1f".join(part.strip() for part in parts)
    return f"h:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


def of_entry(link: str, guid: str) -> str:
    """Return a feed entry's identity: the id in its link, else its guid, else its link's hash.

    "" when it has neither link nor guid.
    """
    found = in_link(link)
    if found:
        return found
    if guid:
        return guid if _USABLE.fullmatch(guid) else hashed(guid)
    return hashed(link) if link else ""
