"""What posts say about subjects, and what the detectors found in it."""

from django.db import models
from simple_history.models import HistoricalRecords

from catalog.models import Subject
from crawlers.models import Post
from nlp.categories import Category
from nlp.levels import Level

LEVELS = [(level.value, level.label) for level in Level]
CATEGORIES = [(category.value, category.label) for category in Category]


class Rule(models.Model):
    """One keyword rule; `spec` is its YAML entry without what has a column of its own."""

    slug = models.SlugField("代号", unique=True, max_length=80)
    category = models.CharField("风险类别", max_length=20, choices=CATEGORIES)
    level = models.CharField("最低级别", max_length=10, choices=LEVELS)
    spec = models.JSONField("规则")
    enabled = models.BooleanField("启用", default=True)
    updated_at = models.DateTimeField("更新时间", auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = verbose_name_plural = "关键词规则"
        ordering = ["category", "slug"]

    def __str__(self) -> str:
        return self.slug


class Cluster(models.Model):
    """Near-duplicate posts: how many, by how many authors; `fingerprint` is the first one's."""

    fingerprint = models.BigIntegerField()
    founded_at = models.DateTimeField(db_index=True, help_text="when its first post was scored")
    first_at = models.DateTimeField(help_text="when its oldest post was published")
    last_at = models.DateTimeField(help_text="when its newest post was published")
    posts = models.PositiveIntegerField(default=0)
    authors = models.PositiveIntegerField(default=0)


class Mention(models.Model):
    """A post about one subject, with its scores."""

    class Label(models.TextChoices):
        NEGATIVE = "neg", "负面"
        NEUTRAL = "neu", "中性"
        POSITIVE = "pos", "正面"
        NONE = "none", "无观点"

    post = models.ForeignKey(Post, verbose_name="帖文", on_delete=models.CASCADE)
    subject = models.ForeignKey(Subject, verbose_name="监测对象", on_delete=models.CASCADE)
    label = models.CharField("情感", max_length=4, choices=Label.choices)
    p_neg = models.FloatField()
    p_neu = models.FloatField()
    p_pos = models.FloatField()
    level = models.CharField("级别", max_length=10, choices=LEVELS, blank=True)
    category = models.CharField(
        "主要类别",
        max_length=20,
        choices=CATEGORIES,
        blank=True,
        help_text="最严重的一类；索引桶按它归",
    )
    categories = models.JSONField("类别", default=list)
    hits = models.JSONField("命中", default=list)
    suppressed = models.JSONField("未计命中", default=list)
    credibility = models.FloatField("可信度", default=1)
    reach = models.FloatField("传播权重", default=1)
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.SET_NULL)
    published_at = models.DateTimeField("发布时间")
    scored_at = models.DateTimeField("评分时间")
    versions = models.CharField("模型与规则版本", max_length=80)

    class Meta:
        verbose_name = verbose_name_plural = "提及"
        constraints = [models.UniqueConstraint(fields=["post", "subject"], name="mention_once")]
        indexes = [
            models.Index(fields=["subject", "-published_at"], name="mention_by_time"),
            models.Index(
                fields=["subject", "category", "-published_at"], name="mention_by_category"
            ),
            models.Index(fields=["-scored_at"], name="mention_scored"),
        ]


class Bucket(models.Model):
    """Five minutes of one subject on one platform in one category: sums of its mentions.

    Every mention is counted in exactly one bucket, that of its main category, so buckets add up.
    """

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE)
    platform = models.CharField(max_length=30)
    category = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(help_text="start of the five minutes")
    mentions = models.IntegerField(default=0)
    scored = models.IntegerField(default=0, help_text="mentions with an opinion")
    negative = models.IntegerField(default=0)
    reviews = models.IntegerField(default=0)
    bad_reviews = models.IntegerField(default=0)
    weight = models.FloatField(default=0, help_text="sum of credibility x reach")
    weighted_p = models.FloatField(default=0, help_text="sum of credibility x reach x p_neg")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "platform", "category", "at"], name="bucket_key"
            )
        ]
        indexes = [models.Index(fields=["subject", "at"], name="bucket_by_time")]


class Signal(models.Model):
    """A detector's finding about one (subject, category)."""

    class Detector(models.TextChoices):
        RULE = "rule", "规则"
        INDEX = "index", "指数"
        BURST = "burst", "突增"

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE)
    category = models.CharField(max_length=20, choices=CATEGORIES)
    detector = models.CharField(max_length=10, choices=Detector.choices)
    level = models.CharField(max_length=10, choices=LEVELS)
    key = models.CharField(max_length=120, unique=True, help_text="one finding, one row")
    mention = models.ForeignKey(Mention, null=True, blank=True, on_delete=models.SET_NULL)
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "预警信号"


class Feedback(models.Model):
    """One statement of a person on what the machine said; see `opinion.feedback`."""

    class Kind(models.TextChoices):
        FALSE_ALARM = "false_alarm", "误报"
        LABEL = "label", "情感不对"
        CATEGORY = "category", "类别不对"
        CONFIRMED = "confirmed", "判得对"

    mention = models.ForeignKey(Mention, verbose_name="提及", on_delete=models.CASCADE)
    kind = models.CharField("改判", max_length=12, choices=Kind.choices)
    said = models.JSONField(
        "机器所判", help_text="what the machine said: label, categories, hits, versions"
    )
    correct = models.JSONField("正确的", default=dict)
    actor = models.ForeignKey(
        "catalog.Person", verbose_name="改判人", null=True, on_delete=models.SET_NULL
    )
    via = models.CharField("接口令牌", max_length=60, blank=True, help_text="who came over the API")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "改判"
