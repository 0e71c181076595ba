"""Prices of products, ours and others', as series."""

from django.db import models

from crawlers.models.collecting import Source


class Price(models.Model):
    """A variant's price while it stayed the same, from `first_at` to `last_at`.

    List, page and final price stand apart, in fen; the terms of a coupon stay text. Where a page
    names a range, `price_fen` is its lower end and `high_fen` its upper.
    """

    platform = models.CharField("平台", max_length=30)
    product_id = models.CharField("商品编号", max_length=64)
    variant = models.CharField("规格", max_length=120, blank=True)
    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.SET_NULL
    )
    subject_slug = models.SlugField("监测对象", blank=True)
    name = models.CharField("商品", max_length=300, blank=True)
    url = models.CharField("链接", max_length=1000, blank=True)
    seller = models.CharField("卖家", max_length=120, blank=True)
    currency = models.CharField("币种", max_length=3, default="CNY")
    list_fen = models.BigIntegerField("划线价（分）", null=True)
    price_fen = models.BigIntegerField("页面价（分）", null=True)
    high_fen = models.BigIntegerField("最高价（分）", null=True)
    final_fen = models.BigIntegerField("到手价（分）", null=True)
    coupon = models.CharField("优惠", max_length=200, blank=True)
    available = models.BooleanField("在售", null=True)
    first_at = models.DateTimeField("起")
    last_at = models.DateTimeField("止")

    class Meta:
        verbose_name = verbose_name_plural = "价格"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "product_id", "variant", "first_at"], name="price_identity"
            )
        ]
        indexes = [models.Index(fields=["platform", "product_id", "variant", "-last_at"])]
