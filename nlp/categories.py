"""The thirteen risk categories, and the level that an accepted hit raises by default."""

from enum import StrEnum

from nlp.levels import Level


class Category(StrEnum):
    """What kind of trouble a text complains of."""

    SAFETY = "safety"
    QUALITY = "quality"
    COUNTERFEIT = "counterfeit"
    LEGAL = "legal"
    MEDIA = "media"
    PRIVACY = "privacy"
    FALSE_AD = "false_ad"
    SERVICE = "service"
    AFTER_SALES = "after_sales"
    PRICE = "price"
    LOGISTICS = "logistics"
    PACKAGING = "packaging"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def default_level(self) -> Level:
        """The level of a rule of this category that names none."""
        return _DEFAULT_LEVELS.get(self, Level.WATCH)


_LABELS = {
    Category.SAFETY: "安全",
    Category.QUALITY: "质量",
    Category.COUNTERFEIT: "假货",
    Category.LEGAL: "监管法律",
    Category.MEDIA: "媒体曝光",
    Category.PRIVACY: "隐私",
    Category.FALSE_AD: "虚假宣传",
    Category.SERVICE: "客服",
    Category.AFTER_SALES: "售后退款",
    Category.PRICE: "价格",
    Category.LOGISTICS: "物流",
    Category.PACKAGING: "包装",
    Category.OTHER: "其他",
}

_DEFAULT_LEVELS = {
    Category.SAFETY: Level.SEVERE,
    Category.COUNTERFEIT: Level.SEVERE,
    Category.LEGAL: Level.SEVERE,
    Category.MEDIA: Level.SEVERE,
    Category.PRIVACY: Level.SEVERE,
    Category.QUALITY: Level.NORMAL,
    Category.FALSE_AD: Level.NORMAL,
    Category.SERVICE: Level.NORMAL,
    Category.AFTER_SALES: Level.NORMAL,
    Category.PRICE: Level.NORMAL,
}
