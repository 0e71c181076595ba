"""Posts whose comments are collected again while they are hot."""

from django.db import models


class Thread(models.Model):
    """One post's comments and their next visit; (platform, native_id) is the post's."""

    platform = models.CharField("平台", max_length=30)
    native_id = models.CharField("帖文编号", max_length=128)
    subject_slug = models.SlugField("指定对象", blank=True)
    published_at = models.DateTimeField("发布时间")
    address = models.JSONField("怎样取评论", default=dict, blank=True)
    comments = models.PositiveIntegerField("评论数", default=0)
    visits = models.PositiveIntegerField("看过几次", default=0)
    quiet_visits = models.PositiveIntegerField("连续没有新评论", default=0)
    next_visit_at = models.DateTimeField("下次看", null=True, help_text="空为不再看")

    class Meta:
        verbose_name = verbose_name_plural = "评论区"
        constraints = [
            models.UniqueConstraint(fields=["platform", "native_id"], name="thread_identity")
        ]
        indexes = [models.Index(fields=["platform", "next_visit_at"])]
