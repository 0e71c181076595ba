"""What is collected, where from, and how it went."""

from crawlers.models.collecting import (
    BlockReason,
    CrawlRun,
    Outcome,
    Post,
    RejectedRecord,
    Source,
)
from crawlers.models.pages import PageVersion, WatchedPage
from crawlers.models.prices import Price
from crawlers.models.sales import AfterSale, OrderCount, OrderLine, RatingSummary
from crawlers.models.threads import Thread

__all__ = [
    "AfterSale",
    "BlockReason",
    "CrawlRun",
    "OrderCount",
    "OrderLine",
    "Outcome",
    "PageVersion",
    "Post",
    "Price",
    "RatingSummary",
    "RejectedRecord",
    "Source",
    "Thread",
    "WatchedPage",
]
