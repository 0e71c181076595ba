"""Pages that are watched for changes: platforms' rules."""

from django.db import models

from crawlers.models.collecting import Source


class WatchedPage(models.Model):
    """One page, as it was last read; (platform, native_id) is its identity."""

    platform = models.CharField("平台", max_length=30)
    native_id = models.CharField("编号", max_length=128)
    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.SET_NULL
    )
    url = models.CharField("链接", max_length=1000)
    title = models.CharField("标题", max_length=300, blank=True)
    digest = models.CharField("正文摘要值", max_length=64)
    versions = models.PositiveIntegerField("版本数", default=1)
    first_seen_at = models.DateTimeField("首次读到")
    last_seen_at = models.DateTimeField("最近读到")
    changed_at = models.DateTimeField("最近变化")

    class Meta:
        verbose_name = verbose_name_plural = "盯守的页面"
        constraints = [
            models.UniqueConstraint(fields=["platform", "native_id"], name="watched_page_identity")
        ]


class PageVersion(models.Model):
    """A text that a watched page once held, and the lines that differ from the one before."""

    class Status(models.TextChoices):
        DRAFT = "draft", "征求意见"
        NOTICE = "notice", "公示"
        IN_FORCE = "in_force", "生效"
        UNKNOWN = "unknown", "未写明"

    page = models.ForeignKey(WatchedPage, verbose_name="页面", on_delete=models.CASCADE)
    number = models.PositiveIntegerField("版本")
    title = models.CharField("标题", max_length=300, blank=True)
    text = models.TextField("正文")
    digest = models.CharField("正文摘要值", max_length=64)
    changes = models.TextField("改动", blank=True, help_text="逐行：+ 新增，- 删去")
    published_on = models.DateField("发布日期", null=True, blank=True)
    in_force_on = models.DateField("生效日期", null=True, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.UNKNOWN)
    seen_at = models.DateTimeField("读到时间")

    class Meta:
        verbose_name = verbose_name_plural = "页面版本"
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="page_version_identity")
        ]
