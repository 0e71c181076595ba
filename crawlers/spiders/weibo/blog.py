"""A `mblog`: a Weibo post in JSON, alike in the mobile site's and the official interface's answers.

A post's identity is its number, the `mid`, wherever it was found; its other name, the `bid`, is
kept beside it.
"""

from typing import Any

from crawlers import native_ids
from crawlers.cleaning import clean_text
from crawlers.spiders.rows import id_of, list_of, object_of

_RETWEETED_CHARACTERS = 500
DETAIL = "https://m.weibo.cn/detail/"


def mid_of(blog: dict[str, Any]) -> str:
    """Return the post's number. Raises ValueError when nothing in it can be one."""
    for name in ("mid", "id", "idstr", "bid", "mblogid"):
        mid = native_ids.weibo_mid(id_of(blog.get(name)))
        if mid.isascii() and mid.isdecimal():
            return mid
    raise ValueError("没有微博编号（mid）")


def fields(blog: dict[str, Any]) -> dict[str, Any]:
    """Return what `PostSpider.post` takes for this post. Raises ValueError without a number."""
    mid, user = mid_of(blog), object_of(blog.get("user"))
    return {
        "native_id": mid,
        "text": object_of(blog.get("longText")).get("longTextContent") or blog.get("text"),
        "url": DETAIL + mid,
        "author": id_of(user.get("screen_name")),
        "author_id": id_of(user.get("idstr")) or id_of(user.get("id")),
        "likes": blog.get("attitudes_count"),
        "comments": blog.get("comments_count"),
        "reposts": blog.get("reposts_count"),
        "published_at": blog.get("created_at"),
        "extra": _extra(blog, user),
    }


def is_cut(blog: dict[str, Any]) -> bool:
    """Tell whether the post's text goes on elsewhere."""
    return blog.get("isLongText") is True and not object_of(blog.get("longText")).get(
        "longTextContent"
    )


def is_deleted(blog: dict[str, Any]) -> bool:
    """Tell whether only the place of a deleted post is left."""
    return id_of(blog.get("deleted")) == "1" or blog.get("deleted") is True


def region_of(text: Any) -> str:
    """Return the region in `发布于 浙江` or `来自北京`."""
    region = id_of(text).strip()
    for lead in ("发布于", "来自"):
        region = region.removeprefix(lead).strip()
    return region[:30]


def _extra(blog: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    retweeted = object_of(blog.get("retweeted_status"))
    pictures = list_of(blog.get("pics")) or list_of(blog.get("pic_urls"))
    verified = user.get("verified") is True
    extra = {
        "bid": id_of(blog.get("bid") or blog.get("mblogid"))[:20],
        "region": region_of(blog.get("region_name")),
        "client": clean_text(id_of(blog.get("source")))[:60],
        "followers": id_of(user.get("followers_count"))[:20],
        "verified_type": id_of(user.get("verified_type"))[:10] if verified else "",
        "retweeted": clean_text(id_of(retweeted.get("text")))[:_RETWEETED_CHARACTERS],
        "retweeted_id": _retweeted_id(retweeted),
        "pictures": len(pictures),
        "video": object_of(blog.get("page_info")).get("type") == "video",
    }
    return {key: value for key, value in extra.items() if value}


def _retweeted_id(retweeted: dict[str, Any]) -> str:
    try:
        return mid_of(retweeted)
    except ValueError:
        return ""
