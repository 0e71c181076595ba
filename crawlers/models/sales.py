"""What shops tell of their own trade: after-sale cases, paid orders, and sums of ratings."""

from django.db import models

from crawlers.models.collecting import Source


class AfterSale(models.Model):
    """One refund, return or exchange of a shop's own; (platform, native_id) is its identity."""

    class Type(models.TextChoices):
        REFUND = "refund", "仅退款"
        RETURN = "return", "退货退款"
        EXCHANGE = "exchange", "换货"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        OPEN = "open", "处理中"
        DONE = "done", "已完成"
        CLOSED = "closed", "已关闭"

    platform = models.CharField("平台", max_length=30)
    native_id = models.CharField("售后编号", max_length=128)
    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.SET_NULL
    )
    subject_slug = models.SlugField("监测对象", blank=True)
    product_id = models.CharField("商品编号", max_length=64, blank=True)
    product = models.CharField("商品", max_length=200, blank=True)
    sku = models.CharField("规格", max_length=200, blank=True)
    order_hash = models.CharField("订单指纹", max_length=32, blank=True)
    type = models.CharField("类型", max_length=10, choices=Type.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices)
    goods_returned = models.BooleanField("货已退回", default=False)
    reason = models.CharField("原因", max_length=200, blank=True)
    quantity = models.PositiveIntegerField("件数", default=1)
    amount_fen = models.BigIntegerField("金额（分）", default=0)
    applied_at = models.DateTimeField("申请时间")
    ordered_on = models.DateField(
        "订单日", null=True, blank=True, help_text="平台告诉时才有；退货率按它归到下单的那天"
    )
    updated_at = models.DateTimeField("平台更新时间")
    fetched_at = models.DateTimeField("采集时间")

    class Meta:
        verbose_name = verbose_name_plural = "售后单"
        constraints = [
            models.UniqueConstraint(fields=["platform", "native_id"], name="after_sale_identity")
        ]
        indexes = [
            models.Index(fields=["platform", "product_id", "applied_at"]),
            models.Index(fields=["platform", "order_hash"], name="after_sale_of_order"),
        ]


class OrderCount(models.Model):
    """How many order lines of a product were paid on a day of Asia/Shanghai: rates divide by it."""

    platform = models.CharField("平台", max_length=30)
    product_id = models.CharField("商品编号", max_length=64)
    day = models.DateField("付款日")
    lines = models.PositiveIntegerField("订单行数")
    fetched_at = models.DateTimeField("采集时间")

    class Meta:
        verbose_name = verbose_name_plural = "订单数"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "product_id", "day"], name="order_count_identity"
            )
        ]


class OrderLine(models.Model):
    """A paid order line: the day to which a case counts that is applied for much later.

    Of the order there is the fingerprint alone (`after_sales.order_hash`), and not for ever.
    """

    platform = models.CharField("平台", max_length=30)
    order_hash = models.CharField("订单指纹", max_length=32)
    day = models.DateField("付款日", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "订单行"
        constraints = [
            models.UniqueConstraint(fields=["platform", "order_hash"], name="order_line_identity")
        ]


class RatingSummary(models.Model):
    """A platform's own sums of a product's reviews, kept while they stay the same."""

    platform = models.CharField("平台", max_length=30)
    product_id = models.CharField("商品编号", max_length=64)
    subject_slug = models.SlugField("监测对象", blank=True)
    total = models.PositiveBigIntegerField("评价数")
    good = models.PositiveBigIntegerField("好评", default=0)
    neutral = models.PositiveBigIntegerField("中评", default=0)
    poor = models.PositiveBigIntegerField("差评", default=0)
    good_rate = models.FloatField("好评率", null=True)
    poor_rate = models.FloatField("差评率", null=True)
    rounded = models.BooleanField("是约数", default=False)
    first_at = models.DateTimeField("起")
    last_at = models.DateTimeField("止")

    class Meta:
        verbose_name = verbose_name_plural = "评价汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "product_id", "first_at"], name="rating_summary_identity"
            )
        ]
        indexes = [models.Index(fields=["platform", "product_id", "-last_at"])]
