"""Every spider there is: where it stands, what it visits, and what it takes to use it.

Read without importing Scrapy, so that pages, checks and leases may ask.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Access(StrEnum):
    """What a platform asks of who wants to read it."""

    OPEN = "无需登录"
    FRAIL = "无需登录，但常被拒绝"
    COOKIE = "自己账号的 Cookie"
    KEY = "官方密钥"


@dataclass(frozen=True, slots=True)
class SpiderInfo:
    """One spider. `path` is `module:Class`; `hosts` are what it visits when no parameter says."""

    path: str
    label: str
    access: Access
    hosts: tuple[str, ...] = ()


def _table(*rows: tuple[str, str, str, Access, tuple[str, ...]]) -> Mapping[str, SpiderInfo]:
    found = {
        name: SpiderInfo(f"crawlers.spiders.{path}", label, access, hosts)
        for name, path, label, access, hosts in rows
    }
    return MappingProxyType(found)


_JD_GATEWAYS = ("api.jd.com", "api-cn.jd.com")

SPIDERS = _table(
    ("feed", "feed:FeedSpider", "RSS、Atom、JSON Feed", Access.OPEN, ()),
    ("rsshub", "rsshub:RsshubSpider", "RSSHub 路由", Access.OPEN, ()),
    ("page", "page:PageSpider", "自定义网页或接口", Access.OPEN, ()),
    (
        "weibo_search",
        "weibo.search:WeiboSearchSpider",
        "微博搜索（手机版）",
        Access.COOKIE,
        ("m.weibo.cn",),
    ),
    (
        "weibo_desktop",
        "weibo.desktop:WeiboDesktopSpider",
        "微博搜索（网页版）",
        Access.COOKIE,
        ("s.weibo.com",),
    ),
    ("weibo_hot", "weibo.hot:WeiboHotSpider", "微博热搜", Access.OPEN, ("weibo.com",)),
    (
        "weibo_comments",
        "weibo.comments:WeiboCommentsSpider",
        "微博评论",
        Access.OPEN,
        ("m.weibo.cn",),
    ),
    (
        "weibo_api",
        "weibo.api:WeiboApiSpider",
        "微博开放平台",
        Access.KEY,
        ("api.weibo.com", "c.api.weibo.com"),
    ),
    ("heimao", "heimao.feed:HeimaoSpider", "黑猫投诉（最新）", Access.OPEN, ("tousu.sina.com.cn",)),
    (
        "heimao_company",
        "heimao.company:HeimaoCompanySpider",
        "黑猫投诉（企业数据）",
        Access.OPEN,
        ("tousu.sina.com.cn",),
    ),
    (
        "heimao_search",
        "heimao.search:HeimaoSearchSpider",
        "黑猫投诉（搜索）",
        Access.COOKIE,
        ("tousu.sina.com.cn",),
    ),
    (
        "taobao_reviews",
        "shops.taobao_reviews:TaobaoReviewsSpider",
        "淘宝天猫本店评价",
        Access.KEY,
        ("gw.api.taobao.com",),
    ),
    (
        "taobao_refunds",
        "shops.taobao_refunds:TaobaoRefundsSpider",
        "淘宝天猫本店退款",
        Access.KEY,
        ("gw.api.taobao.com",),
    ),
    (
        "jd_shop_reviews",
        "shops.jd_reviews:JdShopReviewsSpider",
        "京东本店评价",
        Access.KEY,
        _JD_GATEWAYS,
    ),
    ("jd_refunds", "shops.jd_refunds:JdRefundsSpider", "京东本店售后", Access.KEY, _JD_GATEWAYS),
    (
        "kuaishou_reviews",
        "shops.kuaishou_reviews:KuaishouReviewsSpider",
        "快手小店评价",
        Access.KEY,
        ("openapi.kwaixiaodian.com",),
    ),
    (
        "kuaishou_refunds",
        "shops.kuaishou_refunds:KuaishouRefundsSpider",
        "快手小店退款",
        Access.KEY,
        ("openapi.kwaixiaodian.com",),
    ),
    (
        "pdd_refunds",
        "shops.pdd_refunds:PddRefundsSpider",
        "拼多多退款",
        Access.KEY,
        ("gw-api.pinduoduo.com",),
    ),
    (
        "doudian_refunds",
        "shops.doudian_refunds:DoudianRefundsSpider",
        "抖店售后",
        Access.KEY,
        ("openapi-fxg.jinritemai.com",),
    ),
    (
        "xiaohongshu_refunds",
        "shops.xiaohongshu_refunds:XiaohongshuRefundsSpider",
        "小红书店铺售后",
        Access.KEY,
        ("ark.xiaohongshu.com",),
    ),
    ("jd_reviews", "jd.reviews:JdReviewsSpider", "京东商品评价", Access.FRAIL, ("club.jd.com",)),
    (
        "jd_summaries",
        "jd.summaries:JdSummariesSpider",
        "京东评价汇总",
        Access.FRAIL,
        ("club.jd.com",),
    ),
    ("jd_prices", "prices.jd:JdPricesSpider", "京东价格", Access.FRAIL, ("p.3.cn",)),
    ("prices", "prices.page:PagePricesSpider", "商品页价格", Access.OPEN, ()),
    ("rule_pages", "rule_pages:RulePagesSpider", "平台规则页", Access.OPEN, ()),
    (
        "bilibili_search",
        "bilibili.search:BilibiliSearchSpider",
        "B站搜索",
        Access.OPEN,
        ("api.bilibili.com", "www.bilibili.com"),
    ),
    (
        "bilibili_replies",
        "bilibili.replies:BilibiliRepliesSpider",
        "B站评论",
        Access.OPEN,
        ("api.bilibili.com", "www.bilibili.com"),
    ),
    ("tieba_search", "tieba:TiebaSearchSpider", "贴吧搜索", Access.COOKIE, ("tieba.baidu.com",)),
    (
        "douyin_comments",
        "douyin_comments:DouyinCommentsSpider",
        "抖音自己视频的评论",
        Access.KEY,
        ("open.douyin.com",),
    ),
    ("sandbox_shop", "sandbox_shop:SandboxShopSpider", "演示：商城", Access.OPEN, ()),
    ("sandbox_weibo", "sandbox_weibo:SandboxWeiboSpider", "演示：微博", Access.OPEN, ()),
    ("sandbox_tousu", "sandbox_tousu:SandboxTousuSpider", "演示：投诉", Access.OPEN, ()),
    ("sandbox_rules", "sandbox_rules:SandboxRulesSpider", "演示：规则", Access.OPEN, ()),
)


def hosts_of(spider: str) -> frozenset[str]:
    """Return the hosts that a spider visits of its own; none for one that is not known."""
    info = SPIDERS.get(spider)
    return frozenset(info.hosts) if info is not None else frozenset()
