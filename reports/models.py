"""What the house remembers about its own work."""

from django.db import models


class Heartbeat(models.Model):
    """When a sweep last ended well."""

    name = models.CharField("名称", max_length=20, unique=True)
    at = models.DateTimeField("上次完成")

    class Meta:
        verbose_name = verbose_name_plural = "巡检心跳"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
