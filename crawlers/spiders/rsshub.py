"""Feeds that the operator's own RSSHub makes of sites: routes by name, and its failures named."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from string import Formatter
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from scrapy.http import Response

from crawlers import addresses, blocks, platforms
from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.asked import words
from crawlers.spiders.base import BadParams, Job, body_text
from crawlers.spiders.feed import Feed, FeedSpider

NO_PLATFORM = "rsshub"
"""A source of this platform is told its posts' platform by the route."""
_MOST_FEEDS = 50


@dataclass(frozen=True, slots=True)
class Preset:
    """One route: its path, and of which platform and kind its entries are.

    `identity` finds the native id in an entry's link where the usual one is that of the page.
    """

    path: str
    platform: str
    kind: str
    identity: str = ""

    @property
    def names(self) -> list[str]:
        """The arguments that the path takes."""
        return [name for _, name, _, _ in Formatter().parse(self.path) if name]

    @property
    def beginning(self) -> str:
        """The part of the path before its first argument."""
        return self.path.partition("{")[0]


_NOTE = r"xiaohongshu\.com/(?:explore|discovery/item|user/profile/\w+)/(\w+)"
_REPLY = r"#reply(\d+)"
_FLOOR = r"[?&]pid=(\d+)"

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "weibo_keyword": Preset("/weibo/keyword/{keyword}", "weibo", "social"),
        "weibo_user": Preset("/weibo/user/{uid}", "weibo", "social"),
        "weibo_super_index": Preset("/weibo/super_index/{id}", "weibo", "social"),
        "weibo_hot": Preset("/weibo/search/hot", "weibo", "article"),
        "xiaohongshu_user": Preset("/xiaohongshu/user/{id}/notes", "xiaohongshu", "social", _NOTE),
        "xiaohongshu_board": Preset("/xiaohongshu/board/{id}", "xiaohongshu", "social", _NOTE),
        "douyin_user": Preset("/douyin/user/{sec_uid}", "douyin", "social"),
        "douyin_hashtag": Preset("/douyin/hashtag/{cid}", "douyin", "social"),
        "bilibili_video_search": Preset(
            "/bilibili/vsearch/{keyword}/{order}", "bilibili", "social"
        ),
        "bilibili_video_reply": Preset(
            "/bilibili/video/reply/{bvid}", "bilibili", "comment", _REPLY
        ),
        "bilibili_user_dynamic": Preset("/bilibili/user/dynamic/{uid}", "bilibili", "social"),
        "zhihu_question": Preset("/zhihu/question/{id}", "zhihu", "social"),
        "zhihu_topic": Preset("/zhihu/topic/{id}", "zhihu", "social"),
        "zhihu_hot": Preset("/zhihu/hot", "zhihu", "article"),
        "smzdm_keyword": Preset("/smzdm/keyword/{keyword}", "smzdm", "article"),
        "smzdm_product": Preset("/smzdm/product/{id}", "smzdm", "article"),
        "smzdm_ranking": Preset("/smzdm/ranking/{rank_type}/{rank_id}/{hour}", "smzdm", "article"),
        "tieba_search": Preset("/tieba/search/{keyword}", "tieba", "social"),
        "tieba_forum": Preset("/tieba/forum/{keyword}", "tieba", "social"),
        "tieba_post": Preset("/tieba/post/{id}", "tieba", "comment", _FLOOR),
        "jd_price": Preset("/jd/price/{sku}", "jd", "article"),
        "sina_tousu": Preset("/sina/tousu", "heimao", "complaint"),
        "baidu_search": Preset("/baidu/search/{keyword}", "news", "article"),
    }
)
_USUAL = {"order": "pubdate"}

_EMPTY = re.compile(r"this route is empty", re.IGNORECASE)
_ERROR = re.compile(r"\b([A-Z][A-Za-z]{2,30}Error)\b(?:\s*[:：]\s*([^<\n]{0,160}))?")
_UPSTREAM = re.compile(r"(?:FetchError|HTTPError|Response code)[^<\n]{0,300}?\b([45]\d\d)\b")
_BY_NAME = {
    "ConfigNotFoundError": (BlockReason.LOGIN, "RSSHub 缺少配置"),
    "RejectError": (BlockReason.FORBIDDEN, "RSSHub 拒绝访问，请检查参数 key"),
    "CaptchaError": (BlockReason.CAPTCHA, "RSSHub 在来源网站遇到验证码"),
    "RequestInProgressError": (BlockReason.RATE, "RSSHub 正在取同一路由，稍后再来"),
    "InvalidParameterError": (BlockReason.SHAPE, "RSSHub 不认这个路由的参数"),
    "NotFoundError": (BlockReason.SHAPE, "RSSHub 没有这个路由，或版本太旧"),
}
_BY_STATUS = {
    401: (BlockReason.FORBIDDEN, "RSSHub 拒绝访问，请检查参数 key"),
    403: (BlockReason.FORBIDDEN, "RSSHub 拒绝访问，请检查参数 key"),
    404: (BlockReason.SHAPE, "RSSHub 没有这个路由，或版本太旧"),
}
_BY_UPSTREAM = {
    401: BlockReason.LOGIN,
    404: BlockReason.GONE,
    **dict.fromkeys((403, 451), BlockReason.FORBIDDEN),
    **dict.fromkeys((412, 418, 429, 432), BlockReason.RATE),
    **dict.fromkeys((461, 471), BlockReason.CAPTCHA),
}


class RsshubSpider(FeedSpider):
    """Parameters: `base` (the RSSHub's address), `route` (see PRESETS) with `args`, or `path`.

    Also `key` (access control), `query` (RSSHub's own options, as limit or filter) and `kind`. An
    argument may be a list: each of its values is a feed of its own.
    """

    name = "rsshub"
    required_params = ("base",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preset = _preset(self.job)
        if not self.params.get("kind"):
            self.entry_kind = preset.kind
        own = self.job.platform
        self.platform = preset.platform if own == NO_PLATFORM else own
        self._identity = re.compile(preset.identity) if preset.identity else None

    def feeds(self) -> list[Feed]:
        """Return one feed for each combination of the arguments; the key is in no name of them."""
        base = _base(self.job)
        key = self.params.get("key")
        found = []
        for path in _paths(self.job):
            parts = urlsplit(path)
            query = parse_qsl(parts.query) + list(_options(self.job).items())
            name = base + parts.path + (f"?{urlencode(query)}" if query else "")
            keyed = [*query, ("key", str(key))] if key else query
            url = base + parts.path + (f"?{urlencode(keyed)}" if keyed else "")
            # RSSHub has tried already, and would trouble the site again.
            found.append(Feed(name, url, {"dont_retry": True}))
        return found

    def refusal(self, response: Response) -> blocks.Found | None:
        """Read what RSSHub says on its error pages; an empty route is no refusal."""
        if response.status < 400:
            return super().refusal(response)
        text = body_text(response)[:50_000]
        if _EMPTY.search(text):
            return None
        return _named(text) or _BY_STATUS.get(response.status) or super().refusal(response)

    def parse(self, response: Response, feed: str) -> Iterator[dict[str, Any] | Refused]:
        """Yield the feed's entries; a route without any answers as with an error."""
        if response.status >= 400:
            self.nothing_new = True
            return
        yield from super().parse(response, feed)

    def post(self, *, native_id: Any, text: str | None, **fields: Any) -> dict[str, Any]:
        """Return a record of the route's platform."""
        return super().post(
            native_id=native_id, text=text, **({"platform": self.platform} | fields)
        )

    def native_id(self, entry: dict[str, Any]) -> str:
        """Return an entry's identity; of a comment its own, not that of what it is about."""
        match = self._identity.search(entry["link"]) if self._identity else None
        return match[1] if match else super().native_id(entry)


def _base(job: Job) -> str:
    base = str(job.params["base"]).rstrip("/")
    try:
        addresses.endpoint(base)
    except ValueError:
        raise BadParams(f"信源 {job.slug} 的参数 base 应是 RSSHub 的网址") from None
    return base


def _preset(job: Job) -> Preset:
    """Return the route that the source names, or the one that its path looks like."""
    route = job.params.get("route")
    if bool(route) == bool(job.params.get("path")):
        raise BadParams(f"信源 {job.slug} 要写参数 route 或 path，二者取一")
    if route:
        preset = PRESETS.get(str(route))
        if preset is None:
            known = "、".join(sorted(PRESETS))
            raise BadParams(f"信源 {job.slug} 的参数 route：没有“{route}”（有：{known}）")
        return preset
    path = words(job, "path")[0]
    alike = [one for one in PRESETS.values() if path.startswith(one.beginning)]
    if alike:
        return max(alike, key=lambda one: len(one.beginning))
    first = path.strip("/").partition("/")[0]
    return Preset(path, first if first in platforms.LABELS else NO_PLATFORM, "article")


def _paths(job: Job) -> list[str]:
    preset = _preset(job)
    if not job.params.get("route"):
        paths = words(job, "path")
        if not all(path.startswith("/") for path in paths):
            raise BadParams(f"信源 {job.slug} 的参数 path 应以 / 开头")
        return [quote(path, safe="/%:?=&,;@!$'()*+~-._") for path in paths]
    given = job.params.get("args") or {}
    if not isinstance(given, dict):
        raise BadParams(f"信源 {job.slug} 的参数 args 应是“名字: 值”的一组")
    args = {name: value for name, value in _USUAL.items() if name in preset.names} | given
    missing = [name for name in preset.names if name not in args]
    unknown = [str(name) for name in args if name not in preset.names]
    if missing or unknown:
        wrong = f"缺少 {'、'.join(missing)}" if missing else f"没有 {'、'.join(unknown)}"
        raise BadParams(f"信源 {job.slug} 的参数 args：路由 {job.params['route']} {wrong}")
    values = [words(Job(job.slug, job.platform, args), name) for name in preset.names]
    combined = [dict(zip(preset.names, one, strict=True)) for one in product(*values)]
    if len(combined) > _MOST_FEEDS:
        raise BadParams(f"信源 {job.slug} 的参数 args：一个信源最多 {_MOST_FEEDS} 条路由")
    return [
        preset.path.format(**{name: quote(value, safe="") for name, value in one.items()})
        for one in combined
    ]


def _options(job: Job) -> dict[str, str]:
    query = job.params.get("query") or {}
    if not isinstance(query, dict):
        raise BadParams(f"信源 {job.slug} 的参数 query 应是“名字: 值”的一组")
    return {str(name): str(value) for name, value in query.items()}


def _named(text: str) -> blocks.Found | None:
    """Return the refusal that an error page names, of RSSHub itself or of the site behind it."""
    found = _ERROR.search(text)
    if found is None:
        return None
    name, said = found[1], (found[2] or "").strip()
    reason, what = _BY_NAME.get(name, (None, ""))
    if reason is not None:
        return reason, "：".join(filter(None, [what, said]))
    upstream = _UPSTREAM.search(text)
    status = int(upstream[1]) if upstream else 0
    reason = _BY_UPSTREAM.get(status, BlockReason.UNREACHABLE)
    return reason, f"RSSHub 没有取到：{name} {said}".strip()
