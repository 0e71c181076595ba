"""Scrapy's settings for one run: polite by default, and open to nothing it does not need."""

import logging
from typing import Any

from scrapy.logformatter import LogFormatter

from crawlers.addresses import is_loopback, own_endpoints
from crawlers.known_spiders import Access

DELAY_S = {Access.COOKIE: 10.0, Access.KEY: 1.0}
OTHER_DELAY_S = 6.0
LEAST_DELAY_S = 3.0
LEAST_API_DELAY_S = 0.2
PAGE_BYTES = 10 * 1024 * 1024

BASE: dict[str, Any] = {
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "Fenghuo",
    "CONCURRENT_REQUESTS": 4,
    # Scrapy starts so many tasks for each response, whatever it yields; its own 100 cost more
    # than all the rest of a page.
    "CONCURRENT_ITEMS": 2,
    "DOWNLOAD_DELAY_JITTER": 0.5,
    "AUTOTHROTTLE_MAX_DELAY": 60.0,
    "AUTOTHROTTLE_TARGET_CONCURRENCY": 1.0,
    "DOWNLOAD_TIMEOUT": 30,
    "DOWNLOAD_MAXSIZE": PAGE_BYTES,  # also of what a compressed body unpacks to
    "DOWNLOAD_WARNSIZE": 0,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
    "DNS_TIMEOUT": 15,
    "TWISTED_DNS_RESOLVER": "crawlers.addresses.PublicResolver",
    "REDIRECT_MAX_TIMES": 5,
    "METAREFRESH_ENABLED": False,
    "COOKIES_ENABLED": False,
    "REFERER_ENABLED": True,
    "REFERRER_POLICY": "same-origin",
    # A refusal is no hiccup: 429 and its kin are never asked again.
    "RETRY_HTTP_CODES": [500, 502, 503, 504, 522, 524, 408],
    "RETRY_TIMES": 2,
    "RETRY_GIVE_UP_LOG_LEVEL": "INFO",
    "HTTPERROR_ALLOW_ALL": True,  # `Refusals` reads them
    "DEFAULT_REQUEST_HEADERS": {
        "Accept": "text/html,application/json,application/xml;q=0.9,*/*;q=0.8",
        "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
    },
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "MEMUSAGE_LIMIT_MB": 1024,
    "MIN_ITEMS": 1,
    "STATS_DUMP": False,
    "LOG_LEVEL": "WARNING",
    "LOG_FORMATTER": "crawlers.settings_scrapy.QuietFormatter",
    # The whole chain, not what to leave out of Scrapy's own: that would be loaded all the same,
    # and a run starts in half the time without it.
    "EXTENSIONS_BASE": {
        "scrapy.extensions.corestats.CoreStats": 0,
        "crawlers.memory.ResidentMemory": 0,
        "scrapy.extensions.closespider.CloseSpider": 0,
        "scrapy.extensions.throttle.AutoThrottle": 0,
    },
    "DOWNLOADER_MIDDLEWARES_BASE": {
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": 50,
        "crawlers.middlewares.AddressGuard": 60,  # before robots.txt is fetched
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": 100,
        "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
        "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": 550,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": 600,
        "crawlers.middlewares.LoginRedirect": 650,  # before redirects are followed
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
        "scrapy.downloadermiddlewares.stats.DownloaderStats": 850,
    },
    "SPIDER_MIDDLEWARES_BASE": {"scrapy.spidermiddlewares.referer.RefererMiddleware": 700},
    "SPIDER_MIDDLEWARES": {
        "crawlers.middlewares.Refusals": 40,
        "crawlers.middlewares.Gathered": 900,  # next to the spider
    },
    "ITEM_PIPELINES": {
        "crawlers.pipelines.CleanPipeline": 100,
        "crawlers.pipelines.LimitPipeline": 200,
        "crawlers.pipelines.SavePipeline": 900,
    },
}
DRY_RUN = {
    "ITEM_PIPELINES": {
        "crawlers.pipelines.CleanPipeline": 100,
        "crawlers.pipelines.LimitPipeline": 200,
        "crawlers.pipelines.ShowPipeline": 900,
    }
}


class QuietFormatter(LogFormatter):
    """Failed downloads and refused items are results of the run, not errors of the program."""

    def download_error(self, *args: Any, **kwargs: Any) -> Any:
        return {**super().download_error(*args, **kwargs), "level": logging.DEBUG}

    def dropped(self, *args: Any, **kwargs: Any) -> Any:
        return {**super().dropped(*args, **kwargs), "level": logging.DEBUG}


def build(
    params: dict[str, Any], *, user_agent: str, access: Access = Access.OPEN
) -> dict[str, Any]:
    """Return the settings for a source with these parameters.

    `delay_seconds` is the pause between two pages of a host; under LEAST_DELAY_S it holds only
    for this machine itself, and for official APIs: who has a key is bound by its terms, not by
    robots.txt. `ignore_robots` is the operator's recorded decision not to obey
    robots.txt, `{by: who, reason: why}`; raises ValueError when it lacks either.
    """
    asked_hosts = {host for host, _ in own_endpoints(params.get("replay") or params)}
    local = bool(asked_hosts) and all(map(is_loopback, asked_hosts))
    asked = params.get("delay_seconds")
    usual = DELAY_S.get(access, OTHER_DELAY_S)
    delay = float(asked) if isinstance(asked, int | float) and asked >= 0 else usual
    official = access is Access.KEY
    if not local:
        delay = max(delay, LEAST_API_DELAY_S if official else LEAST_DELAY_S)
    return BASE | {
        "USER_AGENT": user_agent,
        "DOWNLOAD_DELAY": delay,
        # Without a pause Scrapy starts a second request before it has counted the first, and a
        # pool of one connection would then close the other after every page.
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if delay else 2,
        "AUTOTHROTTLE_ENABLED": delay > 0,
        "AUTOTHROTTLE_START_DELAY": delay,
        "ROBOTSTXT_OBEY": not (_robots_ignored(params.get("ignore_robots")) or official),
    }


def _robots_ignored(decision: Any) -> bool:
    if not decision:
        return False
    if isinstance(decision, dict) and all(
        str(decision.get(name) or "").strip() for name in ("by", "reason")
    ):
        return True
    raise ValueError("参数 ignore_robots 要写明谁决定的、为什么：{by: 姓名, reason: 理由}")
