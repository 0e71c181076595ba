"""Sources, their runs, and the posts that they bring."""

from datetime import timedelta
from enum import StrEnum

from django.db import models
from django.db.models import Q

from catalog.models import Subject


class BlockReason(StrEnum):
    """Why a site did not answer as it should; a block ends the run."""

    LOGIN = "login"
    CAPTCHA = "captcha"
    SIGNATURE = "signature"
    RATE = "rate"
    FORBIDDEN = "forbidden"
    EMPTY_BODY = "empty_body"
    NOT_JSON = "not_json"
    SHAPE = "shape"
    GONE = "gone"
    ROBOTS = "robots"
    UNREACHABLE = "unreachable"

    @property
    def label(self) -> str:
        """The reason as people read it."""
        return _BLOCK_LABELS[self]


_BLOCK_LABELS = {
    BlockReason.LOGIN: "需要登录",
    BlockReason.CAPTCHA: "要求验证码",
    BlockReason.SIGNATURE: "要求签名",
    BlockReason.RATE: "访问过快",
    BlockReason.FORBIDDEN: "拒绝访问",
    BlockReason.EMPTY_BODY: "空响应",
    BlockReason.NOT_JSON: "返回的不是 JSON",
    BlockReason.SHAPE: "页面结构变了",
    BlockReason.GONE: "内容已删除",
    BlockReason.ROBOTS: "robots.txt 不允许",
    BlockReason.UNREACHABLE: "连不上",
}
_BLOCK_CHOICES = [(reason.value, reason.label) for reason in BlockReason]


class Outcome(StrEnum):
    """How a run of a source, or an import, ended."""

    OK = "ok"
    BLOCKED = "blocked"
    FAILED = "failed"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    LOST = "lost"

    @property
    def label(self) -> str:
        """The outcome as people read it."""
        return _OUTCOME_LABELS[self]


_OUTCOME_LABELS = {
    Outcome.OK: "完成",
    Outcome.BLOCKED: "受阻",
    Outcome.FAILED: "失败",
    Outcome.TIMEOUT: "超时",
    Outcome.STOPPED: "被停止",
    Outcome.LOST: "中断",
}


class Source(models.Model):
    """One configured collection: a spider with its parameters, its interval and its health."""

    slug = models.SlugField("代号", unique=True)
    name = models.CharField("名称", max_length=80)
    spider = models.CharField("爬虫", max_length=40)
    platform = models.CharField("平台", max_length=30)
    subject = models.ForeignKey(
        Subject,
        verbose_name="监测对象",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text="这个信源只谈它（如它的商品页）；留空则按文中提到谁来认",
    )
    params = models.JSONField("参数", default=dict, blank=True)
    interval_seconds = models.PositiveIntegerField("间隔（秒）", default=600)
    enabled = models.BooleanField("启用", default=True)
    checkpoint = models.JSONField("进度", default=dict, blank=True, editable=False)
    next_run_at = models.DateTimeField("下次采集", null=True, blank=True, db_index=True)
    lease_token = models.CharField(max_length=36, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_ok_at = models.DateTimeField("上次成功", null=True, blank=True, editable=False)
    block_reason = models.CharField(
        "受阻原因", max_length=20, blank=True, choices=_BLOCK_CHOICES, editable=False
    )
    failures = models.PositiveIntegerField("连续失败", default=0, editable=False)
    # What its runs leave behind for `crawlers.health`; `crawlers.run_stats` writes it.
    bad_since = models.DateTimeField("没采成始于", null=True, blank=True, editable=False)
    trouble = models.CharField(
        "没采成的原因", max_length=300, blank=True, editable=False, default="", db_default=""
    )
    found_at = models.DateTimeField("上次有新内容", null=True, blank=True, editable=False)
    gap = models.CharField(
        "缺口", max_length=200, blank=True, editable=False, default="", db_default=""
    )
    gap_since = models.DateTimeField("缺口始于", null=True, blank=True, editable=False)
    usual = models.JSONField("往常", null=True, blank=True, editable=False)
    odd = models.JSONField("反常", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "信源"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """One collected document; (platform, kind, native_id) is its identity."""

    class Kind(models.TextChoices):
        REVIEW = "review", "评价"
        SOCIAL = "social", "社媒"
        COMMENT = "comment", "评论"
        COMPLAINT = "complaint", "投诉"
        ARTICLE = "article", "文章"

    class State(models.TextChoices):
        NEW = "new", "待评分"
        SCORED = "scored", "已评分"
        FAILED = "failed", "评分失败"

    platform = models.CharField("平台", max_length=30)
    kind = models.CharField("类型", max_length=12, choices=Kind.choices)
    native_id = models.CharField("平台编号", max_length=128)
    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.SET_NULL
    )
    subject_slug = models.SlugField("指定对象", blank=True)
    product_id = models.CharField("商品编号", max_length=64, blank=True)
    text = models.TextField("正文")
    url = models.CharField("链接", max_length=1000, blank=True)
    author = models.CharField("作者", max_length=80, blank=True, help_text="已打码")
    author_hash = models.CharField("作者指纹", max_length=32, blank=True)
    rating = models.PositiveSmallIntegerField("星级", null=True, blank=True)
    likes = models.PositiveIntegerField("赞", default=0)
    comments = models.PositiveIntegerField("评论", default=0)
    reposts = models.PositiveIntegerField("转发", default=0)
    published_at = models.DateTimeField("发布时间")
    published_estimated = models.BooleanField("时间为估计", default=False)
    fetched_at = models.DateTimeField("采集时间", db_index=True)
    extra = models.JSONField("附加", default=dict, blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.NEW)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    error = models.CharField("错误", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "帖文"
        constraints = [
            models.UniqueConstraint(fields=["platform", "kind", "native_id"], name="post_identity")
        ]
        indexes = [
            models.Index(fields=["id"], name="post_to_score", condition=Q(state="new")),
            models.Index(fields=["-published_at"], name="post_published"),
        ]

    def __str__(self) -> str:
        return f"{self.platform}/{self.kind}/{self.native_id}"


class CrawlRun(models.Model):
    """One run of a source, or of a file import."""

    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.CASCADE
    )
    name = models.CharField("名称", max_length=200, blank=True, help_text="导入时为文件名")
    started_at = models.DateTimeField("开始", db_index=True)
    finished_at = models.DateTimeField("结束", null=True, blank=True)
    outcome = models.CharField(
        "结果",
        max_length=30,
        blank=True,
        choices=[(outcome.value, outcome.label) for outcome in Outcome],
    )
    block_reason = models.CharField("受阻原因", max_length=20, blank=True, choices=_BLOCK_CHOICES)
    accepted = models.PositiveIntegerField("新增", default=0)
    duplicates = models.PositiveIntegerField("重复", default=0)
    rejected = models.PositiveIntegerField("拒收", default=0)
    detail = models.CharField("说明", max_length=500, blank=True)
    requests = models.PositiveIntegerField("请求", default=0)
    pages = models.PositiveIntegerField("页面", default=0)
    bytes = models.PositiveBigIntegerField("字节", default=0)
    rows = models.PositiveIntegerField("看到的条目", default=0)
    kept = models.PositiveIntegerField("能用的帖文", default=0, help_text="新的和已有的都算")
    fields = models.JSONField(
        "字段覆盖", default=dict, blank=True, help_text="能用的帖文中有这一项的比例，0 到 1"
    )
    refused = models.JSONField("拒收原因", default=dict, blank=True)
    gap = models.CharField("缺口", max_length=200, blank=True)
    odd = models.CharField("反常", max_length=300, blank=True, help_text="与往常相比")

    class Meta:
        verbose_name = verbose_name_plural = "采集记录"
        ordering = ["-started_at"]
        indexes = [models.Index(fields=["source", "-started_at"], name="crawl_run_of_source")]

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None while it goes on."""
        return self.finished_at - self.started_at if self.finished_at else None


class RejectedRecord(models.Model):
    """A record that could not become a post, kept with the reason."""

    source = models.ForeignKey(
        Source, verbose_name="信源", null=True, blank=True, on_delete=models.CASCADE
    )
    run = models.ForeignKey(CrawlRun, null=True, blank=True, on_delete=models.CASCADE)
    reason = models.CharField("原因", max_length=300)
    record = models.JSONField("原文", default=dict)
    fingerprint = models.CharField(
        "指纹", max_length=32, unique=True, help_text="同一信源的同一条坏记录只存一次"
    )
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "拒收记录"
        ordering = ["-at"]
