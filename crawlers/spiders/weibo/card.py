"""A card of Weibo's desktop search: one post in HTML, a retweeted one perhaps within it."""

import html
import re
from typing import Any

from parsel import Selector, SelectorList

from crawlers import native_ids
from crawlers.cleaning import clean_line, clean_text
from crawlers.counts import parse_count

_RETWEETED_CHARACTERS = 500


def with_class(name: str) -> str:
    """Return the XPath condition of an element that has this class, among others."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


_RETWEET = f".//*[{with_class('card-comment')}]"
_OWN = f"[not(ancestor::*[{with_class('card-comment')}])]"
_FROM = f".//*[{with_class('from')}]"
# What unfolds a text, `展开c` with the c of an icon font, is a link like any other.
_FOLD = "self::a[string-length(normalize-space(.)) <= 5 and ({})]".format(
    " or ".join(f"starts-with(normalize-space(.), '{word}')" for word in ("展开", "收起"))
)
_AUTHOR = re.compile(r"weibo\.com/(?:u/)?(\d+)")
_BID = re.compile(r"weibo\.com/\d+/(\w+)")
_NOISE = re.compile(r"\s*转赞人数.*", re.DOTALL)


def fields(card: Selector) -> dict[str, Any]:
    """Return what `PostSpider.post` takes for a card. Raises ValueError without a number."""
    header = card.xpath(_FROM + _OWN)
    link = header.xpath(".//a[1]/@href").get(default="")
    author = card.xpath(f".//*[{with_class('info')}]//a[@nick-name]{_OWN}")
    return {
        "native_id": mid_of(card),
        "text": _text(card.xpath(f".//p[@node-type]{_OWN}")),
        "url": _address(link),
        "author": author.attrib.get("nick-name") or _line(author[:1]),
        "author_id": _found(_AUTHOR, author.attrib.get("href") or link),
        "likes": _count(card, "feed_list_like"),
        "comments": _count(card, "feed_list_comment"),
        "reposts": _count(card, "feed_list_forward"),
        "published_at": time_of(card),
        "extra": _extra(card, header, link),
    }


def mid_of(card: Selector) -> str:
    """Return the post's number. Raises ValueError when it has none."""
    mid = card.attrib.get("mid", "").strip()
    if not (mid.isascii() and mid.isdecimal()):
        raise ValueError("没有微博编号（mid）")
    return mid


def time_of(card: Selector) -> str:
    """Return the time as the card writes it, without what the site adds to it."""
    return _NOISE.sub("", _line(card.xpath(f"{_FROM}{_OWN}//a[1]")[:1]))


def _text(paragraphs: SelectorList[Selector]) -> str:
    """Return the text of one post, the whole one where the page has it, without the fold."""
    for kind in ("feed_list_content_full", "feed_list_content"):
        for paragraph in paragraphs.xpath(f"self::*[@node-type='{kind}']"):
            return _inner(paragraph)
    return ""


def _inner(paragraph: Selector) -> str:
    nodes = paragraph.xpath(f"node()[not({_FOLD})]")
    # A text node comes unescaped, an element as HTML: both have to be HTML.
    parts = [
        html.escape(node.root, quote=False) if isinstance(node.root, str) else node.get()
        for node in nodes
    ]
    return "".join(parts).strip()


def _count(card: Selector, action: str) -> int:
    """Return the count on a button, which may stand behind its name; 0 when there is none."""
    text = _line(card.xpath(f".//*[@action-type='{action}']{_OWN}")[:1])
    text = re.sub(r"^(?:转发|评论|赞)\s*", "", text)
    try:
        return parse_count(text)
    except ValueError:
        return 0


def _extra(card: Selector, header: SelectorList[Selector], link: str) -> dict[str, Any]:
    original = card.xpath(_RETWEET)[:1]
    pictures = card.xpath(f".//*[{with_class('media-piclist')}]//li{_OWN}")
    original_link = original.xpath(f"{_FROM}//a[1]/@href").get(default="")
    retweeted = clean_text(_text(original.xpath(".//p[@node-type]")))
    retweeted_id = native_ids.weibo_mid(_found(_BID, original_link))
    extra = {
        "bid": _found(_BID, link)[:20],
        "client": _line(header.xpath(".//a[2]")[:1])[:60],
        "retweeted": retweeted[:_RETWEETED_CHARACTERS],
        "retweeted_id": retweeted_id if retweeted_id.isdecimal() else "",
        "pictures": len(pictures),
    }
    return {key: value for key, value in extra.items() if value}


def _address(link: str) -> str:
    bid, author = _found(_BID, link), _found(_AUTHOR, link)
    return f"https://weibo.com/{author}/{bid}" if bid and author else ""


def _line(found: SelectorList[Selector]) -> str:
    return clean_line(found.xpath("string(.)").get(default=""), limit=80)


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
