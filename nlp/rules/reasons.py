"""Why a keyword that stands in a text is no complaint there."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason to suppress a hit."""

    NEGATED = "negated"
    QUESTION = "question"
    HYPOTHETICAL = "hypothetical"
    QUOTED = "quoted"
    COMPARISON = "comparison"
    OTHER_BRAND = "other_brand"
    RESOLVED = "resolved"
    SETTLED = "settled"
    BOILERPLATE = "boilerplate"
    POSITIVE = "positive"
    LOOK_ALIKE = "look_alike"
    UNLIKELY = "unlikely"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Reason.NEGATED: "否定",
    Reason.QUESTION: "询问",
    Reason.HYPOTHETICAL: "假设",
    Reason.QUOTED: "转述或辟谣",
    Reason.COMPARISON: "比较",
    Reason.OTHER_BRAND: "说的是别家或旧物",
    Reason.RESOLVED: "已经解决",
    Reason.SETTLED: "双方已了结",
    Reason.BOILERPLATE: "政策、广告或科普套话",
    Reason.POSITIVE: "语气不负面",
    Reason.LOOK_ALIKE: "另有意思的说法",
    Reason.UNLIKELY: "模型看不是投诉",
}
