"""Whom we watch, and who answers."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Party(models.TextChoices):
    """The four parties that share the work of an incident."""

    BRAND = "brand", "品牌方"
    SERVICE = "service", "客服"
    ENGINEERING = "engineering", "技术"
    PR = "pr", "公关"


class Team(models.Model):
    """A group of people who answer for one party; `duty` is who answers now."""

    slug = models.SlugField("代号", unique=True)
    name = models.CharField("名称", max_length=60)
    party = models.CharField("归属方", max_length=20, choices=Party.choices)
    robot = models.CharField(
        "企业微信机器人", max_length=60, blank=True, help_text="留空则用默认机器人"
    )
    duty = models.ForeignKey(
        "Person",
        verbose_name="当前值班",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = verbose_name_plural = "团队"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Person(AbstractUser):
    """Someone who answers: a login, a WeCom id and a team."""

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=60, blank=True)
    team = models.ForeignKey(
        Team, verbose_name="团队", null=True, blank=True, on_delete=models.SET_NULL
    )
    wecom_userid = models.CharField("企业微信账号", max_length=64, blank=True)
    theme = models.CharField(
        "外观", max_length=5, blank=True, choices=[("light", "浅色"), ("dark", "深色")]
    )

    class Meta:
        verbose_name = verbose_name_plural = "人员"

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Subject(models.Model):
    """A brand, product, store or competitor that is watched."""

    class Kind(models.TextChoices):
        BRAND = "brand", "品牌"
        PRODUCT = "product", "商品"
        STORE = "store", "店铺"
        COMPETITOR = "competitor", "竞品"

    slug = models.SlugField("代号", unique=True)
    name = models.CharField("名称", max_length=80)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices, default=Kind.BRAND)
    parent = models.ForeignKey(
        "self", verbose_name="所属", null=True, blank=True, on_delete=models.SET_NULL
    )
    aliases = models.JSONField("别名", default=list, blank=True)
    excludes = models.JSONField(
        "排除词", default=list, blank=True, help_text="文中出现这些词时，不算提到它"
    )
    platform_ids = models.JSONField(
        "平台商品编号", default=dict, blank=True, help_text='如 {"jd": ["100001"]}'
    )
    active = models.BooleanField("监测中", default=True)
    half_life_hours = models.FloatField(
        "半衰期（小时）", default=6, validators=[MinValueValidator(0.25)]
    )
    alpha = models.FloatField("先验权重 α", default=20, validators=[MinValueValidator(0)])
    watch_at = models.FloatField("关注线", default=35, validators=[MaxValueValidator(100)])
    normal_at = models.FloatField("普通线", default=50, validators=[MaxValueValidator(100)])
    severe_at = models.FloatField("严重线", default=70, validators=[MaxValueValidator(100)])
    negative_rate_target = models.FloatField("差评率目标", default=0.03)
    return_rate_target = models.FloatField("退货率目标", default=0.05)

    class Meta:
        verbose_name = verbose_name_plural = "监测对象"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class LoadedEntry(models.Model):
    """What `load` last wrote for one entry: a row that differs from it was edited by a person."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="loaded_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.key}"
