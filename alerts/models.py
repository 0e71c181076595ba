"""What people work on, its clock, and what is told to whom."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from alerts.categories import CATEGORIES
from catalog.models import Party, Person, Subject, Team
from opinion.models import LEVELS, Mention, Signal


class ManualEntry(models.Model):
    """Crisis manual: what (level, category) asks for, who owns it, and how fast."""

    level = models.CharField("级别", max_length=10, choices=LEVELS)
    category = models.CharField(
        "风险类别",
        max_length=20,
        choices=CATEGORIES,
        blank=True,
        help_text="留空：该级别的其余类别",
    )
    owner = models.ForeignKey(Team, verbose_name="负责团队", on_delete=models.PROTECT)
    measures = models.JSONField("措施", default=list)
    tasks = models.JSONField("四方任务", default=dict, help_text='如 {"pr": ["备口径"]}')
    script = models.TextField("对外口径", blank=True)
    response_minutes = models.PositiveIntegerField("响应时限（分钟）", null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField("解决时限（分钟）", null=True, blank=True)
    ladder = models.JSONField("升级阶梯", default=list, help_text="团队代号，依次升级")
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "危机手册条目"
        constraints = [
            models.UniqueConstraint(fields=["level", "category"], name="manual_entry_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} · {self.get_category_display() or '其余'}"


class Incident(models.Model):
    """All signals on one (subject, category) until it is closed.

    Of the system's own category `source` several may be open at once: `cause` tells them apart.
    """

    class State(models.TextChoices):
        OPEN = "open", "待认领"
        ACKNOWLEDGED = "acknowledged", "已认领"
        IN_PROGRESS = "in_progress", "处理中"
        RESOLVED = "resolved", "待验证"
        VERIFIED = "verified", "已关闭"

    subject = models.ForeignKey(Subject, verbose_name="监测对象", on_delete=models.PROTECT)
    category = models.CharField("风险类别", max_length=20, choices=CATEGORIES)
    cause = models.CharField("起因", max_length=120, blank=True, editable=False)
    level = models.CharField("级别", max_length=10, choices=LEVELS)
    state = models.CharField("状态", max_length=14, choices=State.choices, default=State.OPEN)
    summary = models.CharField("概要", max_length=200)
    owner = models.ForeignKey(
        Person, verbose_name="负责人", null=True, blank=True, on_delete=models.SET_NULL
    )
    team = models.ForeignKey(
        Team, verbose_name="负责团队", null=True, blank=True, on_delete=models.SET_NULL
    )
    entry = models.JSONField("手册快照", default=dict)
    nei_at_opening = models.FloatField("开启时指数", null=True, blank=True)
    outcome = models.CharField(
        "结论",
        max_length=12,
        blank=True,
        choices=[("handled", "已处理"), ("false_alarm", "误报")],
    )
    opened_at = models.DateTimeField("开启时间", db_index=True)
    response_due_at = models.DateTimeField("响应时限", null=True, blank=True)
    resolution_due_at = models.DateTimeField("解决时限", null=True, blank=True)
    acknowledged_at = models.DateTimeField("认领时间", null=True, blank=True)
    resolved_at = models.DateTimeField("解决时间", null=True, blank=True)
    verified_at = models.DateTimeField("关闭时间", null=True, blank=True)
    last_signal_at = models.DateTimeField("最近信号")
    posts = models.PositiveIntegerField("帖文数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "事件"
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "category", "cause"],
                condition=~Q(state="verified"),
                name="one_open_incident",
            )
        ]
        permissions = [
            ("handle_incident", "认领、转交、解决事件"),
            ("verify_incident", "验证并关闭事件"),
            ("lower_level", "降低事件级别"),
            ("see_personal_data", "查看未打码的个人信息"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} · {self.get_category_display()}"

    @property
    def number(self) -> str:
        """What people call it: E-1187."""
        return f"E-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/incidents/{self.pk}"


class IncidentSignal(models.Model):
    """A signal belongs to exactly one incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE)
    signal = models.OneToOneField(Signal, on_delete=models.CASCADE)


class IncidentPost(models.Model):
    """A mention that an incident is about."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE)
    mention = models.ForeignKey(Mention, on_delete=models.CASCADE)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "mention"], name="incident_post_once")
        ]


class IncidentEvent(models.Model):
    """One line of an incident's timeline: what changed, by whom, when, why."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    from_value = models.CharField(max_length=60, blank=True)
    to_value = models.CharField(max_length=60, blank=True)
    actor = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]


class Task(models.Model):
    """One party's part in an incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="tasks")
    party = models.CharField(max_length=20, choices=Party.choices)
    text = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        ordering = ["party", "position"]


class Timer(models.Model):
    """A due moment of an incident. Fired or cancelled once, never both."""

    class Kind(models.TextChoices):
        RESPONSE_HALF = "response_half", "响应过半"
        RESPONSE_LATE = "response_late", "响应将到"
        RESPONSE_DUE = "response_due", "响应到时"
        RESOLUTION_HALF = "resolution_half", "解决过半"
        RESOLUTION_LATE = "resolution_late", "解决将到"
        RESOLUTION_DUE = "resolution_due", "解决到时"
        NEW_POSTS = "new_posts", "新帖汇总"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="timers")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    round = models.PositiveSmallIntegerField(default=1, help_text="rises when reopened")
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "kind", "round"], name="timer_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="timer_pending",
                condition=Q(fired_at=None, cancelled_at=None),
            )
        ]


class Notification(models.Model):
    """One message to one channel, in the outbox until delivered or shown as undeliverable.

    `skipped` is for what nobody needs to hear any more, such as a reminder to someone who has
    acted meanwhile; `error` then says why.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待发送"
        DELIVERED = "delivered", "已送达"
        MERGED = "merged", "已并入"
        UNDELIVERABLE = "undeliverable", "无法送达"
        SKIPPED = "skipped", "不必再发"

    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.CASCADE)
    channel = models.CharField("渠道", max_length=80, help_text="如 wecom:默认机器人")
    kind = models.CharField("内容", max_length=30)
    level = models.CharField("级别", max_length=10, choices=LEVELS)
    key = models.CharField(max_length=120, unique=True, help_text="one event, one channel, one row")
    facts = models.JSONField("事实", help_text="what was known when it was decided")
    sent = models.JSONField("发出的内容", default=dict)
    state = models.CharField("状态", max_length=14, choices=State.choices, default=State.PENDING)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试")
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.CharField("错误", max_length=300, blank=True)
    created_at = models.DateTimeField("生成时间", db_index=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知"
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="outbox_pending", condition=Q(state="pending")
            )
        ]


class ChannelState(models.Model):
    """What all workers must agree on about one channel: its recent sends, and whether it works."""

    channel = models.CharField("渠道", max_length=80, unique=True)
    sends = models.JSONField(
        default=list, help_text="sends of the last minute, in seconds since 1970"
    )
    not_before = models.DateTimeField(null=True, blank=True)
    secret_mark = models.CharField(
        max_length=16, blank=True, help_text="a digest of its key: a new key enables it again"
    )
    disabled_reason = models.CharField("停用原因", max_length=200, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "渠道状态"
