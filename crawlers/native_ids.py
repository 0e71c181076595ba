"""Identities of posts: the platform's own id where a link carries it, else a stable hash."""

import hashlib
import re

_WEIBO = [
    re.compile(pattern)
    for pattern in (
        r"m\.weibo\.cn/(?:status|detail|statuses)/(\w+)",
        r"(?<![\w.])weibo\.com/(?:detail/|u?/?\d+/)(\w+)",
    )
]
_IN_LINK = [
    re.compile(pattern)
    for pattern in (
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
_USABLE = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,128}")
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BID = re.compile(r"[0-9a-zA-Z]{9,10}")
_BID_GROUP, _MID_GROUP = 4, 7


def in_link(link: str) -> str:
    """Return the platform's id in a link to one of its posts, "" when there is none.

    Weibo names a post in two ways; it is always the numeric one that is returned.
    """
    for pattern in _WEIBO:
        if match := pattern.search(link):
            return weibo_mid(match[1])
    for pattern in _IN_LINK:
        if match := pattern.search(link):
            return match[1]
    return ""


def weibo_mid(name: str) -> str:
    """Return the number (mid) of the Weibo post that its web address calls `NvAbCd123` (bid).

    What is a number already stays as it is, and so does what cannot be a bid.
    """
    if name.isdecimal() or not _BID.fullmatch(name):
        return name
    # From the right, every four characters are seven decimal digits in base 62.
    groups = [name[max(end - _BID_GROUP, 0) : end] for end in range(len(name), 0, -_BID_GROUP)]
    numbers = [_from_base62(group) for group in reversed(groups)]
    if not numbers[0] or max(numbers) >= 10**_MID_GROUP:
        return name
    return str(numbers[0]) + "".join(f"{number:0{_MID_GROUP}}" for number in numbers[1:])


def _from_base62(text: str) -> int:
    number = 0
    for character in text:
        number = number * len(_BASE62) + _BASE62.index(character)
    return number


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
